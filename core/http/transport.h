/* The transport of a loop from its beginning to its end: http.h says what it is. All [loop]. */
#ifndef ALMANAC_HTTP_TRANSPORT_H
#define ALMANAC_HTTP_TRANSPORT_H

#include "base/error.h"
#include "http/http.h"

/* Members up to `capacity` are set, the others zero. Listens on `socket`, which is the
 * transport's from here on, also on failure. */
int http_open(struct http *http, int socket, struct error *err);

/* The same for `socket` of operators. */
int http_open_operation(struct http *http, int socket, struct error *err);

/* Once a second: the Date header, and connections whose time is up. */
void http_tick(struct http *http);

/* Takes no new connections, and closes those that wait for a request. */
void http_end(struct http *http);

/* Closes the listeners; their handles are gone in the loop's next turn. Once or several times.
 */
void http_close_listeners(struct http *http);

/* Closes what is left once there are no connections: the loop's next turn. */
void http_close(struct http *http);

#endif

/* Life cycle of a loop's transport (http.h). All [loop]. */
#ifndef ALMANAC_HTTP_TRANSPORT_H
#define ALMANAC_HTTP_TRANSPORT_H

#include "base/error.h"
#include "http/http.h"

/* Begins to listen on `socket`, which it owns from here on, also on failure. The caller has set
 * the members up to `capacity`; the others are zero. */
int http_open(struct http *http, int socket, struct error *err);

/* The same for the socket of operators. */
int http_open_operation(struct http *http, int socket, struct error *err);

/* Renews the Date header and closes connections that have timed out; to be called once a
 * second. */
void http_tick(struct http *http);

/* Closes the listeners, and idle connections; the others are closed after their answers. */
void http_end(struct http *http);

/* Closes the listeners, whose handles close in the loop's next iteration. Can be called again.
 */
void http_close_listeners(struct http *http);

/* Closes the last handle, in the loop's next iteration. There must be no connections. */
void http_close(struct http *http);

#endif

/* One client's connection: requests in, answers out, in the same order. Everything
 * here is [loop]. */
#ifndef ALMANAC_HTTP_CONNECTION_H
#define ALMANAC_HTTP_CONNECTION_H

#include <stdbool.h>

struct connection;
struct exchange;
struct listener;
struct http;
struct sockaddr;

/* Takes a connection that a listener has accepted. If there are too many it is told to
 * come back later, or, if too many are being told so, closed at once. */
void connection_accept(
	const struct listener *listener, int socket, const struct sockaddr *address);

/* An answer is being made: whether the connection can go on after it. */
bool connection_keeps(struct connection *connection, const struct exchange *exchange);

/* An answer is ready; it is written before the loop waits again. */
void connection_answered(struct connection *connection);

/* Nothing is read behind the request: its answer ends with the connection. */
void connection_end_after(struct connection *connection, struct exchange *exchange);

/* Closes it in the middle of an answer. */
void connection_cut(struct connection *connection);

/* Once a second: ends those whose time is up. */
void connection_check_times(struct http *http);

/* The loop is ending: closes those that wait for a request. */
void connection_close_idle(struct http *http);

/* Closes all, whatever they are doing. */
void connection_close_all(struct http *http);

#endif

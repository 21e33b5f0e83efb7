/* Connection of a client: requests are read, and answered in the same order. All [loop]. */
#ifndef ALMANAC_HTTP_CONNECTION_H
#define ALMANAC_HTTP_CONNECTION_H

#include <stdbool.h>

struct connection;
struct exchange;
struct listener;
struct http;
struct sockaddr;

/* Begins a connection that a listener has accepted. Beyond the limits it is answered with 429
 * or 503, or, if too many are being answered so, closed at once. */
void connection_accept(
	const struct listener *listener, int socket, const struct sockaddr *address);

/* Whether the connection persists after the exchange, whose answer is being made. */
bool connection_keeps(struct connection *connection, const struct exchange *exchange);

/* Writes answers that have become ready before the loop waits again. */
void connection_answered(struct connection *connection);

/* Ends the connection with the answer of the exchange; nothing more is read. */
void connection_end_after(struct connection *connection, struct exchange *exchange);

/* Closes the connection within an answer. */
void connection_cut(struct connection *connection);

/* Ends connections that have timed out. */
void connection_check_times(struct http *http);

/* Closes connections that wait for a request. */
void connection_close_idle(struct http *http);

/* Closes all connections at once. */
void connection_close_all(struct http *http);

#endif

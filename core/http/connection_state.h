/* State of a connection, for connection.c and connection_write.c. */
#ifndef ALMANAC_HTTP_CONNECTION_STATE_H
#define ALMANAC_HTTP_CONNECTION_STATE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "http/connection.h"
#include "http/parser.h"

enum connection_state {
	OPEN,
	LINGERING, /* the write side is shut down; waiting for the client to close, since a
		    * reset could arrive before it has read the last answer (RFC 9112, 9.6) */
	CLOSED     /* until libuv has closed the handle */
};

enum connection_kind {
	OF_CLIENT,
	OF_REFUSED, /* open only to send a 429 or 503 */
	OF_OPERATOR
};

/* Kept small, since ten thousand connections may be idle: exchanges bring memory of their own.
 */
struct connection {
	uv_tcp_t tcp;
	struct http *http;
	struct connection *previous, *next; /* of the transport */
	struct connection *next_dirty;      /* with answers to be written */
	struct parser parser;
	struct exchange *arriving;     /* the head is received, the body not whole */
	struct exchange *first, *last; /* requests received whole, in order */
	struct buffer backlog;         /* bytes read and not parsed, for want of room */
	size_t held;                   /* bytes of the incomplete request */
	union {
		uv_write_t write;
		uv_shutdown_t shutdown;
	} work;
	struct in6_addr peer;
	enum connection_kind kind;
	bool counted;      /* among the client's connections */
	uint64_t since;    /* uv_now() of the last progress */
	uint64_t begun;    /* uv_now() of the first byte of the incomplete request */
	size_t unsent;     /* bytes in libuv's write queue, at the last check of times */
	unsigned count;    /* exchanges from first to last */
	unsigned complete; /* exchanges that end with the write under way */
	bool writing;      /* a write is under way */
	enum connection_state state;
	bool dirty; /* in the list of http->dirty */
	bool reading;
	bool ending;        /* further input is not read */
	bool peer_shutdown; /* FIN received */
};

/* Continues after answers were sent: parses the backlog, reads, or ends the connection. */
void connection_go_on(struct connection *connection);

/* Reads, unless the client has shut down its side. */
void connection_start_reading(struct connection *connection);

/* Answers with a problem of the connection or of a malformed request, and reads nothing more.
 * `retry_after`: seconds; 0: none. */
void connection_refuse(
	struct connection *connection, int status, int retry_after, const char *why);

/* Closes the connection at once; its exchanges are finished. */
void connection_close(struct connection *connection);

#endif

/* What connection.c (reading, time, end), connection_accept.c (begin) and connection_write.c
 * (writing) share. */
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
	LINGERING, /* all is said; waiting for the client to close, so that it is not
		    * cut off by a reset before it has read the last answer */
	CLOSED     /* until libuv lets go of it */
};

enum connection_kind {
	OF_CLIENT,
	OF_REFUSED, /* a client that is told to come back later */
	OF_OPERATOR
};

/* Ten thousand of them may wait, so this is kept small: memory for requests and
 * answers comes with them. */
struct connection {
	uv_tcp_t tcp;
	struct http *http;
	struct connection *previous, *next; /* of the transport */
	struct connection *next_dirty;      /* with answers to be written */
	struct parser parser;
	struct exchange *arriving;     /* its head has come, its body not all */
	struct exchange *first, *last; /* in order, without the arriving one */
	struct buffer backlog;         /* what was read while there was no room for more */
	size_t held;                   /* bytes of a request that has not come whole */
	union {
		uv_write_t write;
		uv_shutdown_t shutdown;
	} work;
	struct in6_addr peer;
	enum connection_kind kind;
	bool counted;     /* among the client's connections */
	uint64_t since;   /* uv_now() of the last progress */
	uint64_t begun;   /* and of the first byte of the request that is coming */
	size_t unsent;    /* bytes libuv holds, as last seen by the clock */
	unsigned count;   /* of first..last */
	unsigned leaving; /* of them, those that are through when libuv has written */
	bool writing;     /* libuv is */
	enum connection_state state;
	bool dirty;
	bool reading;
	bool ending;        /* what may still come is not read */
	bool peer_shutdown; /* the client has said all it wants to say */
};

/* After answers have left: takes up what waited for room, reads on, or ends the
 * connection. */
void connection_go_on(struct connection *connection);

/* Reads what comes, unless the client has closed its side. */
void connection_start_reading(struct connection *connection);

/* Answers with what is wrong with the connection itself, of which nothing more is read.
 * `retry_after`: seconds; 0: it would not help. */
void connection_refuse(
	struct connection *connection, int status, int retry_after, const char *why);

/* Ends it at once; what is under way for it is finished for nobody. */
void connection_close(struct connection *connection);

#endif

/* HTTP/1.1 of one loop (RFC 9112): its listeners, its connections and the exchanges on them.
 * Knows bytes and sockets; what a request means is its handler's. All [loop], but for numbers
 * that are read by others. */
#ifndef ALMANAC_HTTP_HTTP_H
#define ALMANAC_HTTP_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buffer.h"
#include "http/exchange.h"
#include "http/listener.h"
#include "http/parser.h"

struct clients;
struct settings;

/* Whatever answers requests. */
struct http_handler {
	/* A new exchange, all zero but for the memory it brings; never NULL. */
	struct exchange *(*begin)(struct http *http);
	/* The request has come whole; replies now or later (reply.h). */
	void (*answer)(struct exchange *exchange);
	/* The request cannot be read, or there is no room for it: replies with a problem of
	 * that status and text, at once. */
	void (*refuse)(struct exchange *exchange, int status, int retry_after, const char *why);
	/* The chunk in the body of an open stream has left. */
	void (*left)(struct exchange *exchange);
	/* The answer has left, or the client has: the transport knows the exchange no more. */
	void (*finish)(struct exchange *exchange);
	/* A connection is gone. */
	void (*idle)(struct http *http);
};

/* Connections of the whole process, [any]. */
struct http_capacity {
	size_t open_max, refused_max;
	atomic_size_t open, refused; /* those that are only told why they are refused */
	atomic_size_t held;          /* bytes of requests that have not come whole */
};

struct http {
	uv_loop_t *uv;
	const struct settings *settings;
	const struct http_handler *handler;
	struct clients *clients; /* of all loops, as the next */
	struct http_capacity *capacity;
	struct listener listener, operation; /* the latter only of one loop, or of none */
	struct parser_limits limits;
	struct connection *connections, *dirty;
	size_t connection_count, operators; /* the latter of them, of `operation` */
	size_t exchange_count;              /* made and not yet freed: the handler's */
	size_t backlog;   /* bytes that were read and wait for room, of all connections */
	uv_idle_t writer; /* active while answers wait to be written */
	bool draining;    /* answers are the last ones of their connections */
	bool ending;      /* no new connections, and idle ones are closed */
	uint64_t short_answer_at;           /* uv_now() of the last answer that was no stream */
	_Atomic uint64_t begun;             /* requests */
	_Atomic uint64_t accepted, refused; /* connections */
	struct buffer headers;              /* scratch for header lines of an answer */
	char date[40];                      /* value of the Date header, made once a second */
	char input[64 * 1024];              /* what was read; used up before the next read */
};

/* Whether a short answer was given a moment ago: then another is expected, and long work leaves
 * it time. */
bool http_is_busy(const struct http *http);

/* The client whose queue and limits the request belongs to. */
const struct in6_addr *http_client(struct exchange *exchange);

/* Frees its own memory, once the loop has closed all handles. */
void http_free(struct http *http);

#endif

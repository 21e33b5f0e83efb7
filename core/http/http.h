/* HTTP/1.1 transport of one loop (RFC 9112): listeners, connections, and the exchanges on them.
 * The handler gives requests their meaning. All [loop], except atomic members, which are [any].
 */
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

/* Handler of requests. */
struct http_handler {
	/* Makes an exchange, zeroed apart from its buffers; never NULL. */
	struct exchange *(*begin)(struct http *http);
	/* Whether the body of a request that does not only read is wanted; else the request is
	 * answered without it, as the last of its connection. */
	bool (*takes_body)(const struct http *http, const struct parser_head *head);
	/* Answers a complete request, now or later (reply.h). */
	void (*answer)(struct exchange *exchange);
	/* Replies at once with a problem of that status and text, to a request that is
	 * malformed or for which there is no capacity. */
	void (*refuse)(struct exchange *exchange, int status, int retry_after, const char *why);
	/* Called when the body of an open stream is sent. */
	void (*chunk_sent)(struct exchange *exchange);
	/* Takes the exchange back: its answer is sent, or its client has gone. */
	void (*finish)(struct exchange *exchange);
	/* Called when a connection is freed. */
	void (*idle)(struct http *http);
};

/* Connections of the whole process, [any]. */
struct http_capacity {
	size_t open_max, refused_max;
	atomic_size_t open, refused; /* refused: open only to send a 429 or 503 */
	atomic_size_t held;          /* bytes of incomplete requests */
};

struct http {
	uv_loop_t *uv;
	const struct settings *settings;
	const struct http_handler *handler;
	struct clients *clients;             /* shared by all loops */
	struct http_capacity *capacity;      /* shared by all loops */
	struct listener listener, operation; /* operation: of one loop at most */
	struct parser_limits limits;
	struct connection *connections, *dirty;
	size_t connection_count, operator_count; /* operators: connections of `operation` */
	size_t exchange_count;    /* made and not yet freed; set by the handler */
	size_t backlog;           /* bytes read that wait to be parsed, of all connections */
	uv_idle_t writer;         /* active while answers wait to be written */
	bool draining;            /* each answer is the last of its connection */
	bool ending;              /* no connection is accepted, and idle ones are closed */
	uint64_t short_answer_at; /* uv_now() of the last answer that was no stream */
	_Atomic uint64_t begun;   /* requests */
	_Atomic uint64_t accepted, refused; /* connections */
	struct buffer headers;              /* scratch for header lines of an answer */
	char date[40];                      /* value of the Date header, made once a second */
	char input[64 * 1024];              /* of one read, parsed or copied before the next */
};

/* Whether a short answer was given within some milliseconds: the next short request is
 * expected, and long work leaves it time. */
bool http_is_busy(const struct http *http);

/* The client whose queue and limits count for the request. */
const struct in6_addr *http_client(struct exchange *exchange);

/* Frees the transport's memory. The loop must have closed all handles. */
void http_free(struct http *http);

#endif

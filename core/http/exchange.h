/* Exchange: a request as it came, and its answer as it leaves (RFC 9110, 3.3). The transport
 * makes none itself: whatever answers requests embeds it (http.h, struct http_handler). All
 * [loop]. */
#ifndef ALMANAC_HTTP_EXCHANGE_H
#define ALMANAC_HTTP_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

struct connection;
struct encoder;
struct http;
struct task;

enum method { METHOD_GET, METHOD_HEAD, METHOD_OPTIONS, METHOD_OTHER };

/* Headers of requests that answers depend on. */
enum request_header {
	HEADER_ACCEPT,
	HEADER_ACCEPT_ENCODING,
	HEADER_IF_NONE_MATCH,
	HEADER_ORIGIN,
	HEADER_REQUEST_METHOD, /* Access-Control-Request-... */
	HEADER_REQUEST_HEADERS,
	HEADER_TRACEPARENT,
	HEADER_AMZN_TRACE_ID,
	HEADER_REQUEST_ID,
	HEADER_FORWARDED_FOR,
	HEADER_USER_AGENT,
	REQUEST_HEADERS
};

/* An answer whose length is not known when its head leaves: its body is a chunk at a time
 * (RFC 9112, 7.1). */
struct stream {
	bool open;         /* more may follow */
	char size[12];     /* of the chunk in the body: "1f40\r\n" */
	const char *after; /* what follows the chunk */
	struct task *task; /* of the answer's maker, once the body has left; NULL: none */
	bool counted;      /* among the client's streams */
	bool ending;       /* `rest` is its end, and follows when the body has left */
	struct buffer rest;
	struct encoder *encoder;
	size_t encoded; /* bytes of a document that is no stream */
};

/* A body that several exchanges share; `release` lets go of its owner, NULL: it lasts as long
 * as the server. data NULL: none. */
struct shared_body {
	const char *data;
	size_t length;
	const void *owner;
	void (*release)(const void *owner);
};

struct exchange {
	struct http *http;
	struct connection *connection; /* NULL once the client has gone */
	struct exchange *next;         /* of the connection */
	struct arena arena;            /* for everything that belongs to the request */

	/* the request */
	enum method method;
	bool operation;     /* came to the address for operators */
	bool old;           /* the client speaks HTTP/1.0 */
	const char *target; /* as received: path and query; NULL: not known whole */
	const char *place; /* path of a request that cannot be read and has no target; NULL: not
			    * known */
	const char *header[REQUEST_HEADERS]; /* NULL: not sent; several: joined by ", " */
	struct in6_addr peer;                /* the other end of the connection */
	struct in6_addr
		client; /* behind trusted proxies, of IPv6 its /64, once it is `known` */
	bool known;
	uint64_t begun; /* uv_hrtime() when the head had come */

	/* the answer */
	struct buffer head;      /* status line and headers */
	struct buffer body;      /* empty for HEAD */
	struct shared_body kept; /* instead of `body` */
	struct stream stream;
	int status;           /* 0: there is no answer */
	uint64_t bytes;       /* of head and body */
	bool keep_alive;      /* the connection may go on after this answer */
	bool says_keep_alive; /* an HTTP/1.0 client wants to hear that it does */
	bool answered;        /* exactly one reply was given */
	bool ready;           /* head and body may leave */
	bool cut;             /* the answer has not left whole */
	bool finished;        /* they have left, or the client has */
};

/* Back to how it was made, with the memory of arena, head and body, which are empty. */
void exchange_wipe(struct exchange *exchange);

/* Frees what belongs to it, but not itself. */
void exchange_free(struct exchange *exchange);

#endif

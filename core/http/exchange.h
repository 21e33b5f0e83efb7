/* Exchange: a request and its response (RFC 9110, 3.3). Made by the handler of requests, which
 * embeds it (http.h, struct http_handler). All [loop]. */
#ifndef ALMANAC_HTTP_EXCHANGE_H
#define ALMANAC_HTTP_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/method.h"

struct connection;
struct encoder;
struct http;
struct task;

/* Headers of requests that answers depend on. */
enum request_header {
	HEADER_ACCEPT,
	HEADER_ACCEPT_ENCODING,
	HEADER_IF_NONE_MATCH,
	HEADER_IF_RANGE,
	HEADER_RANGE,
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

/* Stream: a response whose length is not known when its head is sent. Its body is sent chunk by
 * chunk (RFC 9112, 7.1). */
struct stream {
	bool open;     /* more chunks may follow */
	char size[12]; /* chunk header of the body: "1f40\r\n" */
	const char
		*after; /* end of the chunk, and of the last one the last-chunk; NULL: none */
	struct task *task; /* to be queued once the body is sent; NULL: none */
	bool counted;      /* among the client's streams */
	bool ending;       /* `rest` is the last chunk, to be sent after the body */
	struct buffer rest;
	struct encoder *encoder;
	size_t encoded; /* bytes encoded so far of a document that is no stream */
};

/* Body shared by several exchanges. `release` drops the exchange's reference to the owner;
 * NULL: the body lasts as long as the server. data NULL: none. */
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
	struct buffer content; /* body of the request, if the handler takes it */
	bool operation;        /* came to the address for operators */
	bool http_1_0;         /* the version of the request */
	const char *target;    /* as received: path and query; NULL: not received whole */
	/* Path of a malformed request, which has no target; NULL: not received whole. */
	const char *bad_path;
	const char *head_text; /* all header lines, each ended by CRLF; NULL: not known */
	size_t head_length;
	const char *header[REQUEST_HEADERS]; /* NULL: not sent; several: joined by ", " */
	struct in6_addr peer;                /* the other end of the connection */
	struct in6_addr client; /* behind trusted proxies; of IPv6 its /64; http_client() */
	bool client_known;
	uint64_t begun; /* uv_hrtime() when the head was received */

	/* the answer */
	struct buffer head;        /* status line and headers */
	struct buffer body;        /* empty for HEAD */
	struct shared_body shared; /* instead of `body` */
	struct stream stream;
	int status;            /* 0: there is no answer */
	uint64_t bytes;        /* of head and body */
	bool keep_alive;       /* the connection persists after this answer */
	bool tells_keep_alive; /* an HTTP/1.0 client has sent Connection: keep-alive */
	bool answered;         /* exactly one reply was given */
	bool ready;            /* head and body can be sent */
	bool cut;              /* the answer was not sent whole */
	bool finished;         /* it was sent, or the client has gone */
};

/* Resets the exchange for reuse, with the memory of its arena, head and body. */
void exchange_wipe(struct exchange *exchange);

/* Frees what belongs to the exchange, not the exchange itself. */
void exchange_free(struct exchange *exchange);

#endif

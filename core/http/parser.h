/* HTTP/1 requests (RFC 9112) from a stream of bytes, strictly: what two readers of
 * the stream could understand differently is refused, not guessed. Knows nothing of
 * sockets. */
#ifndef ALMANAC_HTTP_PARSER_H
#define ALMANAC_HTTP_PARSER_H

#include <llhttp.h> /* strict mode; see meson.build */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/exchange.h"
#include "http/host_field.h"

/* Bodies mean nothing to GET; they are read and thrown away up to this size, so that
 * the connection can go on. With chunks, their frames count too. */
enum { PARSER_BODY_MAX = 64 * 1024 };

/* Header lines of one request that mean something here; a request with more is refused,
 * since whichever was dropped could be the one that a proxy has added. */
enum { PARSER_HEADERS_MAX = 32 };

struct parser_limits {
	size_t head_bytes; /* request line and headers */
	size_t url_bytes;
};

enum parser_event {
	PARSER_MORE, /* all bytes are consumed, none ends anything */
	PARSER_HEAD, /* parser->head is complete */
	PARSER_END,  /* the request is complete */
	PARSER_BAD /* parser->status, ->reason and ->limit say why; feed it no more. head.target
		    * is the path of the request, or NULL if it is not known whole */
};

/* Texts are good until the next call. */
struct parser_head {
	enum method method;
	const char *target;
	size_t target_length;
	bool keep_alive; /* the client wants to go on, and may */
	bool old;        /* HTTP/1.0 */
	bool expects;    /* 100-continue before it sends the body */
	const char *text;
	struct parser_header {
		uint32_t at; /* in `text` */
		uint32_t length : 24, header : 8;
	} kept[PARSER_HEADERS_MAX]; /* as they came; enum request_header */
	unsigned kept_count;
};

struct parser {
	llhttp_t http;
	const struct parser_limits *limits;
	struct buffer partial; /* of a head that has not come whole */
	struct parser_head head;
	const char *reason; /* static */
	size_t limit;       /* bytes that the reason speaks of; 0: of none */
	int status;
	uint32_t head_bytes, body_bytes; /* so far */
	uint32_t line_bytes, first_line_bytes;
	enum { IN_HEAD, IN_BODY, AT_END } place;
	bool started, after_cr; /* of the head: a byte of it came, the last was CR */
	/* what the headers of the current head said */
	uint8_t hosts, codings;
	enum host_field host;
	bool bad_coding, many;
	uint8_t field; /* the header being read: see parser.c */
};

/* `limits` must outlive the parser. */
void parser_init(struct parser *parser, const struct parser_limits *limits);
void parser_finish(struct parser *parser);

/* Takes bytes from the front of *data (and *length) until something is to be told.
 * Call it again as long as it does not answer PARSER_MORE, also without bytes. */
enum parser_event parser_feed(struct parser *parser, const char **data, size_t *length);

/* Whether bytes of a request have come that is not complete. */
bool parser_is_amid(const struct parser *parser);

#endif

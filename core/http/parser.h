/* Strict parser of HTTP/1 requests (RFC 9112): input that two recipients could read differently
 * is refused, against request smuggling. Independent of sockets. */
#ifndef ALMANAC_HTTP_PARSER_H
#define ALMANAC_HTTP_PARSER_H

#include <llhttp.h> /* strict mode; see meson.build */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/exchange.h"
#include "http/host_field.h"

/* Bodies of methods that only read have no meaning; they are read and dropped up to this
 * size, so that the connection can persist. The framing of chunks is counted. */
enum { PARSER_BODY_MAX = 64 * 1024 };

/* Field lines that are read, of one request. A request with more is refused, since one that was
 * dropped could be a line that a proxy has added. */
enum { PARSER_HEADERS_MAX = 32 };

struct parser_head;

struct parser_limits {
	size_t head_bytes; /* request line and headers */
	size_t url_bytes;
	size_t body_bytes; /* of a request whose body is taken */
	/* Whether the body of a request is taken, by its method and target, for methods that
	 * do not only read. NULL: of none. */
	bool (*takes_body)(const void *arg, const struct parser_head *head);
	const void *arg;
};

enum parser_event {
	PARSER_MORE, /* all bytes are consumed; more are needed */
	PARSER_HEAD, /* parser->head is complete */
	PARSER_END,  /* the request is complete */
	PARSER_BAD   /* malformed: status, reason and limit are set, and head.target is the path
		      * of   the request, or NULL. To be fed no more */
};

/* Head of a request. Texts are valid until the next call. */
struct parser_head {
	enum method method;
	const char *target;
	size_t target_length;
	bool keep_alive; /* the connection persists */
	bool http_1_0;
	bool expects;     /* Expect: 100-continue */
	const char *text; /* all lines */
	size_t length;
	struct parser_header {
		uint32_t at; /* in `text` */
		uint32_t length : 24, header : 8;
	} headers[PARSER_HEADERS_MAX]; /* in order; header: enum request_header */
	unsigned header_count;
};

struct parser {
	llhttp_t http;
	const struct parser_limits *limits;
	struct buffer partial; /* incomplete head */
	struct parser_head head;
	struct buffer body; /* if it is taken: the caller's once the request is complete */
	bool takes;
	const char *reason; /* static */
	size_t limit;       /* bytes, to be appended to the reason; 0: none */
	int status;
	uint32_t head_bytes, body_bytes; /* so far */
	uint32_t line_bytes, first_line_bytes;
	enum { IN_HEAD, IN_BODY, AT_END } place;
	bool started,
		after_cr; /* of the head: its first line has ended; the last byte was CR */
	/* headers of the current head */
	uint8_t hosts, codings; /* number of Host and Transfer-Encoding lines: 0, 1 or more */
	enum host_field host;
	bool bad_coding, too_many;
	uint8_t field; /* of the field line being parsed: enum field in parser.c */
};

/* `limits` must outlive the parser. */
void parser_init(struct parser *parser, const struct parser_limits *limits);
void parser_finish(struct parser *parser);

/* Consumes bytes from the front of *data until the next event. To be called again, also without
 * bytes, until it returns PARSER_MORE. */
enum parser_event parser_feed(struct parser *parser, const char **data, size_t *length);

/* Whether bytes of an incomplete request were consumed. */
bool parser_is_within_request(const struct parser *parser);

#endif

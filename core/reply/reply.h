/* Replies. Exactly one of these per request; each takes a status line, headers and
 * body to the connection, in the order of the requests. All [loop]; after one
 * returned, the request may be gone: do not touch it. All do nothing but free the
 * request when the client has gone. */
#ifndef ALMANAC_REPLY_REPLY_H
#define ALMANAC_REPLY_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/exchange.h"

/* What every resource takes: a header line. */
#define REPLY_ALLOW "Allow: " METHODS "\r\n"

/* Of a resource that is not sent in parts (RFC 9110, 14.3). */
#define REPLY_NO_RANGES "Accept-Ranges: none\r\n"

/* 200 (or another status) with a whole body, which is taken over (the buffer is
 * empty afterwards). `headers` are further header lines, each ended by CRLF; NULL:
 * none. */
void reply_body(struct exchange *exchange, int status, const char *content_type,
	const char *headers, struct buffer *body);

/* 200 with a body that lasts as long as the server, and is not copied. */
void reply_lasting(struct exchange *exchange, const char *content_type, const char *headers,
	const char *bytes, size_t length);

/* The head alone; the body is the caller's to put. `length`: of the body, or one of these.
 * False: there is nobody to answer, or there was an answer already. */
#define REPLY_CHUNKED SIZE_MAX
#define REPLY_UNTIL_CLOSE (SIZE_MAX - 1)
bool reply_head(struct exchange *exchange, int status, const char *content_type,
	const char *headers, size_t length);

#endif

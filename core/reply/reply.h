/* Replies: status line, headers and body of a response. Each request gets exactly one; it is
 * sent in the order of the connection's requests. After a reply the request may be freed. All
 * do nothing if the client has gone. All [loop]. */
#ifndef ALMANAC_REPLY_REPLY_H
#define ALMANAC_REPLY_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/exchange.h"

/* Header lines of a resource without and with ranges (RFC 9110, 14.3). */
#define REPLY_NO_RANGES "Accept-Ranges: none\r\n"
#define REPLY_RANGES "Accept-Ranges: bytes\r\n"

/* Replies with a whole body, which is taken over: the buffer is empty afterwards. `headers`:
 * further header lines, each ended by CRLF; NULL: none. */
void reply_body(struct exchange *exchange, int status, const char *content_type,
	const char *headers, struct buffer *body);

/* Replies 200 with a body that lasts as long as the server, and is not copied. */
void reply_lasting(struct exchange *exchange, const char *content_type, const char *headers,
	const char *bytes, size_t length);

/* Replies with a head; the caller adds the body. `length`: of the body, or one of these. False:
 * the client has gone, or there was a reply already. */
#define REPLY_CHUNKED SIZE_MAX
#define REPLY_UNTIL_CLOSE (SIZE_MAX - 1)
bool reply_head(struct exchange *exchange, int status, const char *content_type,
	const char *headers, size_t length);

#endif

/* Static documents, such as /openapi.json: with an entity tag made of their content,
 * compression, and conditional requests. [loop] */
#ifndef ALMANAC_REPLY_REPLY_STATIC_H
#define ALMANAC_REPLY_REPLY_STATIC_H

#include "base/buffer.h"
#include "reply/encoding.h"

struct exchange;

/* Replies 200 or 304 with a whole body, which is taken over. `headers`: further header lines,
 * without Vary; `vary`: the value of Vary before Accept-Encoding: "Accept, " or "". */
void reply_static(struct exchange *exchange, const char *media_type, const char *headers,
	const char *vary, struct buffer *body);

/* The same for a body that lasts as long as the server and is not compressed. */
void reply_static_as_is(struct exchange *exchange, const char *media_type, const char *headers,
	const char *bytes, size_t length);

/* The same for a body that lasts as long as the server, in all codings. */
void reply_static_lasting(struct exchange *exchange, const char *media_type,
	const char *headers, const struct buffer bodies[ENCODINGS]);

#endif

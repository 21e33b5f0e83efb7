/* Documents of the program's own, such as /openapi.json, which depend on nothing that is
 * stored: with an entity tag made of their content, compressed, and 304 for a client that has
 * them. [loop] */
#ifndef ALMANAC_REPLY_REPLY_STATIC_H
#define ALMANAC_REPLY_REPLY_STATIC_H

#include "base/buffer.h"
#include "reply/encoding.h"

struct exchange;

/* 200 or 304 with a whole body, which is taken over. `headers` are further header lines of
 * both, without `Vary`; `vary` is its value but for Accept-Encoding: "Accept, " or "". */
void reply_static(struct exchange *exchange, const char *media_type, const char *headers,
	const char *vary, struct buffer *body);

/* The same for a body that lasts as long as the server, in all codings. */
void reply_static_lasting(struct exchange *exchange, const char *media_type,
	const char *headers, const struct buffer bodies[ENCODINGS]);

#endif

/* Which pages of other origins may read answers (Fetch, 3.2). All [loop]. */
#ifndef ALMANAC_REPLY_CORS_H
#define ALMANAC_REPLY_CORS_H

#include "base/buffer.h"
#include "base/error.h"

struct exchange;

/* [any] Whether the setting can be what it is compared with. */
int cors_check(const char *origins, struct error *err);

/* Header lines of an answer. */
void cors_put(const struct exchange *exchange, struct buffer *out);

/* Those of the answer to a preflight request; none for another OPTIONS. */
void cors_put_preflight(const struct exchange *exchange, struct buffer *out);

#endif

/* CORS: headers for pages of other origins (Fetch, 3.2). All [loop]. */
#ifndef ALMANAC_REPLY_CORS_H
#define ALMANAC_REPLY_CORS_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct exchange;

/* [any] Checks the setting: "*", or origins as browsers send them. -1: *err. */
int cors_check(const char *origins, struct error *err);

/* Adds the header lines of an answer. */
void cors_put(const struct exchange *exchange, struct buffer *out);

/* Adds the header lines of an answer to a preflight request; none for another OPTIONS. */
void cors_put_preflight(const struct exchange *exchange, uint32_t methods, struct buffer *out);

#endif

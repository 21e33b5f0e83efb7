/* Ranges of bytes (RFC 9110, 14): parts of an answer that is there as a whole. [loop] */
#ifndef ALMANAC_REPLY_RANGE_H
#define ALMANAC_REPLY_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "http/exchange.h"

struct range {
	size_t first, length;
};

/* Sets the range of a body of `length` bytes that the request asks for. False: it asks for all,
 * or for several ranges, or in a way that is not understood or cannot be satisfied, or the
 * client has a part of an answer with another entity tag; the answer is the whole body, as the
 * RFC allows, and *range is unchanged. */
bool range_find(
	const struct exchange *exchange, const char *etag, size_t length, struct range *range);

/* Writes Content-Range. */
void range_put(struct buffer *headers, const struct range *range, size_t length);

#endif

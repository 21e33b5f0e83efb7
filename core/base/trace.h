/* Trace and request ids of HTTP headers (W3C traceparent, X-Amzn-Trace-Id, X-Request-Id).
 * [any] */
#ifndef ALMANAC_BASE_TRACE_H
#define ALMANAC_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/* The trace id of a `traceparent` (W3C Trace Context, 3.2) or, without a valid one, the root
 * of an `X-Amzn-Trace-Id`: *length bytes within the header. NULL: none. Arguments may be
 * NULL. */
const char *trace_id(const char *traceparent, const char *amzn, size_t *length);

/* Whether an `X-Request-Id` is adopted: 1 to 128 of A-Z a-z 0-9 - . _ + / = : */
bool trace_is_request_id(const char *text);

#endif

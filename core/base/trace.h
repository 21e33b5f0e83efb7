/* What a request is called by those who follow it through several programs. [any thread] */
#ifndef ALMANAC_BASE_TRACE_H
#define ALMANAC_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/* The trace id of a `traceparent` (W3C Trace Context, 3.2) or, without a valid one, the root
 * of an `X-Amzn-Trace-Id`; NULL: none. *length of it, within the header. Either may be NULL. */
const char *trace_id(const char *traceparent, const char *amzn, size_t *length);

/* Whether an `X-Request-Id` can be taken over: 1 to 128 of A-Z a-z 0-9 - . _ + / = : */
bool trace_is_request_id(const char *text);

#endif

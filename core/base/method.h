/* Methods of HTTP (RFC 9110, 9). [any] */
#ifndef ALMANAC_BASE_METHOD_H
#define ALMANAC_BASE_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* METHOD_OTHER: one that nothing here takes. */
enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER
};

/* Masks of methods. */
#define METHOD_BIT(method) (UINT32_C(1) << (method))
#define METHODS_READING (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD))

enum method method_find(const char *name);

/* "GET"; "OTHER" */
const char *method_name(enum method method);

/* Whether it only reads, so that a body means nothing to it. */
bool method_reads(enum method method);

/* "GET, HEAD, OPTIONS": those of the mask, and OPTIONS, which everything takes. */
void method_list(uint32_t methods, struct buffer *out);

#endif

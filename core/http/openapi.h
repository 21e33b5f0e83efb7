/* The OpenAPI 3.1 document of the routes, from their declarations alone. */
#ifndef ALMANAC_HTTP_OPENAPI_H
#define ALMANAC_HTTP_OPENAPI_H

#include <stdint.h>

#include "base/buffer.h"

struct router;

/* `page_size_max` is the setting of the server that the document is for. */
void openapi_write(const struct router *router, int64_t page_size_max, struct buffer *out);

#endif

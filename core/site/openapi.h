/* OpenAPI 3.1 document of the routes, made from their declarations alone. */
#ifndef ALMANAC_SITE_OPENAPI_H
#define ALMANAC_SITE_OPENAPI_H

#include <stdint.h>

#include "base/buffer.h"

struct router;

void openapi_write(const struct router *router, struct buffer *out);

#endif

/* What fields of HTTP may have for names and values (RFC 9110, 5). */
#ifndef ALMANAC_BASE_HTTP_FIELD_H
#define ALMANAC_BASE_HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* [any] A token (5.6.2), as names of fields are. */
bool http_field_is_token(const char *text, size_t length);

/* [any] What a field may say (5.5): no control characters, so no second field either. */
bool http_field_is_value(const char *text);

/* [any] "text/html; charset=utf-8" (8.3.1); of its parameters, only that they are a value. */
bool http_field_is_media_type(const char *text);

#endif

/* JSON strings (RFC 8259) written to a buffer. Formats assemble documents; cJSON parses
 * them. */
#ifndef ALMANAC_BASE_JSON_H
#define ALMANAC_BASE_JSON_H

#include <stddef.h>

#include "base/buffer.h"

/* Writes a quoted string. Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct buffer *buffer, const char *text, size_t length);

/* Writes a NUL-terminated text as a string; NULL as null. */
void json_text(struct buffer *buffer, const char *text);

/* Rewrites a document to ASCII: other bytes of strings are shown as \xNN, as text. For
 * readers that may not have the characters. */
void json_put_ascii(struct buffer *buffer, const char *document, size_t length);

#endif

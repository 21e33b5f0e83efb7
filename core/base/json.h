/* Pieces of JSON (RFC 8259) written to a buffer. Documents are assembled by their
 * writers; cJSON reads them. */
#ifndef ALMANAC_BASE_JSON_H
#define ALMANAC_BASE_JSON_H

#include <stddef.h>

#include "base/buffer.h"

/* A quoted string. Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct buffer *buffer, const char *text, size_t length);

/* The same of a NUL-terminated text; NULL is written as null. */
void json_text(struct buffer *buffer, const char *text);

/* A document of which the strings hold only ASCII: other bytes are shown as \xNN, which is no
 * character's escape. For who may not know the characters. */
void json_put_ascii(struct buffer *buffer, const char *document, size_t length);

#endif

/* Text in XML. [any] */
#ifndef ALMANAC_FORMAT_XML_TEXT_H
#define ALMANAC_FORMAT_XML_TEXT_H

#include <stddef.h>

#include "base/buffer.h"

/* What a character is in XML; NULL: itself. Characters that XML cannot have become U+FFFD.
 * *length: bytes of the character, of `left` at most. */
const char *xml_escape(const char *text, size_t left, size_t *length);

/* Appends the text, escaped. */
void xml_put(struct buffer *out, const char *text);

#endif

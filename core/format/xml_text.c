#include "format/xml_text.h"

#include <string.h>

#include "base/utf8.h"

const char *xml_escape(const char *text, size_t left, size_t *length)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	unsigned char c = (unsigned char)*text;

	*length = utf8_sequence(text, left);
	if (*length == 0) {
		*length = 1;
		return replacement;
	}
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\t':
	case '\n':
		return NULL;
	case '\r':
		return "&#13;";
	default:
		return c < ' ' ? replacement : NULL;
	}
}

void xml_put(struct buffer *out, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0, n; i < length; i += n) {
		const char *escaped = xml_escape(text + i, length - i, &n);

		if (escaped != NULL) {
			buffer_puts(out, escaped);
		} else {
			buffer_append(out, text + i, n);
		}
	}
}

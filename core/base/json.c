/* json_string() takes part in log_last_words(): no printf() in it. */
#include "base/json.h"

#include "base/utf8.h"

static void escape(struct buffer *buffer, unsigned char c)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char hex[] = "0123456789abcdef";

	for (const char *p = named; *p != '\0'; p += 2) {
		if ((unsigned char)p[0] == c) {
			buffer_putc(buffer, '\\');
			buffer_putc(buffer, p[1]);
			return;
		}
	}
	buffer_puts(buffer, "\\u00");
	buffer_putc(buffer, hex[c >> 4]);
	buffer_putc(buffer, hex[c & 15]);
}

void json_string(struct buffer *buffer, const char *text, size_t length)
{
	const char *end = text + length;

	buffer_putc(buffer, '"');
	for (const char *p = text; p < end;) {
		size_t n = utf8_sequence(p, (size_t)(end - p));
		unsigned char c = (unsigned char)*p;

		if (n == 0) {
			buffer_puts(buffer, "\xEF\xBF\xBD");
			n = 1;
		} else if (n == 1 && (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)) {
			escape(buffer, c);
		} else {
			buffer_append(buffer, p, n);
		}
		p += n;
	}
	buffer_putc(buffer, '"');
}

void json_text(struct buffer *buffer, const char *text)
{
	if (text == NULL) {
		buffer_puts(buffer, "null");
	} else {
		json_string(buffer, text, strlen(text));
	}
}

void json_put_ascii(struct buffer *buffer, const char *document, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)document[i];

		if (c < 0x80) {
			buffer_putc(buffer, (char)c);
		} else {
			buffer_printf(buffer, "\\\\x%02x", c);
		}
	}
}

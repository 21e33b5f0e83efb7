#include "base/url.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes to `to`, at most `length` bytes. Returns their number; -1: a malformed %XX. */
static long decode(char *to, enum url_part part, const char *text, size_t length)
{
	long used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '%') {
			int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0) {
				return -1;
			}
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && part == URL_QUERY) {
			c = ' ';
		}
		to[used++] = c;
	}
	return used;
}

int url_byte(const char *text, size_t length, size_t *i)
{
	const char *at = text + *i;
	bool escaped = *at == '%' && length - *i > 2;
	int high = escaped ? hex_digit(at[1]) : -1, low = escaped ? hex_digit(at[2]) : -1;

	if (high < 0 || low < 0) {
		return (unsigned char)*at;
	}
	*i += 2;
	return high << 4 | low;
}

static bool is_utf8(const char *text, size_t length)
{
	for (size_t n; length > 0; text += n, length -= n) {
		n = utf8_sequence(text, length);
		if (n == 0) {
			return false;
		}
	}
	return true;
}

const char *url_decode(struct arena *arena, enum url_part part, const char *text, size_t length,
	struct url_text *decoded)
{
	char *to = arena_alloc(arena, length + 1);
	long used = decode(to, part, text, length);

	if (used < 0) {
		return "a '%' is not followed by two hexadecimal digits";
	}
	if (memchr(to, '\0', (size_t)used) != NULL) {
		return "it holds a NUL character (%00)";
	}
	if (!is_utf8(to, (size_t)used)) {
		return "its decoded bytes are not UTF-8";
	}
	*decoded = (struct url_text){ to, (size_t)used };
	return NULL;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void url_encode(struct buffer *out, const char *text, size_t length)
{
	static const char hex[] = "0123456789ABCDEF";
	char *start = buffer_reserve(out, 3 * length);
	char *to = start;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_unreserved(text[i])) {
			*to++ = text[i];
		} else {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		}
	}
	out->length += (size_t)(to - start);
}

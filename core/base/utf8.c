#include "base/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

enum { ESCAPE_MAX = 4 }; /* "\xNN" */

size_t utf8_sequence(const char *text, size_t left)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	size_t length = p[0] < 0x80       ? 1
			: p[0] >> 5 == 6  ? 2
			: p[0] >> 4 == 14 ? 3
			: p[0] >> 3 == 30 ? 4
					  : 0;
	uint32_t code = length > 1 ? p[0] & (0x7Fu >> length) : p[0];

	if (length == 0 || length > left) {
		return 0;
	}
	for (size_t i = 1; i < length; i++) {
		if (p[i] >> 6 != 2) {
			return 0;
		}
		code = code << 6 | (p[i] & 0x3Fu);
	}
	if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
		return 0;
	}
	return length;
}

size_t utf8_whole(const char *text, size_t length)
{
	size_t start = length;

	while (start > 0 && length - start < 4) {
		unsigned char c = (unsigned char)text[--start];

		if (c >> 6 == 3) { /* not a continuation byte */
			size_t bytes = c >> 5 == 6    ? 2
				       : c >> 4 == 14 ? 3
				       : c >> 3 == 30 ? 4
						      : 0;

			return bytes > length - start ? start : length;
		}
		if (c >> 6 != 2) {
			break;
		}
	}
	return length;
}

int utf8_format(char *to, size_t room, const char *format, va_list args)
{
	int length = vsnprintf(to, room, format, args);

	assert(room > 0);
	if (length < 0) {
		to[0] = '\0';
		return -1;
	}
	if ((size_t)length >= room) {
		to[utf8_whole(to, room - 1)] = '\0';
	}
	return 0;
}

/* Length of the printable character at `p`; 0: none. Control characters (category Cc: C0,
 * DEL, C1) are not printable. */
static size_t plain_character(const char *p, size_t left)
{
	const unsigned char *c = (const unsigned char *)p;
	size_t n = utf8_sequence(p, left);

	if (n == 1) {
		return c[0] >= 0x20 && c[0] != 0x7F;
	}
	return n == 2 && c[0] == 0xC2 && c[1] < 0xA0 ? 0 : n;
}

bool utf8_is_plain(const char *text, size_t length)
{
	for (size_t n; length > 0; text += n, length -= n) {
		n = plain_character(text, length);
		if (n == 0) {
			return false;
		}
	}
	return true;
}

/* Writes an escape; returns its length. */
static size_t escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *named = c != '\0' ? strchr("\tt\rr\nn", c) : NULL;

	to[0] = '\\';
	if (named != NULL && c < 0x20) {
		to[1] = named[1];
		return 2;
	}
	to[1] = 'x';
	to[2] = hex[c >> 4];
	to[3] = hex[c & 15];
	return ESCAPE_MAX;
}

size_t utf8_show(char *to, size_t room, const char *bytes, size_t length)
{
	size_t used = 0, i = 0;

	assert(room > 0);
	while (i < length) {
		char escaped[ESCAPE_MAX];
		size_t taken = plain_character(bytes + i, length - i);
		const char *from = taken > 0 ? bytes + i : escaped;
		size_t n = taken > 0 ? taken : escape(escaped, (unsigned char)bytes[i]);

		if (n >= room - used) {
			break;
		}
		memcpy(to + used, from, n);
		used += n;
		i += taken > 0 ? taken : 1;
	}
	to[used] = '\0';
	return used;
}

void utf8_put_ascii(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7F) {
			buffer_putc(out, (char)c);
		} else {
			out->length += escape(buffer_reserve(out, ESCAPE_MAX), c);
		}
	}
}

void utf8_put(struct buffer *out, const char *text)
{
	size_t length = strlen(text), room = length * ESCAPE_MAX + 1;

	out->length += utf8_show(buffer_reserve(out, room), room, text, length);
}

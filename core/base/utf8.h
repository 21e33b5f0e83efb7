/* UTF-8 (RFC 3629): validation, and showing other bytes as escapes. [any] */
#ifndef ALMANAC_BASE_UTF8_H
#define ALMANAC_BASE_UTF8_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer;

/* Length of the sequence at `text`, of which `left` bytes (at least 1) exist; 0: invalid or
 * incomplete. */
size_t utf8_sequence(const char *text, size_t left);

/* Length without an incomplete character at the end. */
size_t utf8_whole(const char *text, size_t length);

/* Formats into `room` bytes (at least 1), truncated between characters. -1: it cannot be
 * formatted; the text is empty. */
int utf8_format(char *to, size_t room, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Whether the text can be stored and shown as it is: UTF-8 without control characters. */
bool utf8_is_plain(const char *text, size_t length);

/* Writes `bytes` printably and NUL-terminated to `room` bytes (at least 1): others become
 * \t, \r, \n or \xNN. Truncated between characters. Returns the length. */
size_t utf8_show(char *to, size_t room, const char *bytes, size_t length);

/* Appends all of `text` to `out`, in the same way. */
void utf8_put(struct buffer *out, const char *text);

/* Appends in ASCII: other characters become \xNN, too. */
void utf8_put_ascii(struct buffer *out, const char *text);

#endif

/* UTF-8 (RFC 3629): what may be stored as text, and how to show bytes that may
 * not. */
#ifndef ALMANAC_BASE_UTF8_H
#define ALMANAC_BASE_UTF8_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer;

/* Length of the sequence that begins at `text`, of which `left` bytes (at least 1)
 * are there; 0 if there is none. */
size_t utf8_sequence(const char *text, size_t left);

/* Length without a character of which the end is missing: what a cut at any byte leaves whole.
 */
size_t utf8_whole(const char *text, size_t length);

/* Formats into `room` bytes (at least 1); what does not fit is left out, no character being
 * cut. Returns 0, or -1 with no text if it cannot be formatted. */
int utf8_format(char *to, size_t room, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* Whether all of it can be stored and shown as it is: UTF-8 without control
 * characters. */
bool utf8_is_plain(const char *text, size_t length);

/* Writes what can be shown of `bytes`, NUL-terminated, in at most `room` bytes
 * (at least 1). What is not plain becomes \t, \r, \n or \xNN, and what does not fit
 * is left out, no character being cut. Returns the length written. */
size_t utf8_show(char *to, size_t room, const char *bytes, size_t length);

/* The same, of all of `text`, at the end of `out`. */
void utf8_put(struct buffer *out, const char *text);

/* The same, where only ASCII may be held: whatever is beyond it is \xNN too. */
void utf8_put_ascii(struct buffer *out, const char *text);

#endif

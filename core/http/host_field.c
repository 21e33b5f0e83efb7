#include "http/host_field.h"

#include <string.h>

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char hex_digits[] = "0123456789abcdefABCDEF";
static const char in_names[] = ALPHANUMERIC "-._~!$&'()*+,;=";
static const char in_brackets[] = ALPHANUMERIC "-._~!$&'()*+,;=:";

/* Unlike strchr(), does not find the NUL. */
static bool is_one_of(char c, const char *list)
{
	return c != '\0' && strchr(list, c) != NULL;
}

/* What an address in brackets takes: all of it, or nothing if it does not end. */
static size_t take_brackets(const char *text, size_t length)
{
	size_t n = 1;

	while (n < length && is_one_of(text[n], in_brackets)) {
		n++;
	}
	return n > 1 && n < length && text[n] == ']' ? n + 1 : 0;
}

static size_t take_name(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length) {
		if (is_one_of(text[n], in_names)) {
			n++;
		} else if (length - n > 2 && text[n] == '%' &&
			   is_one_of(text[n + 1], hex_digits) &&
			   is_one_of(text[n + 2], hex_digits)) {
			n += 3;
		} else {
			break;
		}
	}
	return n;
}

static bool is_port(const char *text, size_t length)
{
	if (length > 0 && text[0] != ':') {
		return false;
	}
	for (size_t i = 1; i < length; i++) {
		if (!is_one_of(text[i], "0123456789")) {
			return false;
		}
	}
	return true;
}

bool host_field_is_sound(const char *text, size_t length)
{
	bool brackets = length > 0 && text[0] == '[';
	size_t n = brackets ? take_brackets(text, length) : take_name(text, length);

	return (n > 0 || !brackets) && is_port(text + n, length - n);
}

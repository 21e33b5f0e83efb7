#include "http/host_field.h"

#include <arpa/inet.h>
#include <stdbool.h>
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

/* An IPv6 address, or one of a future version ("v7.x"). */
static bool is_address(const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t digits = 0;

	if (length > 0 && (text[0] == 'v' || text[0] == 'V')) {
		while (digits + 1 < length && is_one_of(text[digits + 1], hex_digits)) {
			digits++;
		}
		return digits > 0 && length > digits + 2 && text[digits + 1] == '.';
	}
	if (length >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

/* Length of an address in brackets; 0: it is none, or does not end. */
static size_t brackets_length(const char *text, size_t length)
{
	size_t n = 1;

	while (n < length && is_one_of(text[n], in_brackets)) {
		n++;
	}
	return n < length && text[n] == ']' && is_address(text + 1, n - 1) ? n + 1 : 0;
}

static size_t name_length(const char *text, size_t length)
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

enum host_field host_field_check(const char *text, size_t length)
{
	bool brackets = length > 0 && text[0] == '[';
	size_t n = brackets ? brackets_length(text, length) : name_length(text, length);

	if ((n == 0 && brackets) || !is_port(text + n, length - n)) {
		return HOST_FIELD_BAD;
	}
	return n > 0 ? HOST_FIELD_GOOD : HOST_FIELD_EMPTY;
}

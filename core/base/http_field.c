#include "base/http_field.h"

#include <string.h>

bool http_field_is_token(const char *text, size_t length)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-.^_`|~";

	return length > 0 && strspn(text, token) >= length;
}

bool http_field_is_value(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f) {
			return false;
		}
	}
	return true;
}

bool http_field_is_media_type(const char *text)
{
	size_t length = strcspn(text, "/"), rest;

	if (text[length] != '/' || !http_field_is_token(text, length) ||
		!http_field_is_value(text)) {
		return false;
	}
	rest = strcspn(text + length + 1, "; ");
	return http_field_is_token(text + length + 1, rest);
}

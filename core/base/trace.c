#include "base/trace.h"

#include <string.h>

enum {
	PARENT_LENGTH = 55, /* 00-<32>-<16>-<2> */
	TRACE_AT = 3,
	TRACE_LENGTH = 32,
	SPAN_AT = 36,
	SPAN_LENGTH = 16,
	FLAGS_AT = 53,
	REQUEST_ID_MAX = 128
};

static bool is_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") >= length;
}

static bool is_zero(const char *text, size_t length)
{
	return strspn(text, "0") >= length;
}

/* Whether a traceparent is valid; later versions may add '-' and more. */
static bool is_traceparent(const char *text)
{
	size_t length = strlen(text);

	if (length < PARENT_LENGTH || !is_hex(text, 2) || strncmp(text, "ff", 2) == 0 ||
		text[2] != '-' || text[SPAN_AT - 1] != '-' || text[FLAGS_AT - 1] != '-') {
		return false;
	}
	if (length > PARENT_LENGTH && (is_zero(text, 2) || text[PARENT_LENGTH] != '-')) {
		return false;
	}
	return is_hex(text + TRACE_AT, TRACE_LENGTH) &&
	       !is_zero(text + TRACE_AT, TRACE_LENGTH) && is_hex(text + SPAN_AT, SPAN_LENGTH) &&
	       !is_zero(text + SPAN_AT, SPAN_LENGTH) && is_hex(text + FLAGS_AT, 2);
}

/* "Root=1-67891233-abcdef012345678912345678;Parent=..." */
static const char *find_root(const char *amzn, size_t *length)
{
	static const char digits[] = "0123456789abcdefABCDEF-";

	for (const char *p = amzn; p != NULL; p = strchr(p, ';')) {
		p += *p == ';';
		if (strncmp(p, "Root=", 5) == 0) {
			*length = strspn(p + 5, digits);
			return *length > 0 && strchr(";", p[5 + *length]) != NULL ? p + 5
										  : NULL;
		}
	}
	return NULL;
}

const char *trace_id(const char *traceparent, const char *amzn, size_t *length)
{
	if (traceparent != NULL && is_traceparent(traceparent)) {
		*length = TRACE_LENGTH;
		return traceparent + TRACE_AT;
	}
	return find_root(amzn, length);
}

bool trace_is_request_id(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._+/=:";
	size_t length = strlen(text);

	return length > 0 && length <= REQUEST_ID_MAX && strspn(text, allowed) == length;
}

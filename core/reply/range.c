#include "reply/range.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"

#define BLANKS " \t"

/* If-Range: the client has a part of this answer. A date never matches: answers have none. */
static bool is_of(const struct exchange *exchange, const char *etag)
{
	const char *wanted = exchange->header[HEADER_IF_RANGE];

	return wanted == NULL || strcmp(wanted, etag) == 0;
}

/* Parses digits alone. False: there are none, or they are too large. */
static bool read_number(const char *text, size_t length, size_t *value)
{
	int64_t number;

	if (length == 0 || text[0] == '-' || !number_parse_integer(text, length, &number)) {
		return false;
	}
	*value = (size_t)number;
	return true;
}

/* The last `count` bytes. */
static bool set_suffix(size_t count, size_t length, struct range *range)
{
	range->length = count < length ? count : length;
	range->first = length - range->length;
	return range->length > 0;
}

/* "0-99", "100-", "-100". */
static bool read_spec(const char *spec, size_t length, struct range *range)
{
	const char *hyphen = strchr(spec, '-');
	size_t first, last, digits;

	if (hyphen == NULL) {
		return false;
	}
	digits = strcspn(hyphen + 1, BLANKS);
	if (hyphen[1 + digits + strspn(hyphen + 1 + digits, BLANKS)] != '\0') {
		return false;
	}
	if (hyphen == spec) {
		return read_number(hyphen + 1, digits, &last) &&
		       set_suffix(last, length, range);
	}
	if (!read_number(spec, (size_t)(hyphen - spec), &first) || first >= length) {
		return false;
	}
	last = length - 1;
	if (digits > 0 && !read_number(hyphen + 1, digits, &last)) {
		return false;
	}
	last = last < length ? last : length - 1;
	*range = (struct range){ first, last - first + 1 };
	return last >= first;
}

bool range_find(
	const struct exchange *exchange, const char *etag, size_t length, struct range *range)
{
	static const char unit[] = "bytes=";
	const char *text = exchange->header[HEADER_RANGE];
	struct range found;

	if (text == NULL || exchange->method != METHOD_GET || !is_of(exchange, etag) ||
		strncasecmp(text, unit, strlen(unit)) != 0 ||
		!read_spec(text + strlen(unit), length, &found)) {
		return false;
	}
	*range = found;
	return true;
}

void range_put(struct buffer *headers, const struct range *range, size_t length)
{
	buffer_printf(headers, "Content-Range: bytes %zu-%zu/%zu\r\n", range->first,
		range->first + range->length - 1, length);
}

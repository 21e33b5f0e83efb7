#include "aws/content_range.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"

/* Digits, and what follows them. */
static bool take_number(const char **text, char after, int64_t *value)
{
	size_t length = strspn(*text, "0123456789");

	if ((*text)[length] != after || !number_parse_integer(*text, length, value)) {
		return false;
	}
	*text += length + (after != '\0');
	return true;
}

bool content_range_parse(const char *text, struct content_range *range)
{
	if (strncasecmp(text, "bytes ", strlen("bytes ")) != 0) {
		return false;
	}
	text += strlen("bytes ");
	if (!take_number(&text, '-', &range->first) || !take_number(&text, '/', &range->last)) {
		return false;
	}
	range->size = -1;
	if (strcmp(text, "*") != 0 && !take_number(&text, '\0', &range->size)) {
		return false;
	}
	return range->first <= range->last && (range->size < 0 || range->last < range->size);
}

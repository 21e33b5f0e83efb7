#include "reply/weights.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t"

#define QUOTE "\""

/* Bytes of a quoted string, with its quotes. */
static size_t quoted_length(const char *text)
{
	size_t n = 1;

	while (text[n] != '\0' && text[n] != '"') {
		n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
	}
	return n + (text[n] == '"');
}

/* Bytes before the first of the `stops`, of which the quote is one, outside of quoted strings.
 */
static size_t span(const char *text, const char *stops)
{
	size_t n = strcspn(text, stops);

	while (text[n] == '"') {
		n += quoted_length(text + n);
		n += strcspn(text + n, stops);
	}
	return n;
}

static size_t trimmed(const char *text, size_t length)
{
	while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL) {
		length--;
	}
	return length;
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ); also without the 0 before the
 * point, as Java's HttpURLConnection sends it. */
static bool read_quality(const char *text, size_t length, int *weight)
{
	static const int worth[] = { 0, 0, 100, 10, 1 };
	char whole[] = "0.000";

	if (length > 1 && text[0] == '.' && length < sizeof(whole) - 1) {
		memcpy(whole + 1, text, length);
		text = whole;
		length++;
	}
	if (length == 0 || length > sizeof(worth) / sizeof(worth[0]) ||
		(text[0] != '0' && text[0] != '1') || (length > 1 && text[1] != '.')) {
		return false;
	}
	*weight = (text[0] - '0') * WEIGHT_MAX;
	for (size_t i = 2; i < length; i++) {
		if (text[i] < '0' || text[i] > (text[0] == '1' ? '0' : '9')) {
			return false;
		}
		*weight += (text[i] - '0') * worth[i];
	}
	return true;
}

/* Whether the name of the parameter is "q". */
static bool is_quality(const char *text, size_t length)
{
	return length > 0 && (text[0] == 'q' || text[0] == 'Q') &&
	       (length == 1 || strchr("=" BLANKS, text[1]) != NULL);
}

/* False: its weight is invalid. */
static bool read_item(const char *text, struct weighted *item)
{
	const char *p = text + span(text, ";," QUOTE);

	*item = (struct weighted){ text, trimmed(text, (size_t)(p - text)), WEIGHT_MAX };
	while (*p == ';') {
		size_t length;

		p += 1 + strspn(p + 1, BLANKS);
		length = trimmed(p, span(p, ";," QUOTE));
		if (is_quality(p, length)) {
			return length > 2 && p[1] == '=' &&
			       read_quality(p + 2, length - 2, &item->weight);
		}
		p += span(p, ";," QUOTE);
	}
	return true;
}

bool weights_next(const char **rest, struct weighted *item)
{
	for (;;) {
		const char *text = *rest + strspn(*rest, BLANKS ",");

		*rest = text + span(text, "," QUOTE);
		if (*text == '\0') {
			return false;
		}
		if (read_item(text, item)) {
			return true;
		}
	}
}

bool weighted_is(const struct weighted *item, const char *word)
{
	return strlen(word) == item->length && strncasecmp(item->text, word, item->length) == 0;
}

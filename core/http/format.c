#include "http/format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct format *const format_list[] = { &format_json, &format_columnar, &format_csv,
	&format_ndjson, &format_geojson, NULL };

const struct format *format_find(const char *name)
{
	for (size_t i = 0; format_list[i] != NULL; i++) {
		if (strcmp(format_list[i]->name, name) == 0) {
			return format_list[i];
		}
	}
	return NULL;
}

/* -- Negotiation -------------------------------------------------------- */

enum { GENERAL, TYPE_ONLY, PARTICULAR }; /* how closely a range matches */

struct range {
	const char *text;
	size_t length; /* of type/subtype */
	double quality;
};

static size_t trimmed(const char *text, size_t length)
{
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
		length--;
	}
	return length;
}

/* Takes the next range of the header off *rest. False: there is none. */
static bool next_range(const char **rest, struct range *range)
{
	const char *p = *rest + strspn(*rest, " \t,");
	size_t length = strcspn(p, ","), type = strcspn(p, ";,");
	const char *quality;

	if (*p == '\0') {
		return false;
	}
	*rest = p + length;
	*range = (struct range){ p, trimmed(p, type), 1 };
	for (quality = p + type; quality < p + length; quality += strcspn(quality, ";,")) {
		quality += 1 + strspn(quality + 1, " \t");
		if (strncasecmp(quality, "q=", 2) == 0) {
			range->quality = strtod(quality + 2, NULL);
			break;
		}
	}
	return true;
}

/* -1: the range does not match the media type. */
static int match(const struct range *range, const char *type)
{
	size_t slash = strcspn(type, "/") + 1;

	if (range->length == 3 && memcmp(range->text, "*/*", 3) == 0) {
		return GENERAL;
	}
	if (range->length == slash + 1 && range->text[slash] == '*' &&
		strncasecmp(range->text, type, slash) == 0) {
		return TYPE_ONLY;
	}
	return range->length == strlen(type) &&
			       strncasecmp(range->text, type, range->length) == 0
		       ? PARTICULAR
		       : -1;
}

/* The quality that the range which matches most closely gives (RFC 9110, 12.5.1). */
static double quality_of(const char *accept, const char *type)
{
	double quality = 0;
	int closest = -1;
	struct range range;

	while (next_range(&accept, &range)) {
		int close = match(&range, type);

		if (close > closest) {
			closest = close;
			quality = range.quality;
		}
	}
	return quality;
}

static double like(const char *accept, const struct format *format)
{
	double most = 0;

	for (size_t i = 0; format->accepts[i] != NULL; i++) {
		double quality = quality_of(accept, format->accepts[i]);

		most = quality > most ? quality : most;
	}
	return most;
}

const struct format *format_negotiate(
	const char *accept, const struct column *columns, size_t count)
{
	const struct format *best = NULL;
	double most = 0;

	if (accept == NULL || accept[strspn(accept, " \t,")] == '\0') {
		return format_list[0];
	}
	for (size_t i = 0; format_list[i] != NULL; i++) {
		const struct format *format = format_list[i];
		double quality = like(accept, format);

		if (quality > most && (format->fits == NULL || format->fits(columns, count))) {
			best = format;
			most = quality;
		}
	}
	return best;
}

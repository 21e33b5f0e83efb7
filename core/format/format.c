#include "format/format.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "reply/weights.h"

#define FORMAT_ADDRESS(name) &format_##name,
const struct format *const format_list[] = { FORMATS(FORMAT_ADDRESS) NULL };
#undef FORMAT_ADDRESS

const struct format *format_find(const char *name)
{
	for (size_t i = 0; format_list[i] != NULL; i++) {
		if (strcmp(format_list[i]->name, name) == 0) {
			return format_list[i];
		}
	}
	return NULL;
}

/* NULL-terminated, by the rows they are for. */
static const char *names[FORMAT_OF_ALL + 1][FORMAT_COUNT + 1];

static void fill_names(void)
{
	for (unsigned of = 0; of <= FORMAT_OF_ALL; of++) {
		size_t count = 0;

		for (size_t i = 0; format_list[i] != NULL; i++) {
			if ((format_list[i]->of & ~of) == 0) {
				names[of][count++] = format_list[i]->name;
			}
		}
	}
}

const char *const *format_names(unsigned of)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill_names);
	return names[of];
}

/* -- Negotiation -------------------------------------------------------- */

enum { GENERAL, TYPE_ONLY, PARTICULAR }; /* how closely a range matches */

/* -1: the range does not match the media type. */
static int match(const struct weighted *range, const char *type)
{
	size_t slash = strcspn(type, "/") + 1;

	if (weighted_is(range, "*/*")) {
		return GENERAL;
	}
	if (range->length == slash + 1 && range->text[slash] == '*' &&
		strncasecmp(range->text, type, slash) == 0) {
		return TYPE_ONLY;
	}
	return weighted_is(range, type) ? PARTICULAR : -1;
}

/* Weight of the media range that matches most closely (RFC 9110, 12.5.1); 0: none matches. */
static int weight_of(const char *accept, const char *type)
{
	int weight = 0, closest = -1;
	struct weighted range;

	while (weights_next(&accept, &range)) {
		int close = match(&range, type);

		if (close > closest) {
			closest = close;
			weight = range.weight;
		}
	}
	return weight;
}

/* The greatest weight of its media types. */
static int format_weight(const char *accept, const struct format *format)
{
	int most = 0;

	for (size_t i = 0; format->accepts[i] != NULL; i++) {
		int weight = weight_of(accept, format->accepts[i]);

		most = weight > most ? weight : most;
	}
	return most;
}

/* Whether the header has a valid media range. */
static bool has_range(const char *accept)
{
	struct weighted range;

	return accept != NULL && weights_next(&accept, &range);
}

const struct format *format_negotiate(const char *accept, const char *const *list)
{
	const struct format *best = NULL;
	int most = 0;

	if (!has_range(accept)) {
		return format_list[0];
	}
	for (; *list != NULL; list++) {
		const struct format *format = format_find(*list);
		int weight = format_weight(accept, format);

		if (weight > most) {
			best = format;
			most = weight;
		}
	}
	return best;
}

#include "ingest/input/increments.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

enum { DATE = 8, BETWEEN = 4, LIST_SMALLEST = 16 };

static const char TO[] = "_to_";

/* A date at the beginning of a text that is followed by no digit; 0: there is none. */
static int parse_date(const char *text)
{
	int date = 0;

	for (int i = 0; i < DATE; i++) {
		if (!isdigit((unsigned char)text[i])) {
			return 0;
		}
		date = date * 10 + text[i] - '0';
	}
	return isdigit((unsigned char)text[DATE]) ? 0 : date;
}

bool increments_parse(const char *name, struct increment *increment)
{
	const char *to = strstr(name, TO);

	if (to == NULL || to - name < DATE ||
		(to - name > DATE && isdigit((unsigned char)to[-DATE - 1]))) {
		return false;
	}
	*increment = (struct increment){ .name = name,
		.prefix = (size_t)(to - name) - DATE,
		.from = parse_date(to - DATE),
		.to = parse_date(to + BETWEEN) };
	return increment->from > 0 && increment->to > 0;
}

/* -- A list of them ----------------------------------------------------- */

struct increments {
	struct increment *list;
	size_t count, capacity;
};

static void add(struct increments *increments, const struct increment *increment)
{
	if (increments->count == increments->capacity) {
		increments->capacity = increments->capacity * 2 + LIST_SMALLEST;
		increments->list = memory_resize(
			increments->list, increments->capacity, sizeof(*increments->list));
	}
	increments->list[increments->count++] = *increment;
}

static struct increments list_names(const char *const *names, size_t count)
{
	struct increments increments = { 0 };
	struct increment increment;

	for (size_t i = 0; i < count; i++) {
		if (names[i] != NULL && increments_parse(names[i], &increment)) {
			increment.place = i;
			increment.listed = true;
			add(&increments, &increment);
		}
	}
	return increments;
}

static int compare_prefixes(const struct increment *a, const struct increment *b)
{
	size_t least = a->prefix < b->prefix ? a->prefix : b->prefix;
	int order = memcmp(a->name, b->name, least);

	return order != 0 ? order : (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int compare_dates(const void *left, const void *right)
{
	const struct increment *a = left, *b = right;
	int order = compare_prefixes(a, b);

	if (order == 0) {
		order = (a->from > b->from) - (a->from < b->from);
	}
	if (order == 0) {
		order = (a->to > b->to) - (a->to < b->to);
	}
	if (order == 0) {
		order = b->listed -
			a->listed; /* the same, of an earlier run, says nothing more */
	}
	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static int compare_places(const void *left, const void *right)
{
	const struct increment *a = left, *b = right;
	int order = compare_prefixes(a, b);

	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

void increments_sort(const char *const *names, size_t count, size_t *order)
{
	struct increments by_date = list_names(names, count);
	struct increments by_place = list_names(names, count);

	for (size_t i = 0; i < count; i++) {
		order[i] = i;
	}
	if (by_date.count > 0) {
		qsort(by_date.list, by_date.count, sizeof(*by_date.list), compare_dates);
		qsort(by_place.list, by_place.count, sizeof(*by_place.list), compare_places);
	}
	for (size_t i = 0; i < by_date.count; i++) {
		order[by_place.list[i].place] = by_date.list[i].place;
	}
	free(by_date.list);
	free(by_place.list);
}

/* -- Gaps --------------------------------------------------------------- */

static void warn(int reached, const struct increment *increment)
{
	log_write(LOG_WARN,
		"nothing tells what changed between %d and %d: %s begins later than what came before "
		"it ends; ingest what is between, or the whole data set anew",
		reached, increment->from, increment->name);
}

void increments_report_gaps(
	const char *const *names, size_t count, increments_next_fn *next, void *arg)
{
	struct increments increments = list_names(names, count);
	struct increment earlier;
	int reached = 0;

	for (const char *name = next(arg); name != NULL; name = next(arg)) {
		if (increments.count > 0 && increments_parse(name, &earlier)) {
			add(&increments, &earlier);
		}
	}
	if (increments.count > 0) {
		qsort(increments.list, increments.count, sizeof(*increments.list),
			compare_dates);
	}
	for (size_t i = 0; i < increments.count; i++) {
		const struct increment *now = &increments.list[i];

		if (i == 0 || compare_prefixes(now - 1, now) != 0) {
			reached = now->to;
			continue;
		}
		if (now->from > reached && now->listed) {
			warn(reached, now);
		}
		reached = now->to > reached ? now->to : reached;
	}
	free(increments.list);
}

#include "ingest/store/merge.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"

void merge_clear(struct merge *merge, int year)
{
	merge->year = year;
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		merge->values[i] = BLOCK_NOT_REPORTED;
	}
	memset(merge->flagged, 0, sizeof(merge->flagged));
	merge->timed = false;
}

void merge_drop_day(struct merge *merge, int day)
{
	merge->values[day] = BLOCK_NOT_REPORTED;
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		if (merge->flagged[kind]) {
			merge->flags[kind][day] = ' ';
		}
	}
	if (merge->timed) {
		merge->times[day] = 0;
	}
}

void merge_resolve(struct merge *merge)
{
	for (int i = 0; i < date_year_days(merge->year); i++) {
		if (merge->values[i] == BLOCK_WITHDRAWN) {
			merge_drop_day(merge, i);
		}
	}
}

bool merge_withdraws(const struct merge_view *view)
{
	for (int i = 0; i < date_year_days(view->year); i++) {
		if (view->values[i] == BLOCK_WITHDRAWN) {
			return true;
		}
	}
	return false;
}

/* Blank flags overlay too: a value without a flag replaces one with a flag. */
static void overlay_flags(
	struct merge *merge, enum flag_kind kind, const struct merge_view *over)
{
	const char *flags = over->flags[kind];
	char *to = merge->flags[kind];
	int days = date_year_days(merge->year);

	if (flags == NULL && !merge->flagged[kind]) {
		return;
	}
	if (!merge->flagged[kind]) {
		memset(to, ' ', BLOCK_DAYS_MAX);
		merge->flagged[kind] = true;
	}
	for (int i = 0; i < days; i++) {
		if (over->values[i] != BLOCK_NOT_REPORTED) {
			to[i] = flags != NULL ? flags[i] : ' ';
		}
	}
}

static void overlay_times(struct merge *merge, const struct merge_view *over)
{
	int days = date_year_days(merge->year);

	if (over->times == NULL && !merge->timed) {
		return;
	}
	if (!merge->timed) {
		memset(merge->times, 0, sizeof(merge->times));
		merge->timed = true;
	}
	for (int i = 0; i < days; i++) {
		if (over->values[i] != BLOCK_NOT_REPORTED) {
			merge->times[i] = over->times != NULL ? over->times[i] : 0;
		}
	}
}

void merge_overlay(struct merge *merge, const struct merge_view *over)
{
	int days = date_year_days(merge->year);

	assert(over->year == merge->year);
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		overlay_flags(merge, kind, over);
	}
	overlay_times(merge, over);
	for (int i = 0; i < days; i++) {
		if (over->values[i] != BLOCK_NOT_REPORTED) {
			merge->values[i] = over->values[i];
		}
	}
}

struct merge_view merge_view(const struct merge *merge)
{
	struct merge_view view = { .year = merge->year,
		.values = merge->values,
		.times = merge->timed ? merge->times : NULL };

	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		view.flags[kind] = merge->flagged[kind] ? merge->flags[kind] : NULL;
	}
	return view;
}

struct merge_view merge_view_batch(const struct batch_block *block)
{
	struct merge_view view = {
		.year = block->year, .values = block->values, .times = block->times
	};

	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		view.flags[kind] = block->flags[kind];
	}
	return view;
}

static bool is_blank(const char *flags, size_t days)
{
	for (size_t i = 0; flags != NULL && i < days; i++) {
		if (flags[i] != ' ') {
			return false;
		}
	}
	return true;
}

static bool is_same_text(const char *a, const char *b, size_t days)
{
	if (a == NULL || b == NULL) {
		return is_blank(a, days) && is_blank(b, days);
	}
	return memcmp(a, b, days) == 0;
}

static bool is_untimed(const uint16_t *times, size_t days)
{
	for (size_t i = 0; times != NULL && i < days; i++) {
		if (times[i] != 0) {
			return false;
		}
	}
	return true;
}

static bool has_same_times(const uint16_t *a, const uint16_t *b, size_t days)
{
	if (a == NULL || b == NULL) {
		return is_untimed(a, days) && is_untimed(b, days);
	}
	return memcmp(a, b, days * sizeof(*a)) == 0;
}

bool merge_is_equal(const struct merge_view *a, const struct merge_view *b)
{
	size_t days = (size_t)date_year_days(a->year);

	assert(a->year == b->year);
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		if (!is_same_text(a->flags[kind], b->flags[kind], days)) {
			return false;
		}
	}
	return has_same_times(a->times, b->times, days) &&
	       memcmp(a->values, b->values, days * sizeof(*a->values)) == 0;
}

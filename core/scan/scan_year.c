#include "scan/scan_year.h"

#include <string.h>

#include "base/date.h"

/* Days of a bitmap from `first` to `last`. */
static int count_bits(const uint8_t *bits, int first, int last)
{
	uint8_t cut[BLOCK_BITMAP + 2] = { 0 };
	int count = 0;

	if (first > last) {
		return 0;
	}
	memcpy(cut, bits, (size_t)last / 8 + 1);
	memset(cut, 0, (size_t)first / 8);
	cut[first / 8] &= (uint8_t)(0xFF << (first % 8));
	cut[last / 8] &= (uint8_t)(0xFF >> (7 - last % 8));
	for (size_t i = 0; i < sizeof(cut); i += 8) {
		uint64_t word;

		memcpy(&word, cut + i, sizeof(word));
		count += __builtin_popcountll(word);
	}
	return count;
}

static void add_days(uint8_t *days, const uint8_t *more, bool *same)
{
	if (memcmp(days, more, BLOCK_BITMAP) == 0) {
		return;
	}
	*same = false;
	for (size_t i = 0; i < BLOCK_BITMAP; i++) {
		days[i] |= more[i];
	}
}

/* What the walk's first and last day leave of the year. */
static void cut(
	const struct scan *scan, const struct scan_bounds *bounds, struct scan_year *year)
{
	year->first = 0;
	year->last = date_year_days(year->year) - 1;
	if (year->year == bounds->first_year) {
		year->first = scan->first_day - date_year_start(year->year);
	}
	if (year->year == bounds->last_year) {
		year->last = scan->last_day - date_year_start(year->year);
	}
}

/* Unites the blocks of the year that are selected. Returns how many days they have,
 * or -1 if that must be counted. */
static int unite(const struct scan *scan, const struct catalog_station *station, size_t *i,
	struct scan_year *year)
{
	const struct catalog_block *block = &station->blocks[*i];
	const struct catalog_block *end = station->blocks + station->block_count;
	bool any = false, same = true;
	int reported = 0;

	year->year = block->year;
	year->whole = false;
	for (; block < end && block->year == year->year; block++) {
		if (year->whole || !scan->elements[block->element]) {
			continue;
		}
		if (block->bitmap == CATALOG_WHOLE_YEAR) {
			year->whole = true;
		} else if (!any) {
			memcpy(year->days, station->bitmaps[block->bitmap], BLOCK_BITMAP);
			reported = block->reported_days;
			any = true;
		} else {
			add_days(year->days, station->bitmaps[block->bitmap], &same);
		}
	}
	*i = (size_t)(block - station->blocks);
	return year->whole || !same ? -1 : reported;
}

/* Leaves the days of the selected months alone. */
static void keep_months(uint32_t months, struct scan_year *year)
{
	uint8_t selected[BLOCK_BITMAP] = { 0 };
	int day = 0;

	for (int month = 1; month <= 12; month++) {
		int end = day + date_month_days(year->year, month);

		for (; day < end; day++) {
			selected[day / 8] |= (uint8_t)((months >> month & 1) << (day % 8));
		}
	}
	for (size_t i = 0; i < BLOCK_BITMAP; i++) {
		year->days[i] = year->whole ? selected[i] : year->days[i] & selected[i];
	}
	year->whole = false;
}

bool scan_year_read(const struct scan *scan, const struct scan_bounds *bounds,
	const struct catalog_station *station, size_t *i, struct scan_year *year)
{
	int days;

	if (*i == station->block_count || station->blocks[*i].year > bounds->last_year) {
		return false;
	}
	days = unite(scan, station, i, year);
	cut(scan, bounds, year);
	if (scan->months != 0 && days != 0) {
		keep_months(scan->months, year);
		days = -1;
	}
	if (year->whole) {
		year->count = year->last - year->first + 1;
	} else if (days >= 0 && year->year != bounds->first_year &&
		   year->year != bounds->last_year) {
		year->count = days;
	} else {
		year->count = days == 0 ? 0 : count_bits(year->days, year->first, year->last);
	}
	return true;
}

size_t scan_year_begin(const struct scan *scan, const struct catalog_station *station,
	struct scan_bounds *bounds)
{
	size_t low = 0, high = station->block_count;

	bounds->first_year =
		scan->first_day == INT32_MIN ? INT32_MIN : date_from_day(scan->first_day).year;
	bounds->last_year =
		scan->last_day == INT32_MAX ? INT32_MAX : date_from_day(scan->last_day).year;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (station->blocks[middle].year < bounds->first_year) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

int scan_year_day(const struct scan_year *year, int n)
{
	int day = year->first;

	if (year->whole) {
		return day + n;
	}
	for (; day <= year->last; day++) {
		if (block_bit(year->days, day) && n-- == 0) {
			return day;
		}
	}
	return year->last;
}

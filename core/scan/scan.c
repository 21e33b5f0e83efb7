#include "scan/scan.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"
#include "base/search.h"
#include "stat/period.h"

enum { PARTS_FIRST = 8 };

const struct catalog_station *scan_station(const struct scan *scan, size_t i)
{
	return scan->catalog->stations[scan->stations != NULL ? scan->stations[i] : i];
}

/* -- Years -------------------------------------------------------------- */

/* Days of a station's year on which a selected element was reported. Days are counted from 0.
 */
struct scan_year {
	int year;
	int first, last;            /* bounds, by the scan's first and last day */
	int count;                  /* of days reported, within the bounds */
	bool whole;                 /* all days from first to last */
	uint8_t days[BLOCK_BITMAP]; /* unless whole; also days beyond first and last */
};

/* The years of the scan's first and last day. */
struct scan_bounds {
	int first_year, last_year;
};

/* Number of days of a bitmap from `first` to `last`. */
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

/* Sets year->first and last by the scan's first and last day. */
static void bound_year(
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

/* Unites the days of the selected blocks of the year that begins at blocks[*i], and moves *i
 * past it. Returns the number of days, or -1 if it must be counted. */
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
	if (!any && !year->whole) {
		memset(year->days, 0, sizeof(year->days));
	}
	return year->whole || !same ? -1 : reported;
}

/* Removes the days of months that are not selected. */
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

/* Reads the year that begins at blocks[*i], and moves *i past it. False: there is none up to
 * the scan's last day. */
static bool read_year(const struct scan *scan, const struct scan_bounds *bounds,
	const struct catalog_station *station, size_t *i, struct scan_year *year)
{
	int days;

	if (*i == station->block_count || station->blocks[*i].year > bounds->last_year) {
		return false;
	}
	days = unite(scan, station, i, year);
	bound_year(scan, bounds, year);
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

/* Sets the bounds. Returns the index of the first block that is not before them. */
static size_t begin_years(const struct scan *scan, const struct catalog_station *station,
	struct scan_bounds *bounds)
{
	size_t i;

	bounds->first_year =
		scan->first_day == INT32_MIN ? INT32_MIN : date_from_day(scan->first_day).year;
	bounds->last_year =
		scan->last_day == INT32_MAX ? INT32_MAX : date_from_day(scan->last_day).year;
	search_first(i, station->block_count, station->blocks[i].year >= bounds->first_year);
	return i;
}

/* The n-th of the year's `count` days, from 0, as a day of the year. */
static int nth_day(const struct scan_year *year, int n)
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

/* -- Periods ------------------------------------------------------------ */

/* Keys of the periods that begin on the selected days; none if *first > *last. */
static void key_range(const struct scan *scan, int32_t *first, int32_t *last)
{
	uint32_t kind = scan->catalog->calculators[scan->calculator].period->bit;
	struct period period;

	*first = INT32_MIN;
	*last = INT32_MAX;
	if (scan->first_day != INT32_MIN) {
		period = period_of(kind, scan->first_day);
		if (period.first_day < scan->first_day) {
			period = period_next(&period);
		}
		*first = period_key(&period);
	}
	if (scan->last_day != INT32_MAX) {
		period = period_of(kind, scan->last_day);
		*last = period_key(&period);
	}
}

/* Index of the first period with a key not less than `key`. */
static size_t seek_period(
	const struct scan *scan, const struct catalog_station *station, int64_t key)
{
	const int32_t *keys = station->periods[scan->calculator];
	size_t i;

	search_first(i, station->period_counts[scan->calculator], keys[i] >= key);
	return i;
}

/* The selected periods are *begin to *end - 1. */
static void select_periods(const struct scan *scan, const struct catalog_station *station,
	size_t *begin, size_t *end)
{
	int32_t first, last;

	key_range(scan, &first, &last);
	*begin = seek_period(scan, station, first);
	*end = seek_period(scan, station, (int64_t)last + 1);
	if (*end < *begin) {
		*end = *begin;
	}
}

/* -- Counting ----------------------------------------------------------- */

static int64_t count_days(const struct scan *scan, const struct catalog_station *station)
{
	int64_t count = 0;
	struct scan_bounds bounds;
	struct scan_year year;
	size_t i = begin_years(scan, station, &bounds);

	while (read_year(scan, &bounds, station, &i, &year)) {
		count += year.count;
	}
	return count;
}

int64_t scan_count(const struct scan *scan, const struct catalog_station *station)
{
	size_t begin, end;

	if (scan->calculator == SCAN_STATIONS) {
		return 1;
	}
	if (scan->first_day > scan->last_day) {
		return 0;
	}
	if (scan->calculator == SCAN_DAYS) {
		return count_days(scan, station);
	}
	select_periods(scan, station, &begin, &end);
	return (int64_t)(end - begin);
}

/* -- Seeking ------------------------------------------------------------ */

static int64_t count_days_to(
	const struct scan *scan, const struct catalog_station *station, int32_t day)
{
	/* The key of a forged cursor may be any number. */
	const int32_t least = date_day(DATE_YEAR_MIN, 1, 1) - 1;
	const int32_t most = date_day(DATE_YEAR_MAX, 12, 31);
	struct scan before = *scan;

	day = day < least ? least : day > most ? most : day;
	before.last_day = day < scan->last_day ? day : scan->last_day;
	return scan_count(&before, station);
}

/* Rows of the station up to and with the key. */
static int64_t count_to(
	const struct scan *scan, const struct catalog_station *station, int32_t key)
{
	size_t begin, end, after;

	if (scan->calculator == SCAN_STATIONS) {
		return 1;
	}
	if (scan->calculator == SCAN_DAYS) {
		return count_days_to(scan, station, key);
	}
	select_periods(scan, station, &begin, &end);
	after = seek_period(scan, station, (int64_t)key + 1);
	after = after < begin ? begin : after > end ? end : after;
	return (int64_t)(after - begin);
}

/* Index of the first selected station whose id is `id` or comes after it. */
static size_t seek_station(const struct scan *scan, const char *id)
{
	size_t first = catalog_seek_station(scan->catalog, id), i = first;

	if (scan->stations != NULL) {
		search_first(i, scan->station_count, scan->stations[i] >= first);
	}
	return i;
}

/* Index of the first station that comes after that key and id. */
static size_t seek_key(const struct scan *scan, int32_t key, const char *id)
{
	size_t i;

	search_first(i, scan->station_count,
		scan->keys[i] != key ? scan->keys[i] > key
				     : strcmp(scan_station(scan, i)->id, id) > 0);
	return i;
}

int64_t scan_row_after(
	const struct scan *scan, const int64_t *sums, const char *station, int32_t key)
{
	size_t i;

	if (scan->keys != NULL) {
		return sums[seek_key(scan, key, station)];
	}
	i = seek_station(scan, station);
	if (i < scan->station_count && strcmp(scan_station(scan, i)->id, station) == 0) {
		return sums[i] + count_to(scan, scan_station(scan, i), key);
	}
	return sums[i];
}

/* -- Parts -------------------------------------------------------------- */

struct taking {
	const struct scan *scan;
	struct arena *arena;
	int64_t skip, left; /* rows still to leave out, and then to take */
	size_t max_parts;
	size_t at; /* index of the station within the scan */
	struct scan_part *parts;
	size_t count, room;
};

static struct scan_part *add_part(
	struct taking *taking, const struct catalog_station *station, int64_t rows)
{
	struct scan_part *part;

	if (taking->count == taking->room) {
		size_t room = taking->room > 0 ? taking->room * 2 : PARTS_FIRST;
		struct scan_part *parts = arena_alloc(taking->arena, room * sizeof(*parts));

		if (taking->count > 0) {
			memcpy(parts, taking->parts, taking->count * sizeof(*parts));
		}
		taking->parts = parts;
		taking->room = room;
	}
	part = &taking->parts[taking->count++];
	part->station = station;
	part->rows = (int)rows;
	taking->skip = 0;
	taking->left -= rows;
	return part;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void take_year(struct taking *taking, const struct catalog_station *station,
	const struct scan_year *year)
{
	int64_t skip = taking->skip, rows = least(year->count - skip, taking->left);
	struct scan_part *part = add_part(taking, station, rows);

	part->year = year->year;
	part->first = nth_day(year, (int)skip);
	part->last = nth_day(year, (int)(skip + rows) - 1);
	if (!year->whole) {
		uint8_t *days = arena_alloc(taking->arena, BLOCK_BITMAP);

		memcpy(days, year->days, BLOCK_BITMAP);
		part->days = days;
	}
}

static bool has_room(const struct taking *taking)
{
	return taking->left > 0 && taking->count < taking->max_parts;
}

static void take_days(struct taking *taking, const struct catalog_station *station)
{
	struct scan_bounds bounds;
	struct scan_year year;
	size_t i = begin_years(taking->scan, station, &bounds);

	while (has_room(taking) && read_year(taking->scan, &bounds, station, &i, &year)) {
		if (taking->skip >= year.count) {
			taking->skip -= year.count;
		} else {
			take_year(taking, station, &year);
		}
	}
}

static void take_periods(struct taking *taking, const struct catalog_station *station)
{
	size_t begin, end;
	struct scan_part *part;

	select_periods(taking->scan, station, &begin, &end);
	begin += (size_t)taking->skip;
	if (begin < end) {
		part = add_part(taking, station, least((int64_t)(end - begin), taking->left));
		part->first_period = begin;
	}
}

static void take_station(struct taking *taking, const struct catalog_station *station)
{
	add_part(taking, station, 1)->position = taking->at;
}

size_t scan_take_some(const struct scan *scan, const int64_t *sums, int64_t row,
	const struct scan_limit *limit, struct arena *arena, struct scan_part **parts)
{
	struct taking taking = {
		.scan = scan, .arena = arena, .left = limit->rows, .max_parts = limit->parts
	};
	size_t i;
	void (*take)(struct taking * taking, const struct catalog_station *station) =
		scan->calculator == SCAN_DAYS       ? take_days
		: scan->calculator == SCAN_STATIONS ? take_station
						    : take_periods;

	assert(row >= 0);
	search_first(i, scan->station_count, sums[i + 1] > row);
	taking.skip = i < scan->station_count ? row - sums[i] : 0;
	for (; i < scan->station_count && has_room(&taking); i++) {
		if (sums[i + 1] > sums[i]) {
			taking.at = i;
			take(&taking, scan_station(scan, i));
		}
	}
	*parts = taking.parts;
	return taking.count;
}

size_t scan_take(const struct scan *scan, const int64_t *sums, int64_t row, int64_t count,
	struct arena *arena, struct scan_part **parts)
{
	const struct scan_limit limit = { count, SIZE_MAX };

	return scan_take_some(scan, sums, row, &limit, arena, parts);
}

int32_t scan_last_key(const struct scan *scan, const struct scan_part *part)
{
	if (scan->calculator == SCAN_DAYS) {
		return date_year_start(part->year) + part->last;
	}
	if (scan->calculator == SCAN_STATIONS) {
		return scan->keys != NULL ? scan->keys[part->position] : 0;
	}
	return part->station
		->periods[scan->calculator][part->first_period + (size_t)part->rows - 1];
}

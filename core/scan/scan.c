#include "scan/scan.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"
#include "compute/period.h"
#include "scan/scan_year.h"

enum { KEY_PARTS = 16, PARTS_FIRST = 8 };

const struct catalog_station *scan_station(const struct scan *scan, size_t i)
{
	return scan->catalog->stations[scan->stations != NULL ? scan->stations[i] : i];
}

/* -- Periods ------------------------------------------------------------ */

static enum alm_period period_kind(const struct scan *scan)
{
	const char *name = scan->catalog->calculators[scan->calculator].period;

	return strcmp(name, "month") == 0    ? ALM_MONTH
	       : strcmp(name, "season") == 0 ? ALM_SEASON
					     : ALM_YEAR;
}

static int32_t period_key(const struct period *period)
{
	return period->year * KEY_PARTS + period->part;
}

/* Keys of the periods that begin on the selected days; none if *first > *last. */
static void key_range(const struct scan *scan, int32_t *first, int32_t *last)
{
	enum alm_period kind = period_kind(scan);
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
	size_t low = 0, high = station->period_counts[scan->calculator];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (keys[middle] < key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
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
	size_t i = scan_year_begin(scan, station, &bounds);

	while (scan_year_read(scan, &bounds, station, &i, &year)) {
		count += year.count;
	}
	return count;
}

int64_t scan_count(const struct scan *scan, const struct catalog_station *station)
{
	size_t begin, end;

	if (scan->calculator == WALK_STATIONS) {
		return 1;
	}
	if (scan->first_day > scan->last_day) {
		return 0;
	}
	if (scan->calculator == WALK_DAYS) {
		return count_days(scan, station);
	}
	select_periods(scan, station, &begin, &end);
	return (int64_t)(end - begin);
}

/* -- Finding ------------------------------------------------------------ */

static int64_t count_days_to(
	const struct scan *scan, const struct catalog_station *station, int32_t day)
{
	/* A cursor that somebody has made up may say any number. */
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

	if (scan->calculator == WALK_STATIONS) {
		return 1;
	}
	if (scan->calculator == WALK_DAYS) {
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
	size_t i = catalog_seek_station(scan->catalog, id), low = 0, high = scan->station_count;

	if (scan->stations == NULL) {
		return i;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (scan->stations[middle] < i) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Index of the first station that comes after that key and id. */
static size_t seek_key(const struct scan *scan, int32_t key, const char *id)
{
	size_t low = 0, high = scan->station_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		bool after = scan->keys[middle] != key
				     ? scan->keys[middle] > key
				     : strcmp(scan_station(scan, middle)->id, id) > 0;

		if (after) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
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

/* -- Taking ------------------------------------------------------------- */

struct taking {
	const struct scan *scan;
	struct arena *arena;
	int64_t skip, want; /* rows still to leave out, and then to take */
	size_t most;        /* parts */
	size_t at;          /* the station of the walk that is being taken */
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
	taking->want -= rows;
	return part;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void take_year(struct taking *taking, const struct catalog_station *station,
	const struct scan_year *year)
{
	int64_t skip = taking->skip, rows = least(year->count - skip, taking->want);
	struct scan_part *part = add_part(taking, station, rows);

	part->year = year->year;
	part->first = scan_year_day(year, (int)skip);
	part->last = scan_year_day(year, (int)(skip + rows) - 1);
	if (!year->whole) {
		uint8_t *days = arena_alloc(taking->arena, BLOCK_BITMAP);

		memcpy(days, year->days, BLOCK_BITMAP);
		part->days = days;
	}
}

static bool wants(const struct taking *taking)
{
	return taking->want > 0 && taking->count < taking->most;
}

static void take_days(struct taking *taking, const struct catalog_station *station)
{
	struct scan_bounds bounds;
	struct scan_year year;
	size_t i = scan_year_begin(taking->scan, station, &bounds);

	while (wants(taking) && scan_year_read(taking->scan, &bounds, station, &i, &year)) {
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
		part = add_part(taking, station, least((int64_t)(end - begin), taking->want));
		part->first_period = begin;
	}
}

static void take_station(struct taking *taking, const struct catalog_station *station)
{
	add_part(taking, station, 1)->position = taking->at;
}

/* Index of the station that holds the row. */
static size_t find_row(const struct scan *scan, const int64_t *sums, int64_t row)
{
	size_t low = 0, high = scan->station_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sums[middle + 1] <= row) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

size_t scan_take_some(const struct scan *scan, const int64_t *sums, int64_t row,
	const struct scan_limit *limit, struct arena *arena, struct scan_part **parts)
{
	struct taking taking = {
		.scan = scan, .arena = arena, .want = limit->rows, .most = limit->parts
	};
	size_t i = find_row(scan, sums, row);
	void (*take)(struct taking * taking, const struct catalog_station *station) =
		scan->calculator == WALK_DAYS       ? take_days
		: scan->calculator == WALK_STATIONS ? take_station
						    : take_periods;

	assert(row >= 0);
	taking.skip = i < scan->station_count ? row - sums[i] : 0;
	for (; i < scan->station_count && wants(&taking); i++) {
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
	if (scan->calculator == WALK_DAYS) {
		return date_year_start(part->year) + part->last;
	}
	if (scan->calculator == WALK_STATIONS) {
		return scan->keys != NULL ? scan->keys[part->position] : 0;
	}
	return part->station
		->periods[scan->calculator][part->first_period + (size_t)part->rows - 1];
}

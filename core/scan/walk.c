#include "scan/walk.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"
#include "compute/period.h"
#include "scan/walk_year.h"

enum { KEY_PARTS = 16, PARTS_FIRST = 8 };

const struct catalog_station *walk_station(const struct walk *walk, size_t i)
{
	return walk->catalog->stations[walk->stations != NULL ? walk->stations[i] : i];
}

/* -- Periods ------------------------------------------------------------ */

static enum alm_period period_kind(const struct walk *walk)
{
	const char *name = walk->catalog->calculators[walk->calculator].period;

	return strcmp(name, "month") == 0    ? ALM_MONTH
	       : strcmp(name, "season") == 0 ? ALM_SEASON
					     : ALM_YEAR;
}

static int32_t period_key(const struct period *period)
{
	return period->year * KEY_PARTS + period->part;
}

/* Keys of the periods that begin on the selected days; none if *first > *last. */
static void key_range(const struct walk *walk, int32_t *first, int32_t *last)
{
	enum alm_period kind = period_kind(walk);
	struct period period;

	*first = INT32_MIN;
	*last = INT32_MAX;
	if (walk->first_day != INT32_MIN) {
		period = period_of(kind, walk->first_day);
		if (period.first_day < walk->first_day) {
			period = period_next(&period);
		}
		*first = period_key(&period);
	}
	if (walk->last_day != INT32_MAX) {
		period = period_of(kind, walk->last_day);
		*last = period_key(&period);
	}
}

/* Index of the first period with a key not less than `key`. */
static size_t seek_period(
	const struct walk *walk, const struct catalog_station *station, int64_t key)
{
	const int32_t *keys = station->periods[walk->calculator];
	size_t low = 0, high = station->period_counts[walk->calculator];

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
static void select_periods(const struct walk *walk, const struct catalog_station *station,
	size_t *begin, size_t *end)
{
	int32_t first, last;

	key_range(walk, &first, &last);
	*begin = seek_period(walk, station, first);
	*end = seek_period(walk, station, (int64_t)last + 1);
	if (*end < *begin) {
		*end = *begin;
	}
}

/* -- Counting ----------------------------------------------------------- */

static int64_t count_days(const struct walk *walk, const struct catalog_station *station)
{
	int64_t count = 0;
	struct walk_bounds bounds;
	struct walk_year year;
	size_t i = walk_year_begin(walk, station, &bounds);

	while (walk_year_read(walk, &bounds, station, &i, &year)) {
		count += year.count;
	}
	return count;
}

int64_t walk_count(const struct walk *walk, const struct catalog_station *station)
{
	size_t begin, end;

	if (walk->calculator == WALK_STATIONS) {
		return 1;
	}
	if (walk->first_day > walk->last_day) {
		return 0;
	}
	if (walk->calculator == WALK_DAYS) {
		return count_days(walk, station);
	}
	select_periods(walk, station, &begin, &end);
	return (int64_t)(end - begin);
}

/* -- Finding ------------------------------------------------------------ */

static int64_t count_days_to(
	const struct walk *walk, const struct catalog_station *station, int32_t day)
{
	/* A cursor that somebody has made up may say any number. */
	const int32_t least = date_day(DATE_YEAR_MIN, 1, 1) - 1;
	const int32_t most = date_day(DATE_YEAR_MAX, 12, 31);
	struct walk before = *walk;

	day = day < least ? least : day > most ? most : day;
	before.last_day = day < walk->last_day ? day : walk->last_day;
	return walk_count(&before, station);
}

/* Rows of the station up to and with the key. */
static int64_t count_to(
	const struct walk *walk, const struct catalog_station *station, int32_t key)
{
	size_t begin, end, after;

	if (walk->calculator == WALK_STATIONS) {
		return 1;
	}
	if (walk->calculator == WALK_DAYS) {
		return count_days_to(walk, station, key);
	}
	select_periods(walk, station, &begin, &end);
	after = seek_period(walk, station, (int64_t)key + 1);
	after = after < begin ? begin : after > end ? end : after;
	return (int64_t)(after - begin);
}

/* Index of the first selected station whose id is `id` or comes after it. */
static size_t seek_station(const struct walk *walk, const char *id)
{
	size_t i = catalog_seek_station(walk->catalog, id), low = 0, high = walk->station_count;

	if (walk->stations == NULL) {
		return i;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (walk->stations[middle] < i) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Index of the first station that comes after that key and id. */
static size_t seek_key(const struct walk *walk, int32_t key, const char *id)
{
	size_t low = 0, high = walk->station_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		bool after = walk->keys[middle] != key
				     ? walk->keys[middle] > key
				     : strcmp(walk_station(walk, middle)->id, id) > 0;

		if (after) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

int64_t walk_row_after(
	const struct walk *walk, const int64_t *sums, const char *station, int32_t key)
{
	size_t i;

	if (walk->keys != NULL) {
		return sums[seek_key(walk, key, station)];
	}
	i = seek_station(walk, station);
	if (i < walk->station_count && strcmp(walk_station(walk, i)->id, station) == 0) {
		return sums[i] + count_to(walk, walk_station(walk, i), key);
	}
	return sums[i];
}

/* -- Taking ------------------------------------------------------------- */

struct taking {
	const struct walk *walk;
	struct arena *arena;
	int64_t skip, want; /* rows still to leave out, and then to take */
	size_t most;        /* parts */
	size_t at;          /* the station of the walk that is being taken */
	struct walk_part *parts;
	size_t count, room;
};

static struct walk_part *add_part(
	struct taking *taking, const struct catalog_station *station, int64_t rows)
{
	struct walk_part *part;

	if (taking->count == taking->room) {
		size_t room = taking->room > 0 ? taking->room * 2 : PARTS_FIRST;
		struct walk_part *parts = arena_alloc(taking->arena, room * sizeof(*parts));

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
	const struct walk_year *year)
{
	int64_t skip = taking->skip, rows = least(year->count - skip, taking->want);
	struct walk_part *part = add_part(taking, station, rows);

	part->year = year->year;
	part->first = walk_year_day(year, (int)skip);
	part->last = walk_year_day(year, (int)(skip + rows) - 1);
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
	struct walk_bounds bounds;
	struct walk_year year;
	size_t i = walk_year_begin(taking->walk, station, &bounds);

	while (wants(taking) && walk_year_read(taking->walk, &bounds, station, &i, &year)) {
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
	struct walk_part *part;

	select_periods(taking->walk, station, &begin, &end);
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
static size_t find_row(const struct walk *walk, const int64_t *sums, int64_t row)
{
	size_t low = 0, high = walk->station_count;

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

size_t walk_take_some(const struct walk *walk, const int64_t *sums, int64_t row,
	const struct walk_limit *limit, struct arena *arena, struct walk_part **parts)
{
	struct taking taking = {
		.walk = walk, .arena = arena, .want = limit->rows, .most = limit->parts
	};
	size_t i = find_row(walk, sums, row);
	void (*take)(struct taking * taking, const struct catalog_station *station) =
		walk->calculator == WALK_DAYS       ? take_days
		: walk->calculator == WALK_STATIONS ? take_station
						    : take_periods;

	assert(row >= 0);
	taking.skip = i < walk->station_count ? row - sums[i] : 0;
	for (; i < walk->station_count && wants(&taking); i++) {
		if (sums[i + 1] > sums[i]) {
			taking.at = i;
			take(&taking, walk_station(walk, i));
		}
	}
	*parts = taking.parts;
	return taking.count;
}

size_t walk_take(const struct walk *walk, const int64_t *sums, int64_t row, int64_t count,
	struct arena *arena, struct walk_part **parts)
{
	const struct walk_limit limit = { count, SIZE_MAX };

	return walk_take_some(walk, sums, row, &limit, arena, parts);
}

int32_t walk_last_key(const struct walk *walk, const struct walk_part *part)
{
	if (walk->calculator == WALK_DAYS) {
		return date_year_start(part->year) + part->last;
	}
	if (walk->calculator == WALK_STATIONS) {
		return walk->keys != NULL ? walk->keys[part->position] : 0;
	}
	return part->station
		->periods[walk->calculator][part->first_period + (size_t)part->rows - 1];
}

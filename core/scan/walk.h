/* Which rows an answer consists of: found in the catalog, exactly and without SQL,
 * at the same cost wherever they are. Rows are in order of station id, then day or
 * period. All [loop]. */
#ifndef ALMANAC_SCAN_WALK_H
#define ALMANAC_SCAN_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "catalog/catalog.h"

/* As calculator: days, or stations themselves, not statistics. */
enum { WALK_DAYS = -1, WALK_STATIONS = -2 };

struct walk {
	const struct catalog *catalog;
	const uint32_t *stations; /* indexes, ascending, each once; NULL: all */
	/* WALK_STATIONS in another order: keys by which the stations ascend, then by index;
	 * NULL: by index alone. */
	const int32_t *keys;
	size_t station_count;
	int32_t first_day, last_day; /* inclusive; INT32_MIN, INT32_MAX: unbounded */
	uint32_t months;             /* WALK_DAYS: bit m set: month m; 0: all */
	long calculator;             /* index into the catalog, or one of these */
	const bool *elements;        /* WALK_DAYS: by catalog index, whether it is selected */
};

/* A run of rows: days of one station and year, periods of one station, or the station. */
struct walk_part {
	const struct catalog_station *station;
	int rows;
	/* WALK_DAYS. Days of the year are counted from 0. */
	int year;
	int first, last;
	const uint8_t
		*days; /* bitmap of the days that are rows; NULL: all from first to last */
	/* Statistics: index into the station's periods. */
	size_t first_period;
	/* WALK_STATIONS: which one of the walk. */
	size_t position;
};

/* The i-th station of the walk. */
const struct catalog_station *walk_station(const struct walk *walk, size_t i);

/* Sums of walks over all stations, shared by all loops; all [any]. */
struct walk_cache;
struct walk_cache *walk_cache_create(void);
void walk_cache_destroy(struct walk_cache *cache);

/* Drops those of other catalogs than this one. */
void walk_cache_renew(struct walk_cache *cache, const struct catalog *newest);

/* Rows before each station of a walk, made a piece at a time. All zero: none. */
struct walk_sums {
	const int64_t *rows; /* station_count + 1 numbers, of which the last is the total */
	/* walk_cache.c's */
	struct walk_entry *entry; /* of all stations: held */
	int64_t *own;             /* of some: in the arena */
	size_t at;                /* stations of `own` that are done */
};

/* Begins them. Those of all stations are made once, by all that want them together. */
void walk_sums_begin(struct walk_sums *sums, const struct walk *walk, struct walk_cache *cache,
	struct arena *arena);

/* Adds up about `effort` more blocks. True: `rows` is there. */
bool walk_sums_go_on(struct walk_sums *sums, const struct walk *walk, size_t effort);

/* Lets go of them. */
void walk_sums_finish(struct walk_sums *sums);

/* Bytes that they would take beyond what is there already. */
size_t walk_sums_size(const struct walk *walk, struct walk_cache *cache);

/* Number of the first row after that station and key: a day, or a period's key. */
int64_t walk_row_after(
	const struct walk *walk, const int64_t *sums, const char *station, int32_t key);

/* Parts that make up rows `row` to `row + count - 1`, as far as they exist. Returns
 * how many parts. */
size_t walk_take(const struct walk *walk, const int64_t *sums, int64_t row, int64_t count,
	struct arena *arena, struct walk_part **parts);

/* The same, of no more rows and parts than the limit says. */
struct walk_limit {
	int64_t rows;
	size_t parts;
};
size_t walk_take_some(const struct walk *walk, const int64_t *sums, int64_t row,
	const struct walk_limit *limit, struct arena *arena, struct walk_part **parts);

/* Day, period key, or the station's key, of the last row of a part. */
int32_t walk_last_key(const struct walk *walk, const struct walk_part *part);

/* Rows of one station. */
int64_t walk_count(const struct walk *walk, const struct catalog_station *station);

#endif

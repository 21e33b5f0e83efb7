/* Catalog scan: the rows of an answer, found exactly and without SQL in the catalog. Any row is
 * found at the same cost. Rows are in order of station id, then day or period. All [loop]. */
#ifndef ALMANAC_SCAN_SCAN_H
#define ALMANAC_SCAN_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "catalog/catalog.h"

/* Instead of a calculator: rows are days, or stations. */
enum { SCAN_DAYS = -1, SCAN_STATIONS = -2 };

struct scan {
	const struct catalog *catalog;
	const uint32_t *stations; /* indexes, ascending, each once; NULL: all */
	/* SCAN_STATIONS in another order: keys by which the stations ascend, then by index;
	 * NULL: by index alone. */
	const int32_t *keys;
	size_t station_count;
	int32_t first_day, last_day; /* inclusive; INT32_MIN, INT32_MAX: unbounded */
	uint32_t months;             /* SCAN_DAYS: bit m set: month m; 0: all */
	long calculator;             /* index into the catalog, or one of these */
	const bool *elements;        /* SCAN_DAYS: by catalog index, whether selected */
};

/* Part: a run of rows, of days of one station and year, of periods of one station, or a
 * station. */
struct scan_part {
	const struct catalog_station *station;
	int rows;
	int64_t left_out; /* rows before the part that are in none: plan.c's */
	/* SCAN_DAYS. Days of the year are counted from 0. */
	int year;
	int first, last;
	const uint8_t
		*days; /* bitmap of the days that are rows; NULL: all from first to last */
	/* Statistics: index into the station's periods. */
	size_t first_period;
	/* SCAN_STATIONS: index within the scan. */
	size_t position;
};

/* The i-th station of the scan. */
const struct catalog_station *scan_station(const struct scan *scan, size_t i);

/* Cache of the sums of scans over all stations, shared by all loops; all [any]. */
struct scan_cache;
struct scan_cache *scan_cache_create(void);
void scan_cache_destroy(struct scan_cache *cache);

/* Drops sums of other catalogs than this one. */
void scan_cache_renew(struct scan_cache *cache, const struct catalog *newest);

/* Number of rows before each station of a scan, added up slice by slice. All zero: none. */
struct scan_sums {
	const int64_t *rows; /* station_count + 1 numbers, of which the last is the total */
	/* scan_cache.c's */
	struct scan_entry *entry; /* of all stations: held */
	int64_t *own;             /* of some: in the arena */
	size_t at;                /* stations of `own` that are done */
};

/* Begins the sums. Sums over all stations are made once, by all requests that need them. */
void scan_sums_begin(struct scan_sums *sums, const struct scan *scan, struct scan_cache *cache,
	struct arena *arena);

/* Adds up about `effort` more blocks. True: sums->rows is complete. */
bool scan_sums_go_on(struct scan_sums *sums, const struct scan *scan, size_t effort);

/* Releases the sums. */
void scan_sums_finish(struct scan_sums *sums);

/* Bytes that the sums would take, without those in the cache already. */
size_t scan_sums_size(const struct scan *scan, struct scan_cache *cache);

/* Number of the first row after the station and key, which is a day or a period's key. */
int64_t scan_row_after(
	const struct scan *scan, const int64_t *sums, const char *station, int32_t key);

/* Parts of the rows `row` to `row + count - 1`, as far as they exist, in the arena. Returns the
 * number of parts. */
size_t scan_take(const struct scan *scan, const int64_t *sums, int64_t row, int64_t count,
	struct arena *arena, struct scan_part **parts);

/* The same, up to a limit of rows and parts. */
struct scan_limit {
	int64_t rows;
	size_t parts;
};
size_t scan_take_some(const struct scan *scan, const int64_t *sums, int64_t row,
	const struct scan_limit *limit, struct arena *arena, struct scan_part **parts);

/* Day, period key, or the station's key, of the last row of a part. */
int32_t scan_last_key(const struct scan *scan, const struct scan_part *part);

/* Rows of one station. */
int64_t scan_count(const struct scan *scan, const struct catalog_station *station);

#endif

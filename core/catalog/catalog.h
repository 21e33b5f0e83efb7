/* The shape of the stored data, held in memory: stations, elements, which days and
 * which statistics rows each station has. It answers what exists and how much of
 * it, exactly and without SQL, so that any page of anything is found at once.
 *
 * Catalogs are immutable and counted; a feed keeps the newest one. */
#ifndef ALMANAC_CATALOG_CATALOG_H
#define ALMANAC_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/block.h"
#include "catalog/dataset.h"

struct db_target;

struct catalog_element {
	const char *code, *name, *unit;
	int decimals;
};

/* One block without its values. There may be tens of millions of them. */
struct catalog_block {
	int16_t year;
	uint16_t element; /* index into catalog->elements */
	uint16_t reported_days;
	uint16_t bitmap; /* index into the station's; CATALOG_WHOLE_YEAR: every day */
};

enum { CATALOG_WHOLE_YEAR = UINT16_MAX };

struct catalog_station {
	const char *id, *name; /* name NULL: not known, as country, state and wmo_id */
	const char *folded;    /* the name by fold.h, if that is not ASCII; else NULL */
	const char *country, *state, *wmo_id;
	double latitude, longitude, elevation; /* NAN: not known */
	const struct catalog_block *blocks;    /* by year, then element code */
	size_t block_count;
	const uint8_t (*bitmaps)[BLOCK_BITMAP]; /* of days reported, as in table block */
	/* By calculator: sorted keys year * 16 + part (month, season, or 0) of its
	 * rows. */
	const int32_t *const *periods;
	const size_t *period_counts;
	int64_t version;
};

struct catalog_column {
	const char *name, *unit, *help;
	int decimals;
	uint32_t inputs; /* bit i: rests on the calculator's inputs[i] */
};

enum { CATALOG_INPUTS_MAX = 32, CATALOG_COLUMNS_MAX = 64 };

struct catalog_calculator {
	const char *name;
	const char *period; /* "month", "season", "year" */
	/* Where its rows are: all of them were computed with the columns below. NULL: they are
	 * not computed yet, and the columns are those that they will have. */
	const char *table;
	const char *layout; /* names its table, columns and inputs: other ones, another text */
	const struct catalog_column *columns;
	size_t column_count;
	const char *inputs[CATALOG_INPUTS_MAX]; /* element codes in lower case, in order */
	size_t input_count;
};

struct catalog {
	struct dataset_id id;                   /* of the data it describes */
	int64_t changed_at;                     /* when they were committed: us since 1970 */
	const struct catalog_element *elements; /* by code */
	size_t element_count;
	const struct catalog_calculator *calculators; /* by name */
	size_t calculator_count;
	const struct catalog_station *const *stations; /* by id */
	size_t station_count;
};

/* Index into catalog->stations or ->elements; -1: none. Element codes in any
 * letter case. */
long catalog_find_station(const struct catalog *catalog, const char *id);
long catalog_find_element(const struct catalog *catalog, const char *code);
long catalog_find_calculator(const struct catalog *catalog, const char *name);

/* Index of the first station whose id is `id` or comes after it; station_count if
 * there is none. */
size_t catalog_seek_station(const struct catalog *catalog, const char *id);

/* [any] One more holder. */
const struct catalog *catalog_hold(const struct catalog *catalog);
/* [any] One less; the last one frees it, a large one on a thread of its own. NULL is fine. */
void catalog_release(const struct catalog *catalog);

/* A feed: a thread with a database connection of its own that listens for
 * NOTIFY almanac, reads what changed, and publishes a new catalog. */
struct catalog_watcher;

/* `changed` is called on the feed's thread after a catalog was published and when
 * the feed lost or regained the database. Starts the thread; returns at once. */
struct catalog_watcher *catalog_watcher_start(const struct db_target *target,
	void (*changed)(void *arg), void *arg, struct error *err);

/* Stops and frees; catalogs that are held live on. */
void catalog_watcher_stop(struct catalog_watcher *feed);

/* [any] The newest catalog, held for the caller; NULL while there is none. */
const struct catalog *catalog_watcher_newest(struct catalog_watcher *feed);

/* [any] Look for changes now, without waiting for a notification. */
void catalog_watcher_refresh(struct catalog_watcher *feed);

/* [any] Ends the connection of a thread that has waited for the database for too long, so that
 * it makes another one. To be called once a second. */
void catalog_watcher_check_time(struct catalog_watcher *feed);

/* [any] False while there is no catalog or the database cannot be reached; *why
 * (ERROR_TEXT_MAX bytes, may be NULL) gets the reason. */
bool catalog_watcher_is_ready(struct catalog_watcher *feed, char *why);

#endif

/* Catalog: an index of the stored data in memory. It has stations, elements and calculators,
 * and for each station which days and which rows of statistics exist, but no values. So totals
 * and the rows of any page are known without SQL.
 *
 * Catalogs are immutable and reference-counted; a watcher publishes the newest one. */
#ifndef ALMANAC_CATALOG_CATALOG_H
#define ALMANAC_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/block.h"
#include "catalog/dataset.h"
#include "stat/period.h"

struct db_target;

struct catalog_element {
	const char *code, *name, *unit;
	int decimals;
};

/* A block without its values. There may be tens of millions. */
struct catalog_block {
	int16_t year;
	uint16_t element; /* index into catalog->elements */
	uint16_t reported_days;
	uint16_t bitmap; /* index into the station's bitmaps; CATALOG_WHOLE_YEAR: all days */
	/* Extremes of the values without a quality flag; least > greatest: there are none. What
	 * is beyond an int16 is INT16_MIN or INT16_MAX. */
	int16_t least, greatest;
};

enum { CATALOG_WHOLE_YEAR = UINT16_MAX, CATALOG_STATION_ID_MAX = 32 /* as in plugin.h */ };

struct catalog_station {
	const char *id, *name; /* name NULL: unknown, as country, state and wmo_id */
	const char *folded;    /* the name folded by fold.h; NULL: it is ASCII */
	const char *country, *state, *wmo_id;
	double latitude, longitude, elevation; /* NAN: unknown */
	const struct catalog_block *blocks;    /* by year, then element code */
	size_t block_count;
	const uint8_t (*bitmaps)[BLOCK_BITMAP]; /* of reported days, as in table block */
	/* By calculator: sorted keys of its rows, as period_key(). */
	const int32_t *const *periods;
	const size_t *period_counts;
	int64_t version;
};

struct catalog_column {
	const char *name, *unit, *help;
	int decimals;
	uint32_t type;          /* ALM_NUMBER, ALM_INTEGER, ALM_DATE */
	const uint16_t *inputs; /* indexes of the calculator's inputs that it needs */
	size_t input_count;
	uint8_t rules; /* that judge it; bit i: stat_rules[i] */
};

struct catalog_calculator {
	const char *name;
	const char *statistic; /* whose rows of that kind of period they are */
	const struct period_kind *period;
	/* Table of its rows, all computed with the columns below. NULL: not computed yet,
	 * and the columns are those to come. */
	const char *table;
	const char *layout; /* text that identifies table, columns and inputs */
	const struct catalog_column *columns;
	size_t column_count;
	const char **inputs; /* element codes in lower case, in order */
	size_t input_count;
};

/* Distinct codes of the stations, as stored, in order. */
struct catalog_codes {
	const char **list;
	size_t count;
};

struct catalog {
	struct dataset_id id;                   /* of the indexed data */
	int64_t changed_at;                     /* time of their commit, us since 1970 */
	const struct catalog_element *elements; /* by code */
	size_t element_count;
	const struct catalog_calculator *calculators; /* by name */
	size_t calculator_count;
	const struct catalog_station *const *stations; /* by id */
	size_t station_count;
	struct catalog_codes states, countries;
	/* Indexes of stations with small letters in their ids, in order of their ids without
	 * regard to letter case. */
	const uint32_t *small_ids;
	size_t small_id_count;
	int first_year, last_year; /* of stored days; last before first: there are none */
};

/* Index into catalog->stations, ->elements or ->calculators; -1: none. Element codes in any
 * case. */
long catalog_find_station(const struct catalog *catalog, const char *id);
long catalog_find_element(const struct catalog *catalog, const char *code);
long catalog_find_calculator(const struct catalog *catalog, const char *name);

/* Index of the station of that id, or of the only one whose id differs from it in letter case
 * alone; -1: there is none, or there are several. */
long catalog_match_station(const struct catalog *catalog, const char *id);

/* The calculator with the rows of a statistic by that kind of period, 0: by its longest; -1:
 * the statistic has none. */
long catalog_find_rows(const struct catalog *catalog, const char *statistic, uint32_t kind);
bool catalog_has_statistic(const struct catalog *catalog, const char *statistic);

/* Index of the first station with an id from `id` on; station_count: none. */
size_t catalog_seek_station(const struct catalog *catalog, const char *id);

/* [any] Adds a reference. */
const struct catalog *catalog_hold(const struct catalog *catalog);
/* [any] Drops a reference; the last one frees the catalog, a large one on a thread of its
 * own. NULL is valid. */
void catalog_release(const struct catalog *catalog);

/* Catalog watcher: a thread with its own database connection that listens for NOTIFY
 * almanac, reads changes, and publishes a new catalog. */
struct catalog_watcher;

/* Starts the thread and returns. `changed` is called on it when a catalog was published, and
 * when the database was lost or is back. */
struct catalog_watcher *catalog_watcher_start(const struct db_target *target,
	void (*changed)(void *arg), void *arg, struct error *err);

/* Stops the thread and frees the watcher. Catalogs with other references stay. */
void catalog_watcher_stop(struct catalog_watcher *watcher);

/* [any] The newest catalog, with a reference for the caller; NULL: none yet. */
const struct catalog *catalog_watcher_newest(struct catalog_watcher *watcher);

/* [any] Wakes the thread to look for changes. */
void catalog_watcher_refresh(struct catalog_watcher *watcher);

/* [any] Closes a connection on which the database has not answered for too long, so that the
 * thread makes another. Call it once a second. */
void catalog_watcher_check_time(struct catalog_watcher *watcher);

/* [any] Whether there is a catalog and the database is connected; if not, *why
 * (ERROR_TEXT_MAX bytes, may be NULL) gets the reason. */
bool catalog_watcher_is_ready(struct catalog_watcher *watcher, char *why);

#endif

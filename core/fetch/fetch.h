/* Fetcher: reads blocks and statistics for the requests of a loop. Fetches of one iteration are
 * collected to few statements, each of which also reads the dataset version of its rows. All
 * [loop]. */
#ifndef ALMANAC_FETCH_FETCH_H
#define ALMANAC_FETCH_FETCH_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/dataset.h"
#include "db/pool.h"
#include "fetch/pending.h"
#include "scan/scan.h"

struct fetcher;
struct services;
struct stat_layout;
struct statements;

/* services->pool and services->watcher must be set. */
struct fetcher *fetcher_create(struct services *services);

/* To be called once the pool is closed: no statement is under way then. Freed by the loop's
 * next turn. */
void fetcher_close(struct fetcher *fetcher);

/* To be called when services->catalog_changed fires. */
void fetcher_catalog_changed(struct fetcher *fetcher);

/* Statements made at run time, of this loop. */
struct statements *fetcher_statements(struct fetcher *fetcher);

/* -- Fetches ------------------------------------------------------------ */

/* Columns of a block; those from BLOCK_MEASUREMENT on only of fetches with flags. */
enum block_column {
	BLOCK_VALUES,
	BLOCK_REPORTED,
	BLOCK_QUALITY,
	BLOCK_MEASUREMENT,
	BLOCK_SOURCE,
	BLOCK_TIMES,
	BLOCK_COLUMNS
};

/* A block as it is stored; has no values if there is none. */
struct fetched_block {
	int32_t base;
	struct fetched_bytes {
		const unsigned char *bytes; /* NULL: null */
		size_t length;
	} columns[BLOCK_COLUMNS];
};

static inline bool fetched_is_block(const struct fetched_block *block)
{
	return block->columns[BLOCK_VALUES].bytes != NULL;
}

/* Blocks of the stations and years of some parts, all of the same elements; copied to the
 * arena. */
struct block_fetch {
	struct fetch fetch;
	struct arena *arena;
	const struct scan_part *parts; /* each a station and a year */
	size_t part_count;
	const char *const *elements; /* codes */
	size_t element_count;
	bool flags;                   /* with flags and times */
	struct fetched_block *blocks; /* [part * element_count + element]; zeroed */
};
void fetch_blocks(struct fetcher *fetcher, struct block_fetch *fetch);

/* Version check: reads the identity of the newest data alone, once for all requests of an
 * iteration. The result is NULL. */
void fetch_version(struct fetcher *fetcher, struct fetch *fetch);

/* The identity of the data that were the newest at most SETTING_MAX_STALENESS ago. False: it is
 * not known; a version check is needed. */
bool fetcher_recent(const struct fetcher *fetcher, struct dataset_id *id);

/* Rows of one station: of consecutive periods that the catalog knows. */
struct stat_run {
	size_t first, count; /* index into the station's periods, and how many */
	char *rows;          /* by period, see stat_layout.h; the caller's memory */
	size_t found;
};

struct stat_fetch {
	struct fetch fetch;
	const struct stat_layout *layout;
	const struct scan_part *parts; /* each a station */
	size_t part_count;
	long calculator;       /* index into the catalog of the parts */
	struct stat_run *runs; /* of each part */
	size_t strays;         /* rows of periods that the catalog does not know */
};
void fetch_statistics(struct fetcher *fetcher, struct stat_fetch *fetch);

/* -- Waiting for a newer catalog ---------------------------------------- */

struct fetch_wait {
	/* Called once: when a catalog has come that fits data of `id` better than `known` does,
	 * or when none came within SETTING_QUERY_TIMEOUT. */
	void (*ready)(struct fetch_wait *wait, bool in_time);
	struct dataset_id id;
	const struct catalog *known;
	uint64_t deadline; /* the fetcher's */
	struct fetch_wait *next;
};

/* Makes the catalog watcher look at once, and waits. Never calls back from within. */
void fetcher_wait(struct fetcher *fetcher, struct fetch_wait *wait);

#endif

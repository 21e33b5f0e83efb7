/* Reading blocks and statistics for requests. What all requests of a loop want is
 * collected and asked for in few statements, each of which also says of which
 * dataset version its rows are. All [loop]. */
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

struct fetch_batch;
struct fetcher;
struct services;
struct stat_layout;
struct statements;

/* services->pool and services->feed must be there. */
struct fetcher *fetcher_create(struct services *services);

/* When the pool is gone: nothing is under way then. Freed by the loop's next turn. */
void fetcher_close(struct fetcher *fetcher);

/* To be called when services->catalog_changed fires. */
void fetcher_catalog_changed(struct fetcher *fetcher);

/* What the loop keeps for its answers. */
struct statements *fetcher_statements(struct fetcher *fetcher);

/* -- Asking ------------------------------------------------------------- */

/* A block as it is stored; values is NULL if there is none. */
struct fetched_block {
	const unsigned char *values;
	size_t length;
	int32_t base;
	const char *quality; /* a character per day; NULL: none */
};

/* Blocks of the stations and years of some parts, all of the same elements. What they hold is
 * copied to the arena. */
struct block_fetch {
	struct fetch fetch;
	struct arena *arena;
	const struct scan_part *parts; /* each a station and a year */
	size_t part_count;
	const char *const *elements; /* codes */
	size_t element_count;
	struct fetched_block *blocks; /* [part * element_count + element]; zeroed */
};
void fetch_blocks(struct fetcher *fetcher, struct block_fetch *fetch);

/* The identity of the newest data alone: the requests of a turn share the question. The result
 * has nothing else. */
void fetch_version(struct fetcher *fetcher, struct fetch *fetch);

/* The identity of the data that were the newest at most SETTING_MAX_STALENESS ago. False: it is
 * to be asked for. */
bool fetcher_recent(const struct fetcher *fetcher, struct dataset_id *id);

/* Rows of one station: of consecutive periods that the catalog knows. */
struct stat_run {
	size_t first, count; /* index into the station's periods, and how many */
	char *rows;          /* as stat_layout.h says, by period; the asker's memory */
	size_t found;
};

struct stat_fetch {
	struct fetch fetch;
	const struct stat_layout *layout;
	const struct scan_part *parts; /* each a station */
	size_t part_count;
	long calculator;       /* index into the catalog of the parts */
	struct stat_run *runs; /* of each part */
	size_t strays;         /* rows that the catalog does not know */
};
void fetch_statistics(struct fetcher *fetcher, struct stat_fetch *fetch);

/* -- Waiting for a newer catalog ---------------------------------------- */

struct fetch_wait {
	/* Called once: there is a catalog that fits data of `id` better than `known`
	 * does, or it did not come in time. */
	void (*ready)(struct fetch_wait *wait, bool in_time);
	struct dataset_id id;
	const struct catalog *known;
	uint64_t deadline; /* the fetcher's */
	struct fetch_wait *next;
};

/* Asks the feed to look, and waits. Never calls back from within. */
void fetcher_wait(struct fetcher *fetcher, struct fetch_wait *wait);

#endif

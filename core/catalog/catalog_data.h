/* Internals of catalogs: catalog.c counts references and frees, catalog_load.c and
 * catalog_drafts.c read, catalog_build.c builds, catalog_index.c
 * sums up. */
#ifndef ALMANAC_CATALOG_CATALOG_DATA_H
#define ALMANAC_CATALOG_CATALOG_DATA_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "catalog/catalog.h"

/* A station with its texts and arrays in one allocation. Catalogs share it while it is
 * unchanged. */
struct station_data {
	struct catalog_station station; /* first: cast from one to the other */
	atomic_uint holders;
};

struct catalog_data {
	struct catalog catalog; /* first, likewise */
	atomic_uint holders;
	struct arena arena; /* of elements and calculators */
	/* All elements and calculators as text. Blocks refer to them by index, so that
	 * catalogs share stations only if this is equal. */
	char *heads;
	size_t heads_length;
};

/* A station under construction. */
struct station_draft {
	struct catalog_station station; /* without its arrays */
	struct catalog_block *blocks;
	uint8_t (*bitmaps)[BLOCK_BITMAP];
	size_t block_count, block_room, bitmap_count, bitmap_room;
	int32_t **periods; /* by calculator */
	size_t *period_counts, *period_rooms;
	struct station_data *built; /* the result; other members are freed then */
};

void draft_init(struct station_draft *draft, size_t calculator_count);
void draft_finish(struct station_draft *draft, size_t calculator_count);

/* Adds a block. `reported` is copied; NULL: all days. -1: the station has more incomplete
 * blocks than indexes. */
int draft_add_block(struct station_draft *draft, const struct catalog_block *block,
	const uint8_t *reported);
void draft_add_period(struct station_draft *draft, size_t calculator, int32_t key);

/* Sorts blocks and periods and builds the station, with one reference. */
struct station_data *draft_build(struct station_draft *draft, size_t calculator_count);

/* Called each time the database has answered while a catalog is read. */
typedef void catalog_heard_fn(void *arg);

/* A load under way. */
struct catalog_load {
	PGconn *conn;                 /* in a transaction with one snapshot */
	int64_t since;                /* read stations changed after this version; -1: all */
	struct catalog_data *data;    /* version, elements and calculators are set */
	struct station_draft *drafts; /* of the stations read, by id */
	size_t draft_count, draft_room, built_count;
	struct station_draft *at; /* draft of the last row's station, or NULL */
	catalog_heard_fn *heard;
	void *arg; /* of heard */
	struct error *err;
};

/* catalog_drafts.c: read stations and build them; free them. */
int load_drafts(struct catalog_load *load);
void load_drop_drafts(struct catalog_load *load);

/* Creates an empty catalog with one reference. */
struct catalog_data *catalog_create(void);
const char *catalog_heads(const struct catalog *catalog, size_t *length);

/* catalog_index.c: sets what sums up the stations, which are complete. */
void catalog_index(struct catalog_data *data);

struct station_data *station_hold(const struct catalog_station *station);
void station_release(const struct catalog_station *station);

/* Reads the changes since `before` (NULL: all), in one transaction, which is ended. Returns
 * a catalog with a reference for the caller, `before` itself if nothing changed; NULL: *err.
 * Blocks. */
const struct catalog *catalog_load(PGconn *conn, const struct catalog *before,
	catalog_heard_fn *heard, void *arg, struct error *err);

#endif

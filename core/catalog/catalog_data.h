/* What catalogs are made of, for those who make them: catalog.c counts and frees,
 * catalog_load.c and catalog_build.c make. */
#ifndef ALMANAC_CATALOG_CATALOG_DATA_H
#define ALMANAC_CATALOG_CATALOG_DATA_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "catalog/catalog.h"

/* A station, its texts and arrays in one piece of memory. Catalogs in which it is
 * the same share it. */
struct station_data {
	struct catalog_station station; /* first: one is cast to the other */
	atomic_uint holders;
};

struct catalog_data {
	struct catalog catalog; /* first, likewise */
	atomic_uint holders;
	struct arena arena; /* of elements and calculators */
	/* All that elements and calculators say: blocks name them by index, so a
	 * catalog shares no station with one of which this differs. */
	char *heads;
	size_t heads_length;
};

/* A station being put together. */
struct station_draft {
	struct catalog_station station; /* its arrays are not set */
	struct catalog_block *blocks;
	uint8_t (*bitmaps)[BLOCK_BITMAP];
	size_t block_count, block_room, bitmap_count, bitmap_room;
	int32_t **periods; /* by calculator */
	size_t *period_counts, *period_rooms;
	struct station_data *built; /* what became of it; nothing else is left then */
};

void draft_init(struct station_draft *draft, size_t calculator_count);
void draft_finish(struct station_draft *draft, size_t calculator_count);

/* `reported` is copied; NULL: every day. -1: the station holds more partly reported
 * blocks than an index can tell apart. */
int draft_add_block(struct station_draft *draft, const struct catalog_block *block,
	const uint8_t *reported);
void draft_add_period(struct station_draft *draft, size_t calculator, int32_t key);

/* Puts blocks and periods in order. The result has one holder. */
struct station_data *draft_build(struct station_draft *draft, size_t calculator_count);

/* The database has answered; called often while a catalog is read. */
typedef void catalog_heard_fn(void *arg);

/* A load under way. */
struct catalog_load {
	PGconn *conn;                 /* in a transaction with one snapshot */
	int64_t since;                /* stations that changed after this version are read */
	struct catalog_data *data;    /* version, elements and calculators are set */
	struct station_draft *drafts; /* of the stations read, by id; later all are built */
	size_t draft_count, draft_room, built_count;
	struct station_draft *at; /* that the last row belonged to, or NULL */
	catalog_heard_fn *heard;
	void *arg; /* of heard */
	struct error *err;
};

/* catalog_drafts.c: reads the stations and builds them. */
int load_drafts(struct catalog_load *load);
void load_drop_drafts(struct catalog_load *load);

/* Empty; one holder. */
struct catalog_data *catalog_create(void);
const char *catalog_heads(const struct catalog *catalog, size_t *length);

struct station_data *station_hold(const struct catalog_station *station);
void station_release(const struct catalog_station *station);

/* Reads the data that `before` (NULL: none) does not know, in one transaction. The
 * result is held for the caller; it is `before` itself if nothing changed. NULL:
 * *err. Blocks; the connection is out of its transaction afterwards. */
const struct catalog *catalog_load(PGconn *conn, const struct catalog *before,
	catalog_heard_fn *heard, void *arg, struct error *err);

#endif

/* Write set of a transaction: the content of its batches by station, in their order. */
#ifndef ALMANAC_INGEST_STORE_WRITE_SET_H
#define ALMANAC_INGEST_STORE_WRITE_SET_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "ingest/parse/batch.h"

struct origin;

struct write_set_report {
	struct batch_block *block;
	const struct origin *origin;
	bool adds; /* see struct batch */
};

/* Description of a station by one object. */
struct write_set_description {
	const struct alm_station *station; /* NULL: only that it exists */
	const char *id;
	const struct origin *origin;
};

struct write_set_station {
	const char *id;
	/* By year, then element code, then batch: blocks of the same year and element are
	 * adjacent. */
	struct write_set_report *reports;
	size_t report_count;
	/* The stored description, after stations_lock(); before, all but the id is unknown. */
	struct alm_station description;
	bool described; /* a batch describes it */

	/* Set within the transaction: */
	bool added;   /* not stored before */
	bool fresh;   /* without blocks before: nothing to read */
	bool changed; /* a row was written */
};

/* Embedded by its owner. Texts and blocks belong to the batches. */
struct write_set {
	struct write_set_station *stations; /* by id */
	size_t station_count;
	struct write_set_description *descriptions; /* by id */
	size_t description_count;
	struct arena arena;
};

/* Batches without an origin are ignored. */
void write_set_init(struct write_set *set, struct batch *const *batches, size_t count);
void write_set_finish(struct write_set *set);

/* NULL: not in the write set. */
struct write_set_station *write_set_find(const struct write_set *set, const char *id);

#endif

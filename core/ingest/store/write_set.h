/* Parcels that are stored in one transaction, turned round: by station, what all
 * of them report, in their order. */
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
	bool adds; /* see struct parcel */
};

/* What one object says of a station itself. */
struct write_set_description {
	const struct alm_station
		*station; /* NULL: that there is one, and nothing of its days */
	const char *id;
	const struct origin *origin;
};

struct write_set_station {
	const char *id;
	/* By year, then element code, then parcel: blocks of the same year and element
	 * follow each other. */
	struct write_set_report *reports;
	size_t report_count;
	/* What is stored of it, once that is found out. Before: everything but the id is
	 * unknown. */
	struct alm_station description;
	bool described; /* some object of the batch says something of it */

	/* Found out in the transaction. */
	bool added;   /* the station was not stored before */
	bool fresh;   /* it has no blocks: nothing to read, all of it is at hand */
	bool changed; /* something of it was written */
};

/* Embedded by its owner. The texts and blocks are the parcels'. */
struct write_set {
	struct write_set_station *stations; /* by id */
	size_t station_count;
	struct write_set_description *descriptions; /* by id */
	size_t description_count;
	struct arena arena;
};

/* Of parcels without an origin nothing is taken. */
void write_set_init(struct write_set *set, struct batch *const *batches, size_t count);
void write_set_finish(struct write_set *set);

/* NULL: not in the batch. */
struct write_set_station *write_set_find(const struct write_set *set, const char *id);

#endif

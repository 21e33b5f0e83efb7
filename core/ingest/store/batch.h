/* Parcels that are stored in one transaction, turned round: by station, what all
 * of them report, in their order. */
#ifndef ALMANAC_INGEST_STORE_BATCH_H
#define ALMANAC_INGEST_STORE_BATCH_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "ingest/parse/parcel.h"

struct origin;

struct batch_report {
	struct parcel_block *block;
	const struct origin *origin;
	bool adds; /* see struct parcel */
};

/* What one object says of a station itself. */
struct batch_description {
	const struct alm_station
		*station; /* NULL: that there is one, and nothing of its days */
	const char *id;
	const struct origin *origin;
};

struct batch_station {
	const char *id;
	/* By year, then element code, then parcel: blocks of the same year and element
	 * follow each other. */
	struct batch_report *reports;
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
struct batch {
	struct batch_station *stations; /* by id */
	size_t station_count;
	struct batch_description *descriptions; /* by id */
	size_t description_count;
	struct arena arena;
};

/* Of parcels without an origin nothing is taken. */
void batch_init(struct batch *batch, struct parcel *const *parcels, size_t count);
void batch_finish(struct batch *batch);

/* NULL: not in the batch. */
struct batch_station *batch_find(const struct batch *batch, const char *id);

#endif

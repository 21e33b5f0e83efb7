/* The blocks of a batch on their way into the database: those that were not stored
 * go straight into the table, changed ones replace what is there, the others are
 * left alone. [writer] */
#ifndef ALMANAC_INGEST_STORE_H
#define ALMANAC_INGEST_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/batch.h"
#include "ingest/session.h"
#include "ingest/touched.h"

struct derive;

struct store_counts {
	int64_t added, changed; /* blocks */
};

/* `blocks`: what stations_blocks() read; NULL: nothing. Sets batch_station.changed.
 * Statistics of fresh stations go to `derive` if `at_hand` says that it may have
 * them; years of all other stations that change are added to `touched`. */
int store_blocks(struct session *session, struct batch *batch, const PGresult *blocks,
	struct derive *derive, bool at_hand, struct touched *touched,
	struct store_counts *counts, struct error *err);

#endif

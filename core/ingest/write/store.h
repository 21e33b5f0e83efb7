/* The blocks of a batch, beside or instead of what their objects said of them before. [writer]
 */
#ifndef ALMANAC_INGEST_WRITE_STORE_H
#define ALMANAC_INGEST_WRITE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/store/batch.h"
#include "ingest/store/origins.h"
#include "ingest/store/session.h"
#include "ingest/store/stored.h"
#include "ingest/store/touched.h"

struct derive;

struct store_counts {
	int64_t added, changed; /* blocks */
};

struct store_how {
	/* Statistics of fresh stations go to `derive` if it may have them; years of all other
	 * stations that change are added to `touched`. */
	bool at_hand;
	struct derive *derive;
	struct touched *touched;
};

/* `stored`: what is there of these blocks. Sets batch_station.changed. Blocks that the objects
 * do not report any more stay: see revise.h. */
int store_blocks(struct session *session, struct batch *batch, struct stored_blocks *stored,
	const struct origins *origins, const struct store_how *how, struct store_counts *counts,
	struct error *err);

#endif

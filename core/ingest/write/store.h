/* The blocks of a batch, beside or instead of what their objects said of them before. [writer]
 */
#ifndef ALMANAC_INGEST_WRITE_STORE_H
#define ALMANAC_INGEST_WRITE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/store/dirty.h"
#include "ingest/store/origins.h"
#include "ingest/store/session.h"
#include "ingest/store/stored.h"
#include "ingest/store/write_set.h"

struct derive;

struct store_counts {
	int64_t added, changed; /* blocks */
};

struct store_how {
	/* Statistics of fresh stations go to `derive` if it may have them; years of all other
	 * stations that change are added to `touched`. */
	bool at_hand;
	struct derive *derive;
	struct dirty *dirty;
};

/* `stored`: what is there of these blocks. Sets write_set_station.changed. Blocks that the
 * objects do not report any more stay: see revise.h. */
int store_blocks(struct session *session, struct write_set *set, struct stored_blocks *stored,
	const struct origins *origins, const struct store_how *how, struct store_counts *counts,
	struct error *err);

#endif

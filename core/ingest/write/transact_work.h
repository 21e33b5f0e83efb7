/* A transaction from inside. For transact*.c. */
#ifndef ALMANAC_INGEST_WRITE_TRANSACT_WORK_H
#define ALMANAC_INGEST_WRITE_TRANSACT_WORK_H

#include "ingest/statistics/definitions.h"
#include "ingest/statistics/recompute.h"
#include "ingest/store/dirty.h"
#include "ingest/store/elements.h"
#include "ingest/store/origins.h"
#include "ingest/store/revise.h"
#include "ingest/store/stations.h"
#include "ingest/write/transact.h"

struct transact {
	struct session session;
	int64_t run_id;
	enum transact_removal removal;
	struct array *known;
	struct definitions definitions;
	struct elements *elements;
	struct derive *derive;
	struct transact_counts totals;

	/* Of the transaction under way. */
	struct transact_counts counts;
	struct dirty dirty;
	struct array changed; /* ids of stations */
	bool elements_changed;
	struct origins origins;
	struct revise revise;
	bool noting; /* an object of several parcels of which something was stored before */
};

/* Begins a transaction, unless `how` says that one goes on, and holds the definitions of
 * statistics. */
int transact_begin(struct transact *transact, enum stations_begin how, struct error *err);

/* Does the revisions that were added. */
int transact_revise(struct transact *transact, struct error *err);

#endif

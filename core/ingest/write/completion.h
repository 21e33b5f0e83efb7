/* The last steps of a transaction: ledger, rejected lines, dataset version, commit. [writer] */
#ifndef ALMANAC_INGEST_WRITE_COMPLETION_H
#define ALMANAC_INGEST_WRITE_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/session.h"

struct completion {
	int64_t run_id;
	struct batch *const *batches; /* the last of each object, without skipped ones */
	size_t count;
	bool rejects_stored;    /* by completion_store_rejects() */
	bool changed;           /* data changed: a new version is made and announced */
	struct array *stations; /* ids of changed stations, repetitions allowed */
	/* Names of this process's calculators; rows of all others become stale once data
	 * changed. NULL: none becomes stale. */
	struct array *calculators;
};

/* Writes and commits. *version gets the new dataset version, if there is one. */
int completion_commit(struct session *session, const struct completion *completion,
	int64_t *version, struct error *err);

/* Stores the rejected lines of one of several batches of an object. */
int completion_store_rejects(
	struct session *session, const struct batch *batch, struct error *err);

#endif

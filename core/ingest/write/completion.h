/* The last steps of a transaction: what became of the objects, the rejected lines,
 * the new version of the data set. [writer] */
#ifndef ALMANAC_INGEST_WRITE_COMPLETION_H
#define ALMANAC_INGEST_WRITE_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/session.h"

struct settle {
	int64_t run_id;
	struct batch *const *batches; /* the last of each object; none was skipped */
	size_t count;
	bool rejects_stored;    /* by complete_rejects() */
	bool changed;           /* data were: a new version is made, and told */
	struct array *stations; /* those that were changed; one may be in it twice */
	/* Calculators of this process; what others have computed is out of date once
	 * data changed. NULL: no data of others did. */
	struct array *calculators;
};

/* Writes what is to be written and commits. *version is the new version, and
 * untouched if there is none. */
int complete_commit(struct session *session, const struct settle *settle, int64_t *version,
	struct error *err);

/* Rejected lines of one of several parcels of an object. */
int complete_rejects(struct session *session, const struct batch *batch, struct error *err);

#endif

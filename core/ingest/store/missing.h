/* Data that objects reported before and do not report any more: blocks, days and descriptions.
 * Each function adds what it finds to the revisions. [writer] */
#ifndef ALMANAC_INGEST_STORE_MISSING_H
#define ALMANAC_INGEST_STORE_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/revise.h"
#include "ingest/store/session.h"

/* Compares whole objects, one batch each, with their stored data, before they are stored. */
int missing_find(struct session *session, struct batch *const *batches, size_t count,
	struct revise *revise, struct error *err);

/* Begins an object of several batches; if nothing is stored of it nothing needs to be noted. */
int missing_is_stored(
	struct session *session, const struct origin *origin, bool *stored, struct error *err);

/* Notes the content of a batch in a temporary table of the transaction. */
int missing_note(struct session *session, const struct batch *batch, struct error *err);

/* After the last batch: compares the notes with the stored data. */
int missing_rest(struct session *session, const struct origin *origin, struct revise *revise,
	struct error *err);

/* Lists some of the stored data of the origins (an int4 array), to be withdrawn. Returns how
 * many rows, 0 at the end, or -1. */
int missing_all(struct session *session, struct array *origins, struct revise *revise,
	struct error *err);

/* Lists some of the blocks that the origins share with others, after `last`, which is advanced;
 * nothing is withdrawn. Returns how many, 0 at the end, or -1. */
struct missing_place {
	char station[STATION_ID_MAX + 1], element[ELEMENT_CODE_MAX + 1];
	int year;
};
int missing_shared(struct session *session, struct array *origins, struct missing_place *last,
	struct revise *revise, struct error *err);

#endif

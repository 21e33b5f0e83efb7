/* What objects have said, but do not say any more: blocks, days and stations. [writer] */
#ifndef ALMANAC_INGEST_STORE_MISSING_H
#define ALMANAC_INGEST_STORE_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/revise.h"
#include "ingest/store/session.h"

/* Of whole objects, one parcel each, before they are stored: adds to the revisions what is
 * stored of them and is not in their parcels. */
int missing_find(struct session *session, struct batch *const *batches, size_t count,
	struct revise *revise, struct error *err);

/* An object of several parcels. Nothing has to be remembered of one of which nothing is stored.
 */
int missing_is_stored(
	struct session *session, const struct origin *origin, bool *stored, struct error *err);

/* Remembers what a parcel says, within the transaction. */
int missing_note(struct session *session, const struct batch *batch, struct error *err);

/* After the last one: adds to the revisions what is stored of the object but was not noted. */
int missing_rest(struct session *session, const struct origin *origin, struct revise *revise,
	struct error *err);

/* Adds to the revisions what is stored of the origins (an int4 array), some at a time, to be
 * withdrawn. Returns how many, 0 at the end, or -1. */
int missing_all(struct session *session, struct array *origins, struct revise *revise,
	struct error *err);

/* Adds to the revisions what the origins (likewise) share with others, some at a time, starting
 * after `last`, which is moved on; nothing is withdrawn. Returns how many, 0 at the end, or -1.
 */
struct missing_place {
	char station[STATION_ID_MAX + 1], element[ELEMENT_CODE_MAX + 1];
	int year;
};
int missing_shared(struct session *session, struct array *origins, struct missing_place *last,
	struct revise *revise, struct error *err);

#endif

/* The writer: objects into the database, whatever gets in the way of one of them or
 * of one transaction. [writer] */
#ifndef ALMANAC_INGEST_WRITE_LOAD_H
#define ALMANAC_INGEST_WRITE_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"

struct load;
struct transact;

struct load *load_create(struct transact *transact);
void load_destroy(struct load *load); /* NULL is fine */

/* Stores whole objects, one parcel each, in one transaction; if one of them cannot
 * be stored, each in its own, and that parcel becomes BATCH_FAILED and says why.
 * -1: nothing can be stored any more. */
int load_batches(
	struct load *load, struct batch *const *batches, size_t count, struct error *err);

/* Stores one of several parcels of an object; all of them are one transaction,
 * which ends with the last one. If the object cannot be stored, that one becomes
 * BATCH_FAILED. Between the first and the last nothing else may be stored. */
int load_part(struct load *load, struct batch *batch, struct error *err);

/* Takes out what origins (an int4 array) have said. `stop`: asked between two transactions,
 * whether the rest has to wait. */
int load_remove(struct load *load, struct array *ids, bool (*stop)(void *), void *arg,
	struct error *err);

/* Rolls back what is under way: the rest of an object will not come. */
void load_abort(struct load *load);

#endif

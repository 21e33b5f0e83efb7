/* Loader: stores objects, with retries after conflicts and a transaction of their own for
 * objects that fail. [writer] */
#ifndef ALMANAC_INGEST_WRITE_LOAD_H
#define ALMANAC_INGEST_WRITE_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"

struct load;
struct transaction;

/* `bytes`: of batches after which an object of several is committed in between, if it has been
 * read to its end and nothing was stored of it before: a transaction of hours would keep vacuum
 * from its work and other runs waiting. What is killed then is read again, and adds the rest.
 */
struct load *load_create(struct transaction *tx, size_t bytes);
void load_destroy(struct load *load); /* NULL is fine */

/* Stores whole objects, one batch each, in one transaction; if one of them cannot be stored,
 * each in its own, and its batch becomes BATCH_FAILED with the reason. -1: nothing can be
 * stored any more. */
int load_batches(
	struct load *load, struct batch *const *batches, size_t count, struct error *err);

/* Stores one of several batches of an object, in one transaction that ends with the last, or in
 * several: see load_create().
 * If the object cannot be stored, that one becomes BATCH_FAILED. Nothing else may be stored in
 * between. */
int load_part(struct load *load, struct batch *batch, struct error *err);

/* Withdraws what origins (an int4 array) reported. `stop` is called between transactions; true
 * leaves the rest to the next run. */
int load_remove(struct load *load, struct array *ids, bool (*stop)(void *), void *arg,
	struct error *err);

/* Rolls back the open transaction: the rest of the object will not come. */
void load_abort(struct load *load);

#endif

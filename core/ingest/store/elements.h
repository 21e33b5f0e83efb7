/* Elements of the sources in use: stored with the first block of each, and compared with the
 * stored ones. [writer] */
#ifndef ALMANAC_INGEST_STORE_ELEMENTS_H
#define ALMANAC_INGEST_STORE_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/session.h"

struct registry;
struct elements;

struct elements *elements_create(const struct registry *registry);
void elements_destroy(struct elements *elements); /* NULL is fine */

/* Stores, within a transaction, the elements of a batch that are not stored yet. *changed is
 * set if a row was written. A source of which any element is stored with another unit or scale
 * is refused. */
int elements_store(struct elements *elements, struct session *session,
	const struct batch *batch, bool *changed, struct error *err);

/* Whether the source was refused; *err says why. */
bool elements_refuse(const struct elements *elements, const char *name, struct error *err);

/* Ends the transaction: remembers, or forgets, what it stored. */
void elements_end(struct elements *elements, bool committed);

#endif

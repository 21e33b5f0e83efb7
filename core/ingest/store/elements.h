/* The elements of the sources that are used: each is stored the first time that an
 * object of its source is, and must be what is stored already. [writer] */
#ifndef ALMANAC_INGEST_STORE_ELEMENTS_H
#define ALMANAC_INGEST_STORE_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingest/store/session.h"

struct registry;
struct elements;

struct elements *elements_create(const struct registry *registry);
void elements_destroy(struct elements *elements); /* NULL is fine */

/* Within a transaction: stores what the source of that name declares, unless that is known to
 * be stored. *changed is set if something was. If an element is stored with another
 * unit or scale, the source is refused. */
int elements_store(struct elements *elements, struct session *session, const char *name,
	bool *changed, struct error *err);

/* Whether objects of the source cannot be taken in; *err says why. */
bool elements_refuse(const struct elements *elements, const char *name, struct error *err);

/* The transaction was committed: what was stored in it is known from now on; or it
 * was not. */
void elements_commit(struct elements *elements);
void elements_rollback(struct elements *elements);

#endif

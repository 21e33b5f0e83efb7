/* Objects that stored data come from, as far as a transaction needs them: table origin.
 * [writer] */
#ifndef ALMANAC_INGEST_STORE_ORIGINS_H
#define ALMANAC_INGEST_STORE_ORIGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/session.h"

/* What objects said that no longer say it, or that nobody knows: it counts least. */
enum { ORIGIN_NOBODY = 0 };

struct origin {
	int32_t id;
	int64_t place;
	bool whole; /* days that it does not report in a block count as not reported */
	const char *uri;
};

/* Embedded by its owner; all zero is empty. */
struct origins {
	struct origin **list; /* by id; each stays where it is */
	size_t count, capacity;
	struct arena arena;
};

void origins_finish(struct origins *origins);

/* The transaction has ended: places may change. */
void origins_clear(struct origins *origins);

/* Sets parcel.origin of those that carry something, and adds what is new: files in archives,
 * which have the places of their archives. */
int origins_take(struct origins *origins, struct session *session, struct batch *const *batches,
	size_t count, struct error *err);

/* Reads those of the ids (of an int4 array) that are not there yet. */
int origins_need(
	struct origins *origins, struct session *session, struct array *ids, struct error *err);

/* It is there. */
const struct origin *origins_find(const struct origins *origins, int32_t id);

/* Whether it is there; that of nobody always is. */
bool origins_has(const struct origins *origins, int32_t id);

/* In the order in which a directory is listed: what is in one comes before what only begins
 * with its name. SQL says the same by ORIGINS_ORDER. */
int origins_compare_uris(const char *a, const char *b);

#define ORIGINS_ORDER(uri) "replace(" uri ", '/', chr(1))"

/* Which of two counts less: below 0 if it is `a`. */
int origins_compare(const struct origin *a, const struct origin *b);

#endif

/* Origins: the objects that stored data come from, as far as a transaction needs them (table
 * origin). [writer] */
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

/* The origin of data whose object is not known, or withdrawn without removal: every other takes
 * precedence. */
enum { ORIGIN_UNKNOWN = 0 };

struct origin {
	int32_t id;
	int64_t place;
	bool whole; /* days of a block that it does not report count as not reported */
	const char *uri;
};

/* Embedded by its owner; all zero is empty. */
struct origins {
	struct origin **list; /* by id; the pointers are stable */
	size_t count, capacity;
	struct arena arena;
};

void origins_finish(struct origins *origins);

/* Empties the list at the end of a transaction: places may change. */
void origins_clear(struct origins *origins);

/* Sets batch.origin of batches with content, and stores new ones: files in archives, with the
 * places of their archives. */
int origins_assign(struct origins *origins, struct session *session,
	struct batch *const *batches, size_t count, struct error *err);

/* Reads the origins (an int4 array) that are not in the list yet. */
int origins_load(
	struct origins *origins, struct session *session, struct array *ids, struct error *err);

/* An origin of the list. It must be there. */
const struct origin *origins_find(const struct origins *origins, int32_t id);

/* Whether it is in the list; ORIGIN_UNKNOWN always is. */
bool origins_has(const struct origins *origins, int32_t id);

/* Compares in the order of directory listings: the content of a directory comes before names
 * that begin with its name. ORIGINS_ORDER is the same in SQL. */
int origins_compare_uris(const char *a, const char *b);

#define ORIGINS_ORDER(uri) "replace(" uri ", '/', chr(1))"

/* Compares precedence: below 0 if `b` takes precedence. */
int origins_compare(const struct origin *a, const struct origin *b);

#endif

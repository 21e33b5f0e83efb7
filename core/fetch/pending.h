/* Pending fetch: the part that all kinds of fetches have, and the result of a statement that
 * serves several of them. All [loop]. */
#ifndef ALMANAC_FETCH_PENDING_H
#define ALMANAC_FETCH_PENDING_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/dataset.h"
#include "db/pool.h"

struct fetch;

#define FETCH_NO_DATA ((struct dataset_id){ -1, 0 }) /* identity of what failed */

/* Owned by the caller of fetch_*(), and in its memory until `done`, which is called exactly
 * once and never from within fetch_*(). `result` is valid until it returns: that of the batch
 * if the outcome is POOL_OK, of a failed statement if it is POOL_FAILED, else NULL. */
typedef void fetch_done_fn(
	struct fetch *fetch, enum pool_outcome outcome, const PGresult *result);

struct fetch {
	fetch_done_fn *done;
	struct dataset_id id; /* of the data that all of the result is read from */
	/* the fetcher's */
	void (*read_row)(struct fetch *fetch, int64_t head, const PGresult *result, int row);
	size_t first_key, key_count; /* within the batch */
	struct fetch *next;
};

/* Columns that all statements begin with. Values are dear, so there are few: the identity of
 * the data is in the rows of the first key alone; the number of the key shares an integer with
 * a detail, which is null in the row of a key that has none. */
enum {
	BATCH_IDENTITY,
	BATCH_HEAD,  /* number of the key, from 1, and a detail of the row */
	BATCH_FIRST, /* the statement's own columns */
	BATCH_DETAIL_BITS = 20
};
#define BATCH_SELECT_IDENTITY \
	"case when k.n = 1 then (select identity from dataset_version) end"

#endif

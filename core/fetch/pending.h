/* Pending fetch: the part that all kinds of fetches have. All [loop]. */
#ifndef ALMANAC_FETCH_PENDING_H
#define ALMANAC_FETCH_PENDING_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/dataset.h"
#include "db/pool.h"

struct fetch;

#define FETCH_NO_DATA ((struct dataset_id){ -1, 0 }) /* identity of what failed */

/* The part of all kinds of fetches; lives in the asker's memory until `done`, which
 * is called exactly once and never from within fetch_*(). `result` is good until it
 * returns: that of the batch if the outcome is POOL_OK, of a failed statement if it
 * is POOL_FAILED, else NULL. */
typedef void fetch_done_fn(
	struct fetch *fetch, enum pool_outcome outcome, const PGresult *result);

struct fetch {
	fetch_done_fn *done;
	struct dataset_id id; /* of the data, all of the result is of them */
	/* the fetcher's */
	void (*take)(struct fetch *fetch, int64_t head, const PGresult *result, int row);
	size_t first_key, key_count; /* within the batch */
	struct fetch *next;
};

#endif

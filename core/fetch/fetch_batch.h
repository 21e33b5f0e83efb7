/* How fetches share statements. For fetch*.c. All [loop]. */
#ifndef ALMANAC_FETCH_FETCH_BATCH_H
#define ALMANAC_FETCH_FETCH_BATCH_H

#include "base/buffer.h"
#include "fetch/batch_columns.h"
#include "fetch/fetch.h"

enum { BATCH_ARGS = 3 };

/* Index of the row's key among those of its fetch, and the detail. */
static inline size_t batch_key(const struct fetch *fetch, int64_t head)
{
	return (size_t)(head >> BATCH_DETAIL_BITS) - 1 - fetch->first_key;
}
static inline int32_t batch_detail(int64_t head)
{
	return (int32_t)(head & ((1 << BATCH_DETAIL_BITS) - 1));
}

/* Fetches that one statement serves. Its first argument names a station per key. */
struct fetch_batch {
	struct fetch_batch *next;
	struct fetcher *fetcher;
	const struct statement *statement;
	struct buffer args[BATCH_ARGS]; /* binary arrays */
	bool of_blocks;                 /* the last argument is the elements */
	const char *const *elements;    /* the first fetch's */
	size_t element_count;
	struct fetch *first, *last;
	size_t key_count;
	size_t weight; /* blocks or rows that it asks for, at most */
	uint64_t sent; /* uv_hrtime() when it was */
};

/* The first batch that waits to be sent. */
struct fetch_batch *batch_first(struct fetcher *fetcher);

struct fetch_batch *batch_open(struct fetcher *fetcher, const struct statement *statement);

/* Whether a fetch of that weight may join. */
bool batch_has_room(
	const struct fetch_batch *batch, const struct statement *statement, size_t weight);

/* Adds a fetch with a key per part; there is at least one. What a key has in the other
 * arguments is the caller's to put. */
void batch_add(struct fetch_batch *batch, struct fetch *fetch, const struct scan_part *parts,
	size_t part_count, size_t weight);

#endif

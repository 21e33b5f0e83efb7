/* Value cache: blocks and statistics read from the database, up to a limit of bytes; the least
 * recently used is dropped first. An entry belongs to a station of a catalog, and a station
 * that has changed is another one in the next catalog: its old values are not found again.
 * Shared by all loops; all [any thread]. */
#ifndef ALMANAC_FETCH_VALUE_CACHE_H
#define ALMANAC_FETCH_VALUE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct value_cache;
struct catalog_station;

/* `limit`: bytes, with the overhead of entries; 0: stores nothing. */
struct value_cache *value_cache_create(size_t limit);
void value_cache_destroy(struct value_cache *cache); /* NULL is fine */

/* Keys of entries within their station. */
uint64_t value_cache_block_key(int year, uint16_t element, /* catalog index of the element */
	bool flags);                                       /* with flags and times */
uint64_t value_cache_rows_key(size_t calculator);          /* catalog index */

/* A copy of the entry in the arena; NULL: there is no such entry. */
const void *value_cache_read(struct value_cache *cache, const struct catalog_station *station,
	uint64_t key, struct arena *arena, size_t *length);

/* Whether its limit is more than 0. */
bool value_cache_keeps(const struct value_cache *cache);

/* Stores a copy of the pieces, one after another, unless the entry exists. */
struct value_cache_piece {
	const void *bytes;
	size_t length;
};
void value_cache_write(struct value_cache *cache, const struct catalog_station *station,
	uint64_t key, const struct value_cache_piece *pieces, size_t count);

struct value_cache_figures {
	uint64_t hits, misses, evictions;
	size_t entries, bytes, limit;
};
void value_cache_figures(struct value_cache *cache, struct value_cache_figures *figures);

#endif

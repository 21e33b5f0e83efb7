/* What was read from the database, kept in memory up to a limit: the newest used
 * stays. Every entry belongs to a station as a catalog has it, and a station that has
 * changed is another one in the next catalog: what was read before is not found again.
 * Shared by all loops; all [any thread]. */
#ifndef ALMANAC_FETCH_VALUE_CACHE_H
#define ALMANAC_FETCH_VALUE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct value_cache;
struct catalog_station;

/* `limit`: bytes, with what the entries need besides; 0: keeps nothing. */
struct value_cache *value_cache_create(size_t limit);
void value_cache_destroy(struct value_cache *cache); /* NULL is fine */

/* What an entry is, within its station. */
uint64_t value_cache_block_key(int year, uint16_t element); /* catalog index of the element */
uint64_t value_cache_rows_key(size_t calculator);           /* catalog index */

/* A copy in the arena, NULL if there is none. */
const void *value_cache_read(struct value_cache *cache, const struct catalog_station *station,
	uint64_t key, struct arena *arena, size_t *length);

/* Whether anything is kept at all. */
bool value_cache_keeps(const struct value_cache *cache);

/* Keeps a copy of pieces one after another, unless it is there already. */
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

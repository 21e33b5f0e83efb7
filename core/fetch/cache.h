/* What was read from the database, kept in memory up to a limit: the newest used
 * stays. Every entry belongs to a station as a catalog has it, and a station that has
 * changed is another one in the next catalog: what was read before is not found again.
 * Shared by all loops; all [any thread]. */
#ifndef ALMANAC_FETCH_CACHE_H
#define ALMANAC_FETCH_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct cache;
struct catalog_station;

/* `limit`: bytes, with what the entries need besides; 0: keeps nothing. */
struct cache *cache_create(size_t limit);
void cache_destroy(struct cache *cache); /* NULL is fine */

/* What an entry is, within its station. */
uint64_t cache_block_key(int year, uint16_t element); /* catalog index of the element */
uint64_t cache_rows_key(size_t calculator);           /* catalog index */

/* A copy in the arena, NULL if there is none. */
const void *cache_read(struct cache *cache, const struct catalog_station *station, uint64_t key,
	struct arena *arena, size_t *length);

/* Whether anything is kept at all. */
bool cache_keeps(const struct cache *cache);

/* Keeps a copy of pieces one after another, unless it is there already. */
struct cache_piece {
	const void *bytes;
	size_t length;
};
void cache_write(struct cache *cache, const struct catalog_station *station, uint64_t key,
	const struct cache_piece *pieces, size_t count);

struct cache_figures {
	uint64_t hits, misses, evictions;
	size_t entries, bytes, limit;
};
void cache_figures(struct cache *cache, struct cache_figures *figures);

#endif

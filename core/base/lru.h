/* LRU list with a hash index: drops the least recently used entries once their weights
 * exceed a limit. Not thread-safe. */
#ifndef ALMANAC_BASE_LRU_H
#define ALMANAC_BASE_LRU_H

#include <stddef.h>
#include <stdint.h>

/* Embedded, as the first member, in the values kept. */
struct lru_entry {
	struct lru_entry *next;          /* next in the bucket */
	struct lru_entry *newer, *older; /* neighbours by last use */
	uint64_t hash;
	size_t weight;
};

struct lru {
	struct lru_entry **buckets;
	size_t bucket_count; /* a power of two */
	struct lru_entry *newest, *oldest;
	size_t limit, weight, count;
	uint64_t evictions;
	void (*drop)(struct lru_entry *entry); /* frees an entry */
};

void lru_init(struct lru *lru, size_t limit, void (*drop)(struct lru_entry *entry));
void lru_finish(struct lru *lru);

/* Iterate over the entries with a hash, in no order; NULL: no more. */
struct lru_entry *lru_first(const struct lru *lru, uint64_t hash);
struct lru_entry *lru_next(const struct lru_entry *entry);

/* Marks an entry as just used. */
void lru_touch(struct lru *lru, struct lru_entry *entry);

/* Adds an entry with hash and weight set. May drop others, or the entry itself. */
void lru_insert(struct lru *lru, struct lru_entry *entry);

/* Drop one entry, or all. */
void lru_remove(struct lru *lru, struct lru_entry *entry);
void lru_clear(struct lru *lru);

/* Hash of an integer or address (multiplicative: Knuth, TAOCP 6.4). */
static inline uint64_t lru_mix(uint64_t value)
{
	value *= 0x9E3779B97F4A7C15u;
	return value ^ value >> 32;
}

#endif

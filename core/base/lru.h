/* Entries found by hash and dropped in the order in which they were last used, once all of them
 * together weigh too much. Embedded in what it keeps; not for several threads at a time. */
#ifndef ALMANAC_BASE_LRU_H
#define ALMANAC_BASE_LRU_H

#include <stddef.h>
#include <stdint.h>

/* First in whatever is kept. */
struct lru_entry {
	struct lru_entry *next;          /* of the bucket */
	struct lru_entry *newer, *older; /* by use */
	uint64_t hash;
	size_t weight;
};

struct lru {
	struct lru_entry **buckets;
	size_t bucket_count; /* a power of two */
	struct lru_entry *newest, *oldest;
	size_t limit, weight, count;
	uint64_t evictions;
	void (*drop)(struct lru_entry *entry); /* frees it */
};

void lru_init(struct lru *lru, size_t limit, void (*drop)(struct lru_entry *entry));
void lru_finish(struct lru *lru);

/* Entries of that hash, in no order: NULL after the last. */
struct lru_entry *lru_first(const struct lru *lru, uint64_t hash);
struct lru_entry *lru_next(const struct lru_entry *entry);

/* It was used. */
void lru_touch(struct lru *lru, struct lru_entry *entry);

/* hash and weight are set. May drop others, or the entry itself. */
void lru_insert(struct lru *lru, struct lru_entry *entry);

/* Drops one, or all. */
void lru_remove(struct lru *lru, struct lru_entry *entry);
void lru_clear(struct lru *lru);

/* Spreads what addresses and numbers have in common (Knuth, TAOCP 6.4). */
static inline uint64_t lru_mix(uint64_t value)
{
	value *= 0x9E3779B97F4A7C15u;
	return value ^ value >> 32;
}

#endif

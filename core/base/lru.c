#include "base/lru.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

enum { BUCKETS_FIRST = 64 };

void lru_init(struct lru *lru, size_t limit, void (*drop)(struct lru_entry *entry))
{
	*lru = (struct lru){ .limit = limit, .drop = drop, .bucket_count = BUCKETS_FIRST };
	lru->buckets = memory_array(lru->bucket_count, sizeof(struct lru_entry *));
}

void lru_finish(struct lru *lru)
{
	lru_clear(lru);
	free(lru->buckets);
}

static struct lru_entry **bucket_of(const struct lru *lru, uint64_t hash)
{
	return &lru->buckets[hash & (lru->bucket_count - 1)];
}

static struct lru_entry *of_hash(struct lru_entry *entry, uint64_t hash)
{
	while (entry != NULL && entry->hash != hash) {
		entry = entry->next;
	}
	return entry;
}

struct lru_entry *lru_first(const struct lru *lru, uint64_t hash)
{
	return of_hash(*bucket_of(lru, hash), hash);
}

struct lru_entry *lru_next(const struct lru_entry *entry)
{
	return of_hash(entry->next, entry->hash);
}

static void leave_order(struct lru *lru, struct lru_entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &lru->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &lru->oldest) = entry->newer;
}

static void make_newest(struct lru *lru, struct lru_entry *entry)
{
	entry->newer = NULL;
	entry->older = lru->newest;
	*(lru->newest != NULL ? &lru->newest->newer : &lru->oldest) = entry;
	lru->newest = entry;
}

void lru_touch(struct lru *lru, struct lru_entry *entry)
{
	if (entry != lru->newest) {
		leave_order(lru, entry);
		make_newest(lru, entry);
	}
}

static void put_in_bucket(struct lru *lru, struct lru_entry *entry)
{
	struct lru_entry **bucket = bucket_of(lru, entry->hash);

	entry->next = *bucket;
	*bucket = entry;
}

static void grow(struct lru *lru)
{
	free(lru->buckets);
	lru->bucket_count *= 2;
	lru->buckets = memory_array(lru->bucket_count, sizeof(struct lru_entry *));
	for (struct lru_entry *entry = lru->newest; entry != NULL; entry = entry->older) {
		put_in_bucket(lru, entry);
	}
}

void lru_insert(struct lru *lru, struct lru_entry *entry)
{
	if (lru->count == lru->bucket_count) {
		grow(lru);
	}
	put_in_bucket(lru, entry);
	make_newest(lru, entry);
	lru->count++;
	lru->weight += entry->weight;
	while (lru->weight > lru->limit) {
		assert(lru->oldest != NULL);
		lru->evictions++;
		lru_remove(lru, lru->oldest);
	}
}

void lru_remove(struct lru *lru, struct lru_entry *entry)
{
	struct lru_entry **link = bucket_of(lru, entry->hash);

	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	leave_order(lru, entry);
	lru->count--;
	lru->weight -= entry->weight;
	lru->drop(entry);
}

void lru_clear(struct lru *lru)
{
	while (lru->oldest != NULL) {
		lru_remove(lru, lru->oldest);
	}
}

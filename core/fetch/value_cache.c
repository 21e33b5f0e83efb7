#include "fetch/value_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/memory.h"
#include "catalog/catalog_data.h"

enum {
	SHARDS = 8,           /* of entries and locks: loops seldom wait for each other */
	MALLOC_OVERHEAD = 16, /* bytes, about */
	ROWS_KEY_SHIFT = 32,
	FLAGS_KEY_SHIFT = 63
};

struct cached_value {
	struct lru_entry entry;                /* first: one is cast to the other */
	const struct catalog_station *station; /* held */
	uint64_t key;
	size_t length;
	unsigned char bytes[];
};

struct shard {
	pthread_mutex_t lock;
	struct lru lru;
	uint64_t hits, misses;
};

struct value_cache {
	struct shard shards[SHARDS];
};

uint64_t value_cache_block_key(int year, uint16_t element, bool flags)
{
	return (uint64_t)flags << FLAGS_KEY_SHIFT | (uint64_t)(uint16_t)year << 16 | element;
}

uint64_t value_cache_rows_key(size_t calculator)
{
	return ((uint64_t)calculator + 1) << ROWS_KEY_SHIFT;
}

static void drop(struct lru_entry *entry)
{
	struct cached_value *value = (struct cached_value *)entry;

	station_release(value->station);
	free(value);
}

struct value_cache *value_cache_create(size_t limit)
{
	struct value_cache *cache = memory_new(struct value_cache);

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&cache->shards[i].lock, NULL);
		lru_init(&cache->shards[i].lru, limit / SHARDS, drop);
	}
	return cache;
}

void value_cache_destroy(struct value_cache *cache)
{
	for (size_t i = 0; cache != NULL && i < SHARDS; i++) {
		lru_finish(&cache->shards[i].lru);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
	free(cache);
}

static struct shard *shard_of(struct value_cache *cache, const struct catalog_station *station)
{
	return &cache->shards[lru_mix((uintptr_t)station) % SHARDS];
}

static uint64_t hash_of(const struct catalog_station *station, uint64_t key)
{
	return lru_mix((uintptr_t)station ^ lru_mix(key));
}

static struct cached_value *find(
	const struct shard *shard, const struct catalog_station *station, uint64_t key)
{
	struct lru_entry *entry = lru_first(&shard->lru, hash_of(station, key));

	while (entry != NULL) {
		struct cached_value *value = (struct cached_value *)entry;

		if (value->station == station && value->key == key) {
			return value;
		}
		entry = lru_next(entry);
	}
	return NULL;
}

const void *value_cache_read(struct value_cache *cache, const struct catalog_station *station,
	uint64_t key, struct arena *arena, size_t *length)
{
	struct shard *shard = shard_of(cache, station);
	void *copy = NULL;
	struct cached_value *value;

	pthread_mutex_lock(&shard->lock);
	value = find(shard, station, key);
	if (value != NULL) {
		shard->hits++;
		lru_touch(&shard->lru, &value->entry);
		copy = arena_take(arena, value->length);
		memcpy(copy, value->bytes, value->length);
		*length = value->length;
	} else {
		shard->misses++;
	}
	pthread_mutex_unlock(&shard->lock);
	return copy;
}

static struct cached_value *make(const struct catalog_station *station, uint64_t key,
	const struct value_cache_piece *pieces, size_t count)
{
	struct cached_value *value;
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		length += pieces[i].length;
	}
	value = memory_array(1, sizeof(*value) + length);
	value->entry.hash = hash_of(station, key);
	value->entry.weight = sizeof(*value) + length + MALLOC_OVERHEAD + sizeof(value);
	value->station = &station_hold(station)->station;
	value->key = key;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].length > 0) {
			memcpy(value->bytes + value->length, pieces[i].bytes, pieces[i].length);
		}
		value->length += pieces[i].length;
	}
	return value;
}

bool value_cache_keeps(const struct value_cache *cache)
{
	return cache->shards[0].lru.limit > 0;
}

void value_cache_write(struct value_cache *cache, const struct catalog_station *station,
	uint64_t key, const struct value_cache_piece *pieces, size_t count)
{
	struct shard *shard = shard_of(cache, station);

	if (!value_cache_keeps(cache)) {
		return;
	}
	pthread_mutex_lock(&shard->lock);
	if (find(shard, station, key) == NULL) {
		lru_insert(&shard->lru, &make(station, key, pieces, count)->entry);
	}
	pthread_mutex_unlock(&shard->lock);
}

void value_cache_figures(struct value_cache *cache, struct value_cache_figures *figures)
{
	*figures = (struct value_cache_figures){ 0 };
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		figures->hits += shard->hits;
		figures->misses += shard->misses;
		figures->evictions += shard->lru.evictions;
		figures->entries += shard->lru.count;
		figures->bytes += shard->lru.weight;
		figures->limit += shard->lru.limit;
		pthread_mutex_unlock(&shard->lock);
	}
}

#include "http/cache.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/catalog_data.h"

enum {
	SHARDS = 8,           /* locks, so that loops seldom wait for each other */
	BUCKETS_FIRST = 64,   /* of a shard */
	MALLOC_OVERHEAD = 16, /* bytes, about */
	ROWS_KEY_SHIFT = 32
};

struct entry {
	struct entry *next;                    /* of the bucket */
	struct entry *newer, *older;           /* by use */
	const struct catalog_station *station; /* held */
	uint64_t key;
	size_t length;
	unsigned char bytes[];
};

struct shard {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t bucket_count; /* a power of two */
	struct entry *newest, *oldest;
	struct cache_figures figures;
};

struct cache {
	size_t limit; /* of a shard */
	struct shard shards[SHARDS];
};

uint64_t cache_block_key(int year, uint16_t element)
{
	return (uint64_t)(uint16_t)year << 16 | element;
}

uint64_t cache_rows_key(size_t calculator)
{
	return ((uint64_t)calculator + 1) << ROWS_KEY_SHIFT;
}

struct cache *cache_create(size_t limit)
{
	struct cache *cache = memory_new(struct cache);

	cache->limit = limit / SHARDS;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_init(&shard->lock, NULL);
		shard->bucket_count = BUCKETS_FIRST;
		shard->buckets = memory_array(shard->bucket_count, sizeof(*shard->buckets));
	}
	return cache;
}

/* -- Finding ------------------------------------------------------------ */

/* Multiplication spreads what addresses and years have in common (Knuth, TAOCP 6.4). */
static uint64_t mix(uint64_t value)
{
	value *= 0x9E3779B97F4A7C15u;
	return value ^ value >> 32;
}

static struct shard *shard_of(struct cache *cache, const struct catalog_station *station)
{
	return &cache->shards[mix((uintptr_t)station) % SHARDS];
}

static struct entry **bucket_of(
	const struct shard *shard, const struct catalog_station *station, uint64_t key)
{
	uint64_t hash = mix((uintptr_t)station ^ mix(key));

	return &shard->buckets[hash & (shard->bucket_count - 1)];
}

static struct entry *find(
	const struct shard *shard, const struct catalog_station *station, uint64_t key)
{
	struct entry *entry = *bucket_of(shard, station, key);

	while (entry != NULL && (entry->station != station || entry->key != key)) {
		entry = entry->next;
	}
	return entry;
}

/* -- Order of use ------------------------------------------------------- */

static void leave_order(struct shard *shard, struct entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void make_newest(struct shard *shard, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest != NULL ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static size_t weight(const struct entry *entry)
{
	return sizeof(*entry) + entry->length + MALLOC_OVERHEAD + sizeof(entry);
}

static void drop_oldest(struct shard *shard)
{
	struct entry *entry = shard->oldest;
	struct entry **link = bucket_of(shard, entry->station, entry->key);

	while (*link != entry) {
		link = &(*link)->next;
	}
	*link = entry->next;
	leave_order(shard, entry);
	shard->figures.entries--;
	shard->figures.bytes -= weight(entry);
	station_release(entry->station);
	free(entry);
}

/* -- Growing ------------------------------------------------------------ */

static void grow(struct shard *shard)
{
	free(shard->buckets);
	shard->bucket_count *= 2;
	shard->buckets = memory_array(shard->bucket_count, sizeof(*shard->buckets));
	for (struct entry *entry = shard->newest; entry != NULL; entry = entry->older) {
		struct entry **bucket = bucket_of(shard, entry->station, entry->key);

		entry->next = *bucket;
		*bucket = entry;
	}
}

static void insert(struct shard *shard, struct entry *entry)
{
	struct entry **bucket;

	if (shard->figures.entries == shard->bucket_count) {
		grow(shard);
	}
	bucket = bucket_of(shard, entry->station, entry->key);
	entry->next = *bucket;
	*bucket = entry;
	make_newest(shard, entry);
	shard->figures.entries++;
	shard->figures.bytes += weight(entry);
}

/* -- Use ---------------------------------------------------------------- */

const void *cache_read(struct cache *cache, const struct catalog_station *station, uint64_t key,
	struct arena *arena, size_t *length)
{
	struct shard *shard = shard_of(cache, station);
	void *copy = NULL;
	struct entry *entry;

	if (cache->limit == 0) {
		return NULL;
	}
	pthread_mutex_lock(&shard->lock);
	entry = find(shard, station, key);
	if (entry != NULL) {
		shard->figures.hits++;
		leave_order(shard, entry);
		make_newest(shard, entry);
		copy = arena_take(arena, entry->length);
		memcpy(copy, entry->bytes, entry->length);
		*length = entry->length;
	} else {
		shard->figures.misses++;
	}
	pthread_mutex_unlock(&shard->lock);
	return copy;
}

static struct entry *make_entry(const struct catalog_station *station, uint64_t key,
	const struct cache_piece *pieces, size_t count)
{
	struct entry *entry;
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		length += pieces[i].length;
	}
	entry = memory_array(1, sizeof(*entry) + length);
	entry->station = &station_hold(station)->station;
	entry->key = key;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].length > 0) {
			memcpy(entry->bytes + entry->length, pieces[i].bytes, pieces[i].length);
		}
		entry->length += pieces[i].length;
	}
	return entry;
}

void cache_write(struct cache *cache, const struct catalog_station *station, uint64_t key,
	const struct cache_piece *pieces, size_t count)
{
	struct shard *shard = shard_of(cache, station);
	struct entry *entry;

	if (cache->limit == 0) {
		return;
	}
	pthread_mutex_lock(&shard->lock);
	if (find(shard, station, key) == NULL) {
		entry = make_entry(station, key, pieces, count);
		insert(shard, entry);
		while (shard->figures.bytes > cache->limit) {
			shard->figures.evictions++;
			drop_oldest(shard);
		}
	}
	pthread_mutex_unlock(&shard->lock);
}

void cache_figures(struct cache *cache, struct cache_figures *figures)
{
	*figures = (struct cache_figures){ .limit = cache->limit * SHARDS };
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		figures->hits += shard->figures.hits;
		figures->misses += shard->figures.misses;
		figures->evictions += shard->figures.evictions;
		figures->entries += shard->figures.entries;
		figures->bytes += shard->figures.bytes;
		pthread_mutex_unlock(&shard->lock);
	}
}

void cache_destroy(struct cache *cache)
{
	if (cache == NULL) {
		return;
	}
	for (size_t i = 0; i < SHARDS; i++) {
		while (cache->shards[i].oldest != NULL) {
			drop_oldest(&cache->shards[i]);
		}
		free(cache->shards[i].buckets);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
	free(cache);
}

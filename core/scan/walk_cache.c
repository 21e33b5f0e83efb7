/* Sums over all stations are kept: they are what a walk through everything asks for
 * again and again. They are made a piece at a time, by whichever request has its turn. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "scan/walk.h"

enum {
	CACHE_ENTRIES = 16,
	CACHE_BYTES = 8 * 1024 * 1024,
	STATION_EFFORT = 4, /* blocks that cost as much as a station itself */
	MANY = 8            /* a walk over more than one in so many stations is over many */
};

/* Counted: by the cache, and by each that waits for them or uses them. */
struct walk_entry {
	struct walk walk; /* without stations; the catalog is held */
	bool *elements;   /* what walk.elements points to */
	int64_t *sums;
	pthread_mutex_t lock; /* of `at`, and of the sums until they are ready */
	size_t at;            /* stations that are done */
	atomic_bool ready;
	atomic_uint holders;
	uint64_t used; /* the cache's: when; the least is thrown out */
};

struct walk_cache {
	pthread_mutex_t lock;
	struct walk_entry *entries[CACHE_ENTRIES];
	uint64_t clock;
};

/* -- Entries ------------------------------------------------------------ */

static struct walk_entry *entry_create(const struct walk *walk)
{
	struct walk_entry *entry = memory_new(struct walk_entry);

	entry->walk = *walk;
	entry->walk.stations = NULL;
	entry->walk.keys = NULL;
	entry->walk.station_count = walk->catalog->station_count;
	entry->walk.catalog = catalog_hold(walk->catalog);
	entry->elements = memory_array(walk->catalog->element_count + 1, sizeof(bool));
	if (walk->calculator == WALK_DAYS) {
		memcpy(entry->elements, walk->elements, walk->catalog->element_count);
	}
	entry->walk.elements = entry->elements;
	entry->sums = memory_array(entry->walk.station_count + 1, sizeof(*entry->sums));
	pthread_mutex_init(&entry->lock, NULL);
	atomic_init(&entry->holders, 1);
	return entry;
}

static struct walk_entry *entry_hold(struct walk_entry *entry)
{
	atomic_fetch_add_explicit(&entry->holders, 1, memory_order_relaxed);
	return entry;
}

static void entry_release(struct walk_entry *entry)
{
	if (entry == NULL ||
		atomic_fetch_sub_explicit(&entry->holders, 1, memory_order_acq_rel) > 1) {
		return;
	}
	catalog_release(entry->walk.catalog);
	pthread_mutex_destroy(&entry->lock);
	free(entry->elements);
	free(entry->sums);
	free(entry);
}

static size_t entry_size(const struct walk_entry *entry)
{
	return (entry->walk.station_count + 1) * sizeof(*entry->sums);
}

/* Adds up stations from `at` on; returns how many are done then. */
static size_t add_up(const struct walk *walk, int64_t *sums, size_t at, size_t effort)
{
	sums[0] = 0;
	for (size_t done = 0; at < walk->station_count && done < effort; at++) {
		const struct catalog_station *station = walk_station(walk, at);

		sums[at + 1] = sums[at] + walk_count(walk, station);
		done += STATION_EFFORT +
			(walk->calculator == WALK_DAYS ? station->block_count : 0);
	}
	return at;
}

/* Whoever finds another at it leaves it to that one. */
static bool entry_go_on(struct walk_entry *entry, size_t effort)
{
	if (!atomic_load_explicit(&entry->ready, memory_order_acquire) &&
		pthread_mutex_trylock(&entry->lock) == 0) {
		entry->at = add_up(&entry->walk, entry->sums, entry->at, effort);
		atomic_store_explicit(&entry->ready, entry->at == entry->walk.station_count,
			memory_order_release);
		pthread_mutex_unlock(&entry->lock);
	}
	return atomic_load_explicit(&entry->ready, memory_order_acquire);
}

/* -- The cache ---------------------------------------------------------- */

struct walk_cache *walk_cache_create(void)
{
	struct walk_cache *cache = memory_new(struct walk_cache);

	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void drop(struct walk_cache *cache, size_t i)
{
	entry_release(cache->entries[i]);
	cache->entries[i] = NULL;
}

void walk_cache_renew(struct walk_cache *cache, const struct catalog *newest)
{
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		if (cache->entries[i] != NULL && cache->entries[i]->walk.catalog != newest) {
			drop(cache, i);
		}
	}
	pthread_mutex_unlock(&cache->lock);
}

void walk_cache_destroy(struct walk_cache *cache)
{
	if (cache != NULL) {
		walk_cache_renew(cache, NULL);
		pthread_mutex_destroy(&cache->lock);
	}
	free(cache);
}

static bool is_same(const struct walk *a, const struct walk *b)
{
	return a->catalog == b->catalog && a->calculator == b->calculator &&
	       a->first_day == b->first_day && a->last_day == b->last_day &&
	       a->months == b->months &&
	       (a->calculator != WALK_DAYS ||
		       memcmp(a->elements, b->elements, a->catalog->element_count) == 0);
}

static struct walk_entry *find(struct walk_cache *cache, const struct walk *walk)
{
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		if (cache->entries[i] != NULL && is_same(&cache->entries[i]->walk, walk)) {
			return cache->entries[i];
		}
	}
	return NULL;
}

static bool is_older(const struct walk_entry *a, const struct walk_entry *b)
{
	return b == NULL || (a != NULL && a->used < b->used);
}

/* A free place, with room for so many bytes more. */
static size_t make_room(struct walk_cache *cache, size_t more)
{
	for (;;) {
		size_t bytes = more, oldest = 0, empty = CACHE_ENTRIES;
		struct walk_entry *least = NULL;

		for (size_t i = 0; i < CACHE_ENTRIES; i++) {
			struct walk_entry *entry = cache->entries[i];

			if (entry == NULL) {
				empty = i;
				continue;
			}
			bytes += entry_size(entry);
			if (is_older(entry, least)) {
				least = entry;
				oldest = i;
			}
		}
		if (least == NULL || (empty < CACHE_ENTRIES && bytes <= CACHE_BYTES)) {
			return empty;
		}
		drop(cache, oldest);
	}
}

/* Held for the caller. */
static struct walk_entry *take(struct walk_cache *cache, const struct walk *walk)
{
	struct walk_entry *entry;

	pthread_mutex_lock(&cache->lock);
	entry = find(cache, walk);
	if (entry == NULL) {
		entry = entry_create(walk);
		cache->entries[make_room(cache, entry_size(entry))] = entry;
	}
	entry->used = ++cache->clock;
	entry_hold(entry);
	pthread_mutex_unlock(&cache->lock);
	return entry;
}

/* -- Sums --------------------------------------------------------------- */

static bool is_over_many(const struct walk *walk)
{
	return walk->calculator != WALK_STATIONS &&
	       walk->station_count > walk->catalog->station_count / MANY;
}

void walk_sums_begin(struct walk_sums *sums, const struct walk *walk, struct walk_cache *cache,
	struct arena *arena)
{
	*sums = (struct walk_sums){ 0 };
	if (walk->stations != NULL) {
		sums->own = arena_take(arena, (walk->station_count + 1) * sizeof(*sums->own));
		sums->own[0] = 0;
	}
	if (walk->stations == NULL || is_over_many(walk)) {
		sums->entry = take(cache, walk);
	}
}

/* From sums over all stations, which other pages of the same need too. */
static size_t add_up_known(
	const struct walk *walk, const int64_t *known, struct walk_sums *sums, size_t effort)
{
	size_t end = sums->at + effort / STATION_EFFORT, i = sums->at;

	for (; i < walk->station_count && i <= end; i++) {
		size_t station = walk->stations[i];

		sums->own[i + 1] = sums->own[i] + known[station + 1] - known[station];
	}
	return i;
}

bool walk_sums_go_on(struct walk_sums *sums, const struct walk *walk, size_t effort)
{
	const int64_t *known = NULL;

	if (sums->entry != NULL) {
		if (!entry_go_on(sums->entry, effort)) {
			return false;
		}
		known = sums->entry->sums;
	}
	if (sums->own == NULL) {
		sums->rows = known;
		return true;
	}
	sums->at = known != NULL ? add_up_known(walk, known, sums, effort)
				 : add_up(walk, sums->own, sums->at, effort);
	if (sums->at < walk->station_count) {
		return false;
	}
	sums->rows = sums->own;
	return true;
}

void walk_sums_finish(struct walk_sums *sums)
{
	entry_release(sums->entry);
	*sums = (struct walk_sums){ 0 };
}

size_t walk_sums_size(const struct walk *walk, struct walk_cache *cache)
{
	size_t own = walk->stations != NULL ? (walk->station_count + 1) * sizeof(int64_t) : 0;
	bool known;

	if (walk->stations != NULL && !is_over_many(walk)) {
		return own;
	}
	pthread_mutex_lock(&cache->lock);
	known = find(cache, walk) != NULL;
	pthread_mutex_unlock(&cache->lock);
	return own + (known ? 0 : (walk->catalog->station_count + 1) * sizeof(int64_t));
}

/* Sums of scans over all stations: each page of a query over all stations needs them. They are
 * added up slice by slice, by the requests that wait for them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "scan/scan.h"

enum {
	CACHE_ENTRIES = 16,
	CACHE_BYTES = 8 * 1024 * 1024,
	STATION_EFFORT = 4, /* blocks that cost as much as a station itself */
	MANY = 8            /* a scan over more than one in so many stations is over many */
};

/* Reference-counted: held by the cache, and by each request that waits for the sums or uses
 * them. */
struct scan_entry {
	struct scan scan; /* without stations; the catalog is held */
	bool *elements;   /* that scan.elements points to */
	int64_t *sums;
	pthread_mutex_t lock; /* of `at`, and of the sums until they are ready */
	size_t at;            /* stations that are done */
	atomic_bool ready;
	atomic_uint holders;
	uint64_t used; /* cache->clock at the last use; the least is evicted */
};

struct scan_cache {
	pthread_mutex_t lock;
	struct scan_entry *entries[CACHE_ENTRIES];
	uint64_t clock;
};

/* -- Entries ------------------------------------------------------------ */

static struct scan_entry *entry_create(const struct scan *scan)
{
	struct scan_entry *entry = memory_new(struct scan_entry);

	entry->scan = *scan;
	entry->scan.stations = NULL;
	entry->scan.keys = NULL;
	entry->scan.station_count = scan->catalog->station_count;
	entry->scan.catalog = catalog_hold(scan->catalog);
	entry->elements = memory_array(scan->catalog->element_count + 1, sizeof(bool));
	if (scan->calculator == SCAN_DAYS) {
		memcpy(entry->elements, scan->elements, scan->catalog->element_count);
	}
	entry->scan.elements = entry->elements;
	entry->sums = memory_array(entry->scan.station_count + 1, sizeof(*entry->sums));
	pthread_mutex_init(&entry->lock, NULL);
	atomic_init(&entry->holders, 1);
	return entry;
}

static struct scan_entry *entry_hold(struct scan_entry *entry)
{
	atomic_fetch_add_explicit(&entry->holders, 1, memory_order_relaxed);
	return entry;
}

static void entry_release(struct scan_entry *entry)
{
	if (entry == NULL ||
		atomic_fetch_sub_explicit(&entry->holders, 1, memory_order_acq_rel) > 1) {
		return;
	}
	catalog_release(entry->scan.catalog);
	pthread_mutex_destroy(&entry->lock);
	free(entry->elements);
	free(entry->sums);
	free(entry);
}

static size_t entry_size(const struct scan_entry *entry)
{
	return (entry->scan.station_count + 1) * sizeof(*entry->sums);
}

/* Adds up stations from `at` on. Returns the number of stations that are done. */
static size_t add_up(const struct scan *scan, int64_t *sums, size_t at, size_t effort)
{
	sums[0] = 0;
	for (size_t done = 0; at < scan->station_count && done < effort; at++) {
		const struct catalog_station *station = scan_station(scan, at);

		sums[at + 1] = sums[at] + scan_count(scan, station);
		done += STATION_EFFORT +
			(scan->calculator == SCAN_DAYS ? station->block_count : 0);
	}
	return at;
}

/* Adds up a slice, unless another loop is adding up the same sums. True: they are ready. */
static bool entry_go_on(struct scan_entry *entry, size_t effort)
{
	if (!atomic_load_explicit(&entry->ready, memory_order_acquire) &&
		pthread_mutex_trylock(&entry->lock) == 0) {
		entry->at = add_up(&entry->scan, entry->sums, entry->at, effort);
		atomic_store_explicit(&entry->ready, entry->at == entry->scan.station_count,
			memory_order_release);
		pthread_mutex_unlock(&entry->lock);
	}
	return atomic_load_explicit(&entry->ready, memory_order_acquire);
}

/* -- The cache ---------------------------------------------------------- */

struct scan_cache *scan_cache_create(void)
{
	struct scan_cache *cache = memory_new(struct scan_cache);

	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void drop(struct scan_cache *cache, size_t i)
{
	entry_release(cache->entries[i]);
	cache->entries[i] = NULL;
}

void scan_cache_renew(struct scan_cache *cache, const struct catalog *newest)
{
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		if (cache->entries[i] != NULL && cache->entries[i]->scan.catalog != newest) {
			drop(cache, i);
		}
	}
	pthread_mutex_unlock(&cache->lock);
}

void scan_cache_destroy(struct scan_cache *cache)
{
	if (cache != NULL) {
		scan_cache_renew(cache, NULL);
		pthread_mutex_destroy(&cache->lock);
	}
	free(cache);
}

static bool is_same(const struct scan *a, const struct scan *b)
{
	return a->catalog == b->catalog && a->calculator == b->calculator &&
	       a->first_day == b->first_day && a->last_day == b->last_day &&
	       a->months == b->months &&
	       (a->calculator != SCAN_DAYS ||
		       memcmp(a->elements, b->elements, a->catalog->element_count) == 0);
}

static struct scan_entry *find(struct scan_cache *cache, const struct scan *scan)
{
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		if (cache->entries[i] != NULL && is_same(&cache->entries[i]->scan, scan)) {
			return cache->entries[i];
		}
	}
	return NULL;
}

static bool is_older(const struct scan_entry *a, const struct scan_entry *b)
{
	return b == NULL || (a != NULL && a->used < b->used);
}

/* Evicts entries until `more` bytes fit. Returns the index of a free place. */
static size_t make_room(struct scan_cache *cache, size_t more)
{
	for (;;) {
		size_t bytes = more, oldest = 0, empty = CACHE_ENTRIES;
		struct scan_entry *least = NULL;

		for (size_t i = 0; i < CACHE_ENTRIES; i++) {
			struct scan_entry *entry = cache->entries[i];

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

/* The entry of the scan, held for the caller. */
static struct scan_entry *hold_entry(struct scan_cache *cache, const struct scan *scan)
{
	struct scan_entry *entry;

	pthread_mutex_lock(&cache->lock);
	entry = find(cache, scan);
	if (entry == NULL) {
		entry = entry_create(scan);
		cache->entries[make_room(cache, entry_size(entry))] = entry;
	}
	entry->used = ++cache->clock;
	entry_hold(entry);
	pthread_mutex_unlock(&cache->lock);
	return entry;
}

/* -- Sums --------------------------------------------------------------- */

static bool is_over_many(const struct scan *scan)
{
	return scan->calculator != SCAN_STATIONS &&
	       scan->station_count > scan->catalog->station_count / MANY;
}

void scan_sums_begin(struct scan_sums *sums, const struct scan *scan, struct scan_cache *cache,
	struct arena *arena)
{
	*sums = (struct scan_sums){ 0 };
	if (scan->stations != NULL) {
		sums->own = arena_take(arena, (scan->station_count + 1) * sizeof(*sums->own));
		sums->own[0] = 0;
	}
	if (scan->stations == NULL || is_over_many(scan)) {
		sums->entry = hold_entry(cache, scan);
	}
}

/* Adds up the scan's stations from sums over all stations. */
static size_t add_up_known(
	const struct scan *scan, const int64_t *known, struct scan_sums *sums, size_t effort)
{
	size_t end = sums->at + effort / STATION_EFFORT, i = sums->at;

	for (; i < scan->station_count && i <= end; i++) {
		size_t station = scan->stations[i];

		sums->own[i + 1] = sums->own[i] + known[station + 1] - known[station];
	}
	return i;
}

bool scan_sums_go_on(struct scan_sums *sums, const struct scan *scan, size_t effort)
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
	sums->at = known != NULL ? add_up_known(scan, known, sums, effort)
				 : add_up(scan, sums->own, sums->at, effort);
	if (sums->at < scan->station_count) {
		return false;
	}
	sums->rows = sums->own;
	return true;
}

void scan_sums_finish(struct scan_sums *sums)
{
	entry_release(sums->entry);
	*sums = (struct scan_sums){ 0 };
}

size_t scan_sums_size(const struct scan *scan, struct scan_cache *cache)
{
	size_t own = scan->stations != NULL ? (scan->station_count + 1) * sizeof(int64_t) : 0;
	bool known;

	if (scan->stations != NULL && !is_over_many(scan)) {
		return own;
	}
	pthread_mutex_lock(&cache->lock);
	known = find(cache, scan) != NULL;
	pthread_mutex_unlock(&cache->lock);
	return own + (known ? 0 : (scan->catalog->station_count + 1) * sizeof(int64_t));
}

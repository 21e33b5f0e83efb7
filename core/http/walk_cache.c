/* Sums over all stations are kept: they are what a walk through everything asks for
 * again and again. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "http/walk.h"

enum {
	CACHE_ENTRIES = 8,
	MANY = 8 /* a walk over more than one in so many stations is over many */
};

static void add_up(const struct walk *walk, int64_t *sums)
{
	sums[0] = 0;
	for (size_t i = 0; i < walk->station_count; i++) {
		sums[i + 1] = sums[i] + walk_count(walk, walk_station(walk, i));
	}
}

struct walk_entry {
	struct walk walk; /* without stations; the catalog is held */
	bool *elements;   /* what walk.elements points to */
	int64_t *sums;
	uint64_t used; /* when; the least is thrown out */
};

struct walk_cache {
	struct walk_entry entries[CACHE_ENTRIES];
	uint64_t clock;
};

struct walk_cache *walk_cache_create(void)
{
	return memory_new(struct walk_cache);
}

static void entry_finish(struct walk_entry *entry)
{
	catalog_release(entry->walk.catalog);
	free(entry->elements);
	free(entry->sums);
	*entry = (struct walk_entry){ 0 };
}

void walk_cache_clear(struct walk_cache *cache)
{
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		entry_finish(&cache->entries[i]);
	}
}

void walk_cache_destroy(struct walk_cache *cache)
{
	if (cache != NULL) {
		walk_cache_clear(cache);
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

static void entry_init(struct walk_entry *entry, const struct walk *walk)
{
	entry->walk = *walk;
	entry->walk.catalog = catalog_hold(walk->catalog);
	if (walk->calculator == WALK_DAYS) {
		entry->elements = memory_array(walk->catalog->element_count, sizeof(bool));
		memcpy(entry->elements, walk->elements, walk->catalog->element_count);
		entry->walk.elements = entry->elements;
	}
	entry->sums = memory_array(walk->station_count + 1, sizeof(*entry->sums));
	add_up(walk, entry->sums);
}

static const int64_t *cached_sums(struct walk_cache *cache, const struct walk *walk)
{
	struct walk_entry *oldest = &cache->entries[0];

	cache->clock++;
	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		struct walk_entry *entry = &cache->entries[i];

		if (entry->sums != NULL && is_same(&entry->walk, walk)) {
			entry->used = cache->clock;
			return entry->sums;
		}
		oldest = entry->used < oldest->used ? entry : oldest;
	}
	entry_finish(oldest);
	entry_init(oldest, walk);
	oldest->used = cache->clock;
	return oldest->sums;
}

/* From sums over all stations, which other pages of the same need too. */
static void add_up_known(const struct walk *walk, struct walk_cache *cache, int64_t *sums)
{
	struct walk all = *walk;
	const int64_t *known;

	all.stations = NULL;
	all.station_count = walk->catalog->station_count;
	known = cached_sums(cache, &all);
	sums[0] = 0;
	for (size_t i = 0; i < walk->station_count; i++) {
		size_t station = walk->stations[i];

		sums[i + 1] = sums[i] + known[station + 1] - known[station];
	}
}

const int64_t *walk_sums(const struct walk *walk, struct walk_cache *cache, struct arena *arena)
{
	int64_t *sums;

	if (walk->stations == NULL) {
		return cached_sums(cache, walk);
	}
	sums = arena_alloc(arena, (walk->station_count + 1) * sizeof(*sums));
	if (walk->calculator != WALK_STATIONS &&
		walk->station_count > walk->catalog->station_count / MANY) {
		add_up_known(walk, cache, sums);
	} else {
		add_up(walk, sums);
	}
	return sums;
}

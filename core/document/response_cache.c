#include "document/response_cache.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/container.h"
#include "base/lru.h"
#include "base/memory.h"
#include "catalog/catalog.h"

enum {
	SHARDS = 8,
	SEEN = 8192, /* hashes of requests, over all shards */
	OVERHEAD = 64,
	BODY_MAX = 256 * 1024,
	IDLE_MAX = 5 /* s without a hit */
};

struct cached_response {
	struct lru_entry entry;   /* first: one is cast to the other */
	struct response response; /* what it points to is in `bytes` */
	atomic_uint holders;
	const char *target, *accept, *coding;
	char bytes[];
};

struct shard {
	pthread_mutex_t lock;
	struct lru lru;
	uint64_t hits, misses;
	uint32_t seen[SEEN / SHARDS]; /* hashes */
};

struct response_cache {
	struct shard shards[SHARDS];
	_Atomic uint64_t hits_before; /* at the last call of response_cache_evict_idle() */
	_Atomic int idle;             /* calls without a hit */
};

/* -- Life --------------------------------------------------------------- */

void response_release(const struct response *response)
{
	union {
		const struct response *constant;
		struct response *response;
	} cast = { .constant = response };
	struct cached_response *cached;

	if (response == NULL) {
		return;
	}
	cached = container_of(cast.response, struct cached_response, response);
	if (atomic_fetch_sub_explicit(&cached->holders, 1, memory_order_acq_rel) == 1) {
		free(cached);
	}
}

static void drop(struct lru_entry *entry)
{
	response_release(&((struct cached_response *)entry)->response);
}

struct response_cache *response_cache_create(size_t limit)
{
	struct response_cache *cache = memory_new(struct response_cache);

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&cache->shards[i].lock, NULL);
		lru_init(&cache->shards[i].lru, limit / SHARDS, drop);
	}
	return cache;
}

void response_cache_destroy(struct response_cache *cache)
{
	for (size_t i = 0; cache != NULL && i < SHARDS; i++) {
		lru_finish(&cache->shards[i].lru);
		pthread_mutex_destroy(&cache->shards[i].lock);
	}
	free(cache);
}

/* -- Finding ------------------------------------------------------------ */

static const char *text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* Hash of all of a request that its response depends on. */
static uint64_t hash_of(const struct alm_request *request)
{
	const char *accept = request->http.header[HEADER_ACCEPT];
	const char *coding = request->http.header[HEADER_ACCEPT_ENCODING];
	uint64_t hash = XXH3_64bits(request->http.target, strlen(request->http.target));

	if (accept != NULL) {
		hash ^= XXH3_64bits_withSeed(accept, strlen(accept), HEADER_ACCEPT + 1);
	}
	if (coding != NULL) {
		hash ^= XXH3_64bits_withSeed(
			coding, strlen(coding), HEADER_ACCEPT_ENCODING + 1);
	}
	return hash;
}

static struct shard *shard_of(struct response_cache *cache, uint64_t hash)
{
	return &cache->shards[hash >> 61];
}

static struct cached_response *find(
	const struct shard *shard, const struct alm_request *request, uint64_t hash)
{
	struct lru_entry *entry = lru_first(&shard->lru, hash);

	while (entry != NULL) {
		struct cached_response *cached = (struct cached_response *)entry;

		if (strcmp(cached->target, request->http.target) == 0 &&
			strcmp(cached->accept,
				text_or_empty(request->http.header[HEADER_ACCEPT])) == 0 &&
			strcmp(cached->coding,
				text_or_empty(request->http.header[HEADER_ACCEPT_ENCODING])) ==
				0) {
			return cached;
		}
		entry = lru_next(entry);
	}
	return NULL;
}

const struct response *response_cache_find(
	struct response_cache *cache, const struct alm_request *request)
{
	uint64_t hash = hash_of(request);
	struct shard *shard = shard_of(cache, hash);
	struct cached_response *cached;

	if (shard->lru.limit == 0) {
		return NULL;
	}
	pthread_mutex_lock(&shard->lock);
	cached = find(shard, request, hash);
	if (cached != NULL) {
		shard->hits++;
		lru_touch(&shard->lru, &cached->entry);
		atomic_fetch_add_explicit(&cached->holders, 1, memory_order_relaxed);
	} else {
		shard->misses++;
	}
	pthread_mutex_unlock(&shard->lock);
	return cached != NULL ? &cached->response : NULL;
}

/* -- Storing ------------------------------------------------------------ */

/* Copies the text to *to, and moves *to behind it. */
static const char *put(char **to, const char *text, size_t length)
{
	char *copy = *to;

	memcpy(copy, text, length);
	copy[length] = '\0';
	*to += length + 1;
	return copy;
}

static struct cached_response *make(
	const struct alm_request *request, const struct response *response, uint64_t hash)
{
	const char *accept = text_or_empty(request->http.header[HEADER_ACCEPT]);
	const char *coding = text_or_empty(request->http.header[HEADER_ACCEPT_ENCODING]);
	size_t size = sizeof(struct cached_response) + strlen(request->http.target) +
		      strlen(accept) + strlen(coding) + strlen(response->headers) +
		      response->length + 5;
	struct cached_response *cached = memory_array(1, size);
	char *p = cached->bytes;

	cached->entry.hash = hash;
	cached->entry.weight = size + OVERHEAD;
	cached->response = *response;
	cached->target = put(&p, request->http.target, strlen(request->http.target));
	cached->accept = put(&p, accept, strlen(accept));
	cached->coding = put(&p, coding, strlen(coding));
	cached->response.headers = put(&p, response->headers, strlen(response->headers));
	if (response->body != NULL) {
		cached->response.body = put(&p, response->body, response->length);
	}
	atomic_init(&cached->holders, 1);
	return cached;
}

/* Whether the request was seen before, until another of the same slot was; marks it as seen. */
static bool check_seen(struct shard *shard, uint64_t hash)
{
	uint32_t *seen = &shard->seen[hash % (SEEN / SHARDS)],
		 mark = (uint32_t)(hash >> 24) | 1;
	bool was = *seen == mark;

	*seen = mark;
	return was;
}

void response_cache_store(struct response_cache *cache, const struct alm_request *request,
	const struct response *response)
{
	uint64_t hash = hash_of(request);
	struct shard *shard = shard_of(cache, hash);
	struct cached_response *cached;

	if (shard->lru.limit == 0 || response->length > BODY_MAX) {
		return;
	}
	pthread_mutex_lock(&shard->lock);
	cached = find(shard, request, hash);
	if (cached != NULL && ((cached->response.body == NULL && response->body != NULL) ||
				      !dataset_same(cached->response.id, response->id))) {
		lru_remove(&shard->lru, &cached->entry);
		cached = NULL;
	}
	if (check_seen(shard, hash) && cached == NULL) {
		lru_insert(&shard->lru, &make(request, response, hash)->entry);
	}
	pthread_mutex_unlock(&shard->lock);
}

/* -- Figures and eviction ----------------------------------------------- */

void response_cache_figures(
	struct response_cache *cache, struct response_cache_figures *figures)
{
	*figures = (struct response_cache_figures){ 0 };
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		figures->hits += shard->hits;
		figures->misses += shard->misses;
		figures->entries += shard->lru.count;
		figures->bytes += shard->lru.weight;
		figures->limit += shard->lru.limit;
		pthread_mutex_unlock(&shard->lock);
	}
}

void response_cache_evict_idle(struct response_cache *cache)
{
	struct response_cache_figures figures;

	response_cache_figures(cache, &figures);
	if (figures.hits != cache->hits_before) {
		cache->hits_before = figures.hits;
		cache->idle = 0;
		return;
	}
	if (++cache->idle < IDLE_MAX) {
		return;
	}
	cache->idle = 0;
	for (size_t i = 0; i < SHARDS && figures.entries > 0; i++) {
		struct shard *shard = &cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		lru_clear(&shard->lru);
		pthread_mutex_unlock(&shard->lock);
	}
#ifdef __GLIBC__
	if (figures.entries > 0) {
		malloc_trim(0); /* free() alone does not return it to the system */
	}
#endif
}

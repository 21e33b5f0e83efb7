#include "document/response_cache.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/lru.h"
#include "base/memory.h"
#include "catalog/catalog.h"

enum {
	SHARDS = 8,
	SEEN = 8192, /* requests that are remembered, about; each shard has its part */
	OVERHEAD = 64,
	BODY_MAX = 256 * 1024,
	PATIENCE = 5 /* s without a hit */
};

struct kept {
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
	_Atomic int tired;            /* calls without a hit */
};

/* -- Life --------------------------------------------------------------- */

static struct kept *kept_of(const struct response *response)
{
	union {
		const char *bytes;
		struct kept *kept;
	} cast = { .bytes = (const char *)response - offsetof(struct kept, response) };

	return cast.kept;
}

void response_release(const struct response *response)
{
	struct kept *kept;

	if (response == NULL) {
		return;
	}
	kept = kept_of(response);
	if (atomic_fetch_sub_explicit(&kept->holders, 1, memory_order_acq_rel) == 1) {
		free(kept);
	}
}

static void drop(struct lru_entry *entry)
{
	response_release(&((struct kept *)entry)->response);
}

struct response_cache *response_cache_create(size_t limit)
{
	struct response_cache *response_cache = memory_new(struct response_cache);

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&response_cache->shards[i].lock, NULL);
		lru_init(&response_cache->shards[i].lru, limit / SHARDS, drop);
	}
	return response_cache;
}

void response_cache_destroy(struct response_cache *response_cache)
{
	for (size_t i = 0; response_cache != NULL && i < SHARDS; i++) {
		lru_finish(&response_cache->shards[i].lru);
		pthread_mutex_destroy(&response_cache->shards[i].lock);
	}
	free(response_cache);
}

/* -- Finding ------------------------------------------------------------ */

static const char *text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* Everything of a request that its answer depends on. */
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

static struct shard *shard_of(struct response_cache *response_cache, uint64_t hash)
{
	return &response_cache->shards[hash >> 61];
}

static struct kept *find(
	const struct shard *shard, const struct alm_request *request, uint64_t hash)
{
	struct lru_entry *entry = lru_first(&shard->lru, hash);

	while (entry != NULL) {
		struct kept *kept = (struct kept *)entry;

		if (strcmp(kept->target, request->http.target) == 0 &&
			strcmp(kept->accept,
				text_or_empty(request->http.header[HEADER_ACCEPT])) == 0 &&
			strcmp(kept->coding,
				text_or_empty(request->http.header[HEADER_ACCEPT_ENCODING])) ==
				0) {
			return kept;
		}
		entry = lru_next(entry);
	}
	return NULL;
}

const struct response *response_cache_find(
	struct response_cache *response_cache, const struct alm_request *request)
{
	uint64_t hash = hash_of(request);
	struct shard *shard = shard_of(response_cache, hash);
	struct kept *kept;

	if (shard->lru.limit == 0) {
		return NULL;
	}
	pthread_mutex_lock(&shard->lock);
	kept = find(shard, request, hash);
	if (kept != NULL) {
		shard->hits++;
		lru_touch(&shard->lru, &kept->entry);
		atomic_fetch_add_explicit(&kept->holders, 1, memory_order_relaxed);
	} else {
		shard->misses++;
	}
	pthread_mutex_unlock(&shard->lock);
	return kept != NULL ? &kept->response : NULL;
}

/* -- Keeping ------------------------------------------------------------ */

/* Copies the text to *to, and moves that behind it. */
static const char *put(char **to, const char *text, size_t length)
{
	char *copy = *to;

	memcpy(copy, text, length);
	copy[length] = '\0';
	*to += length + 1;
	return copy;
}

static struct kept *make(
	const struct alm_request *request, const struct response *response, uint64_t hash)
{
	const char *accept = text_or_empty(request->http.header[HEADER_ACCEPT]);
	const char *coding = text_or_empty(request->http.header[HEADER_ACCEPT_ENCODING]);
	size_t size = sizeof(struct kept) + strlen(request->http.target) + strlen(accept) +
		      strlen(coding) + strlen(response->headers) + response->length + 5;
	struct kept *kept = memory_array(1, size);
	char *p = kept->bytes;

	kept->entry.hash = hash;
	kept->entry.weight = size + OVERHEAD;
	kept->response = *response;
	kept->target = put(&p, request->http.target, strlen(request->http.target));
	kept->accept = put(&p, accept, strlen(accept));
	kept->coding = put(&p, coding, strlen(coding));
	kept->response.headers = put(&p, response->headers, strlen(response->headers));
	if (response->body != NULL) {
		kept->response.body = put(&p, response->body, response->length);
	}
	atomic_init(&kept->holders, 1);
	return kept;
}

/* Whether the request was seen a while ago; it is now. */
static bool was_seen(struct shard *shard, uint64_t hash)
{
	uint32_t *seen = &shard->seen[hash % (SEEN / SHARDS)],
		 mark = (uint32_t)(hash >> 24) | 1;
	bool was = *seen == mark;

	*seen = mark;
	return was;
}

void response_cache_keep(struct response_cache *response_cache,
	const struct alm_request *request, const struct response *response)
{
	uint64_t hash = hash_of(request);
	struct shard *shard = shard_of(response_cache, hash);
	struct kept *kept;

	if (shard->lru.limit == 0 || response->length > BODY_MAX) {
		return;
	}
	pthread_mutex_lock(&shard->lock);
	kept = find(shard, request, hash);
	if (kept != NULL && ((kept->response.body == NULL && response->body != NULL) ||
				    !dataset_same(kept->response.id, response->id))) {
		lru_remove(&shard->lru, &kept->entry);
		kept = NULL;
	}
	if (was_seen(shard, hash) && kept == NULL) {
		lru_insert(&shard->lru, &make(request, response, hash)->entry);
	}
	pthread_mutex_unlock(&shard->lock);
}

/* -- Giving back -------------------------------------------------------- */

void response_cache_figures(
	struct response_cache *response_cache, struct response_cache_figures *figures)
{
	*figures = (struct response_cache_figures){ 0 };
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &response_cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		figures->hits += shard->hits;
		figures->misses += shard->misses;
		figures->entries += shard->lru.count;
		figures->bytes += shard->lru.weight;
		figures->limit += shard->lru.limit;
		pthread_mutex_unlock(&shard->lock);
	}
}

void response_cache_evict_idle(struct response_cache *response_cache)
{
	struct response_cache_figures figures;

	response_cache_figures(response_cache, &figures);
	if (figures.hits != response_cache->hits_before) {
		response_cache->hits_before = figures.hits;
		response_cache->tired = 0;
		return;
	}
	if (++response_cache->tired < PATIENCE) {
		return;
	}
	response_cache->tired = 0;
	for (size_t i = 0; i < SHARDS && figures.entries > 0; i++) {
		struct shard *shard = &response_cache->shards[i];

		pthread_mutex_lock(&shard->lock);
		lru_clear(&shard->lru);
		pthread_mutex_unlock(&shard->lock);
	}
#ifdef __GLIBC__
	if (figures.entries > 0) {
		malloc_trim(0); /* which free() alone does not do */
	}
#endif
}

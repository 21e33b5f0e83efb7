/* Response cache: complete responses, encoded, for the same request while the data are the
 * same. A response is stored at its second request, so that one that is not repeated costs
 * nothing. Shared by all loops. */
#ifndef ALMANAC_DOCUMENT_RESPONSE_CACHE_H
#define ALMANAC_DOCUMENT_RESPONSE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "catalog/dataset.h"
#include "document/validator.h"
#include "route/request.h"

struct response_cache;

/* Immutable and reference-counted. */
struct response {
	const struct route *route;
	struct dataset_id id;             /* of its data */
	const char *media_type, *headers; /* header lines, each ended by CRLF */
	size_t validators; /* bytes of headers that a 304 has too, without ETag */
	struct entity_tags tags;
	enum encoding coding;
	const char *body; /* NULL: not stored; only a 304 can be sent */
	size_t length, row_count;
};

/* `limit`: bytes, with the overhead of entries; 0: stores nothing. */
struct response_cache *response_cache_create(size_t limit);
void response_cache_destroy(struct response_cache *cache);

/* [loop] The response to the request, held for the caller; NULL: there is none. It is current
 * while response->id is the identity of the newest data. */
const struct response *response_cache_find(
	struct response_cache *cache, const struct alm_request *request);

/* [any] */
void response_release(const struct response *response);

/* [loop] Stores a copy, if the request was seen before. */
void response_cache_store(struct response_cache *cache, const struct alm_request *request,
	const struct response *response);

/* [any] Frees all responses after some seconds without a hit; to be called once a second. */
void response_cache_evict_idle(struct response_cache *cache);

struct response_cache_figures {
	uint64_t hits, misses;
	size_t entries, bytes, limit;
};
void response_cache_figures(
	struct response_cache *cache, struct response_cache_figures *figures);

#endif

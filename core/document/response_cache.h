/* Response cache: complete answers as they left, for the same request while the data are the
 * same. An answer is kept when it is asked for the second time within a while, so that one that
 * is not repeated costs nothing. Shared by all loops. */
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

/* Immutable and counted. */
struct response {
	const struct route *route;
	struct dataset_id id;             /* of the data that it tells */
	const char *media_type, *headers; /* header lines, each ended by CRLF */
	size_t validators; /* of them, bytes that a 304 has too, but for its tag */
	struct entity_tags tags;
	enum encoding coding; /* of the answer */
	const char *body;     /* NULL: only that the client has it can be answered */
	size_t length, row_count;
};

/* `limit`: bytes, with what the answers need besides; 0: keeps none. */
struct response_cache *response_cache_create(size_t limit);
void response_cache_destroy(struct response_cache *response_cache);

/* [loop] The answer that was given to the request before, held for the caller; NULL: there is
 * none. It holds while response->id is the identity of the newest data. */
const struct response *response_cache_find(
	struct response_cache *response_cache, const struct alm_request *request);

/* [any] */
void response_release(const struct response *response);

/* [loop] Keeps a copy, if the request has been seen before. */
void response_cache_keep(struct response_cache *response_cache,
	const struct alm_request *request, const struct response *response);

/* [any] Gives all of it back if nothing was found for a while; to be called once a second. */
void response_cache_evict_idle(struct response_cache *response_cache);

struct response_cache_figures {
	uint64_t hits, misses;
	size_t entries, bytes, limit;
};
void response_cache_figures(
	struct response_cache *response_cache, struct response_cache_figures *figures);

#endif

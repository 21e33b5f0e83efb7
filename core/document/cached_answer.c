#include "document/cached_answer.h"

#include <stddef.h>

#include "catalog/catalog.h"
#include "document/answer.h"
#include "document/response_cache.h"
#include "fetch/fetch.h"
#include "http/http.h"
#include "reply/if_none_match.h"
#include "reply/reply.h"
#include "route/services.h"

struct kept_wait {
	struct fetch fetch; /* of the version */
	struct alm_request *request;
	const struct response *response; /* held */
	void (*otherwise)(struct alm_request *request);
};

static void reply_304(
	struct alm_request *request, const struct response *response, enum encoding known)
{
	struct buffer nothing = { 0 }, *headers = &request->services->http->headers;

	headers->length = 0;
	buffer_append(headers, response->headers, response->validators);
	buffer_printf(headers, "ETag: %s\r\n", response->tags.text[known]);
	reply_body(&request->http, 304, NULL, buffer_text(headers), &nothing);
	response_release(response);
}

static void release(const void *response)
{
	response_release(response);
}

/* 200, or 304 if the client has it already, with an answer that is held by the caller; it is
 * taken over. False: it was not kept whole, and the client has it not. */
static bool reply_kept(struct alm_request *request, const struct response *response)
{
	struct exchange *exchange = &request->http;
	int known = if_none_match_find_or(exchange, &response->tags, response->coding);

	if (response->body == NULL && (known < 0 || if_none_match_is_any(exchange))) {
		response_release(response);
		return false;
	}
	request->route = response->route;
	if (known >= 0) {
		reply_304(request, response, (enum encoding)known);
		return true;
	}
	request->row_count = response->row_count;
	if (!reply_head(
		    exchange, 200, response->media_type, response->headers, response->length) ||
		exchange->method == METHOD_HEAD) {
		response_release(response);
		return true;
	}
	exchange->kept =
		(struct shared_body){ response->body, response->length, response, release };
	exchange->bytes += response->length;
	return true;
}

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct kept_wait *wait =
		(struct kept_wait *)((char *)fetch - offsetof(struct kept_wait, fetch));
	struct alm_request *request = wait->request;

	bool holds = outcome == POOL_OK && dataset_same(fetch->id, wait->response->id);

	if (request->http.connection == NULL || !holds) {
		response_release(wait->response);
	}
	if (request->http.connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->http.connection != NULL &&
		   !(holds && reply_kept(request, wait->response))) {
		wait->otherwise(request);
	}
	request_drop(request);
}

/* Whether the cached answer is worth a version check: it is not known to be of old data. */
static bool may_hold(const struct alm_request *request, const struct response *response)
{
	const struct catalog *catalog = request->services->catalog;

	return catalog != NULL && dataset_same(response->id, catalog->id);
}

bool cached_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	const struct response *response =
		response_cache_find(request->services->response_cache, request);
	struct kept_wait *wait;
	struct dataset_id id;

	if (response == NULL || !may_hold(request, response)) {
		response_release(response);
		return false;
	}
	if (fetcher_recent(request->services->fetcher, &id) && dataset_same(id, response->id)) {
		return reply_kept(request, response);
	}
	wait = arena_alloc(&request->http.arena, sizeof(*wait));
	wait->fetch.done = on_version;
	wait->request = request;
	wait->response = response;
	wait->otherwise = otherwise;
	request_hold(request);
	fetch_version(request->services->fetcher, &wait->fetch);
	return true;
}

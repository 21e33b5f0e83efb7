#include "document/revalidate.h"

#include "base/container.h"
#include "catalog/catalog.h"
#include "document/answer.h"
#include "document/reply_document.h"
#include "document/response_cache.h"
#include "document/validator.h"
#include "fetch/fetch.h"
#include "http/http.h"
#include "reply/entity_tag.h"
#include "reply/range.h"
#include "reply/reply.h"
#include "route/services.h"

enum { TRIES_MAX = 4 /* catalogs, while data keep changing */ };

/* A request that waits for a version check. */
struct version_wait {
	struct fetch fetch;
	struct fetch_wait catalog_wait;
	struct alm_request *request; /* held */
	struct dataset_id id;        /* of the data that the reply was made of */
	/* Replies, and drops the request. `current`: the newest data are of that id. */
	void (*resume)(struct version_wait *wait, bool current);
	const struct response *response; /* held; NULL: none */
	void (*otherwise)(struct alm_request *request);
	revalidate_refuse_fn *refuse;
	void *arg;
};

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct version_wait *wait = container_of(fetch, struct version_wait, fetch);
	struct alm_request *request = wait->request;
	bool connected = request->http.connection != NULL;

	if (connected && outcome == POOL_OK) {
		wait->resume(wait, dataset_same(fetch->id, wait->id));
		return;
	}
	response_release(wait->response);
	if (connected) {
		answer_failed(request, outcome, result, NULL);
	}
	request_drop(request);
}

static struct version_wait *begin_wait(struct alm_request *request, struct dataset_id id,
	void (*resume)(struct version_wait *wait, bool current))
{
	struct version_wait *wait = arena_alloc(&request->http.arena, sizeof(*wait));

	wait->fetch.done = on_version;
	wait->request = request;
	wait->id = id;
	wait->resume = resume;
	request_hold(request);
	fetch_version(request->services->fetcher, &wait->fetch);
	return wait;
}

/* -- Conditional requests ----------------------------------------------- */

static void resume_conditional(struct version_wait *wait, bool current)
{
	struct alm_request *request = wait->request;

	if (current) {
		reply_not_modified(request);
	} else {
		request->coding = NULL;
		wait->otherwise(request);
	}
	request_drop(request);
}

bool conditional_answer(
	struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	if (!validator_matches(request)) {
		return false;
	}
	begin_wait(request, request->catalog->id, resume_conditional)->otherwise = otherwise;
	return true;
}

/* -- Cached answers ----------------------------------------------------- */

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

static void release_body(const void *response)
{
	response_release(response);
}

/* Replies with the body, or with the range of it that the request asks for (206). */
static void reply_200(struct alm_request *request, const struct response *response)
{
	struct exchange *exchange = &request->http;
	struct buffer *lines = &request->services->http->headers;
	const char *headers = response->headers;
	struct range range = { 0, response->length };
	int status = 200;

	if (range_find(exchange, response->tags.text[response->coding], response->length,
		    &range)) {
		lines->length = 0;
		buffer_puts(lines, headers);
		range_put(lines, &range, response->length);
		headers = buffer_text(lines);
		status = 206;
	}
	if (!reply_head(exchange, status, response->media_type, headers, range.length) ||
		exchange->method == METHOD_HEAD) {
		response_release(response);
		return;
	}
	exchange->shared = (struct shared_body){ response->body + range.first, range.length,
		response, release_body };
	exchange->bytes += range.length;
}

/* Replies 200, or 304 if the client has the response, whose hold is taken over. False: its body
 * was not stored, and the client does not have it. */
static bool reply_cached(struct alm_request *request, const struct response *response)
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
	reply_200(request, response);
	return true;
}

static void resume_cached(struct version_wait *wait, bool current)
{
	struct alm_request *request = wait->request;

	if (!current) {
		response_release(wait->response);
	}
	if (!current || !reply_cached(request, wait->response)) {
		wait->otherwise(request);
	}
	request_drop(request);
}

bool cached_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	const struct response *response =
		response_cache_find(request->services->response_cache, request);
	const struct catalog *catalog = request->services->catalog;
	struct version_wait *wait;
	struct dataset_id id;

	if (response == NULL || catalog == NULL || !dataset_same(response->id, catalog->id)) {
		response_release(response);
		return false;
	}
	if (fetcher_recent(request->services->fetcher, &id) && dataset_same(id, response->id)) {
		return reply_cached(request, response);
	}
	wait = begin_wait(request, response->id, resume_cached);
	wait->response = response;
	wait->otherwise = otherwise;
	return true;
}

/* -- Refusals ----------------------------------------------------------- */

/* Resets the request to what it was before it was dispatched. */
static void dispatch_again(struct alm_request *request)
{
	request->claimed = request->planned = request->has_read = request->mixed = false;
	request->answer = NULL;
	request->services->dispatch(request);
}

static void on_catalog(struct fetch_wait *catalog_wait, bool in_time)
{
	struct version_wait *wait =
		container_of(catalog_wait, struct version_wait, catalog_wait);
	struct alm_request *request = wait->request;

	if (request->http.connection != NULL && in_time) {
		dispatch_again(request);
	} else if (request->http.connection != NULL) {
		wait->refuse(request, wait->arg);
	}
	request_drop(request);
}

static void resume_refusal(struct version_wait *wait, bool current)
{
	struct alm_request *request = wait->request;

	if (current) {
		wait->refuse(request, wait->arg);
		request_drop(request);
		return;
	}
	wait->catalog_wait.ready = on_catalog;
	wait->catalog_wait.id = wait->fetch.id;
	wait->catalog_wait.known = request->catalog;
	fetcher_wait(request->services->fetcher, &wait->catalog_wait);
}

void revalidate(struct alm_request *request, revalidate_refuse_fn *refuse, void *arg)
{
	struct version_wait *wait;

	if (request->catalog_retries++ == TRIES_MAX) {
		refuse(request, arg);
		return;
	}
	wait = begin_wait(request, request->catalog->id, resume_refusal);
	wait->refuse = refuse;
	wait->arg = arg;
}

static void refuse_violations(struct alm_request *request, void *arg)
{
	reply_violations(&request->http, arg);
}

void revalidate_violations(struct alm_request *request, const struct violations *violations)
{
	struct violations *copy = arena_alloc(&request->http.arena, sizeof(*copy));

	*copy = *violations;
	revalidate(request, refuse_violations, copy);
}

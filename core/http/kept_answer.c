#include "http/kept_answer.h"

#include <stddef.h>

#include "db/catalog.h"
#include "http/answer.h"
#include "http/fetch.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/request_life.h"
#include "http/responses.h"
#include "http/validator.h"

struct kept_wait {
	struct fetch fetch; /* of the version */
	struct alm_request *request;
	const struct response *response; /* held */
	void (*otherwise)(struct alm_request *request);
};

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct kept_wait *wait =
		(struct kept_wait *)((char *)fetch - offsetof(struct kept_wait, fetch));
	struct alm_request *request = wait->request;

	if (request->connection != NULL && outcome == POOL_OK &&
		dataset_same(fetch->id, wait->response->id)) {
		reply_kept(request, wait->response);
		request_drop(request);
		return;
	}
	response_release(wait->response);
	if (request->connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->connection != NULL) {
		wait->otherwise(request);
	}
	request_drop(request);
}

/* Whether the cached answer is worth a version check: it is not of data that are known to be
 * old, and it can be given to this client. */
static bool is_usable(const struct alm_request *request, const struct response *response)
{
	const struct catalog *catalog = request->loop->catalog;

	return catalog != NULL && dataset_same(response->id, catalog->id) &&
	       (response->body != NULL || validator_is_listed(request, response->etag));
}

bool kept_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	const struct response *response = responses_find(request->loop->responses, request);
	struct kept_wait *wait;
	struct dataset_id id;

	if (response == NULL || !is_usable(request, response)) {
		response_release(response);
		return false;
	}
	if (fetcher_recent(request->loop->fetcher, &id) && dataset_same(id, response->id)) {
		reply_kept(request, response);
		return true;
	}
	wait = arena_alloc(&request->arena, sizeof(*wait));
	wait->fetch.done = on_version;
	wait->request = request;
	wait->response = response;
	wait->otherwise = otherwise;
	request_hold(request);
	fetch_version(request->loop->fetcher, &wait->fetch);
	return true;
}

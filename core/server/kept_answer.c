#include "server/kept_answer.h"

#include <stddef.h>

#include "answer/answer.h"
#include "catalog/catalog.h"
#include "fetch/fetch.h"
#include "http/request_life.h"
#include "reply/reply.h"
#include "server/loop.h"
#include "server/responses.h"

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

	bool holds = outcome == POOL_OK && dataset_same(fetch->id, wait->response->id);

	if (request->connection == NULL || !holds) {
		response_release(wait->response);
	}
	if (request->connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->connection != NULL &&
		   !(holds && reply_kept(request, wait->response))) {
		wait->otherwise(request);
	}
	request_drop(request);
}

/* Whether the cached answer is worth a version check: it is not known to be of old data. */
static bool may_hold(const struct alm_request *request, const struct response *response)
{
	const struct catalog *catalog = request->loop->catalog;

	return catalog != NULL && dataset_same(response->id, catalog->id);
}

bool kept_answer(struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	const struct response *response = responses_find(request->loop->responses, request);
	struct kept_wait *wait;
	struct dataset_id id;

	if (response == NULL || !may_hold(request, response)) {
		response_release(response);
		return false;
	}
	if (fetcher_recent(request->loop->fetcher, &id) && dataset_same(id, response->id)) {
		return reply_kept(request, response);
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

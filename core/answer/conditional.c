#include "answer/conditional.h"

#include <stddef.h>

#include "answer/answer.h"
#include "answer/reply_document.h"
#include "answer/validator.h"
#include "catalog/catalog.h"
#include "fetch/fetch.h"
#include "http/request_life.h"
#include "server/loop.h"

struct conditional {
	struct fetch fetch; /* of the version */
	struct alm_request *request;
	void (*otherwise)(struct alm_request *request);
};

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct conditional *conditional =
		(struct conditional *)((char *)fetch - offsetof(struct conditional, fetch));
	struct alm_request *request = conditional->request;

	if (request->connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->connection != NULL &&
		   dataset_same(fetch->id, request->catalog->id)) {
		reply_not_modified(request);
	} else if (request->connection != NULL) {
		request->coding = NULL;
		conditional->otherwise(request);
	}
	request_drop(request);
}

bool conditional_answer(
	struct alm_request *request, void (*otherwise)(struct alm_request *request))
{
	struct conditional *conditional;

	if (!validator_matches(request)) {
		return false;
	}
	conditional = arena_alloc(&request->arena, sizeof(*conditional));
	conditional->request = request;
	conditional->otherwise = otherwise;
	conditional->fetch.done = on_version;
	request_hold(request);
	fetch_version(request->loop->fetcher, &conditional->fetch);
	return true;
}

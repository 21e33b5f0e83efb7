#include "document/conditional.h"

#include <stddef.h>

#include "catalog/catalog.h"
#include "document/answer.h"
#include "document/reply_document.h"
#include "document/validator.h"
#include "fetch/fetch.h"
#include "route/services.h"

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

	if (request->http.connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->http.connection != NULL &&
		   dataset_same(fetch->id, request->catalog->id)) {
		reply_not_modified(request);
	} else if (request->http.connection != NULL) {
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
	conditional = arena_alloc(&request->http.arena, sizeof(*conditional));
	conditional->request = request;
	conditional->otherwise = otherwise;
	conditional->fetch.done = on_version;
	request_hold(request);
	fetch_version(request->services->fetcher, &conditional->fetch);
	return true;
}

#include "document/revalidate.h"

#include <stddef.h>

#include "catalog/catalog.h"
#include "document/answer.h"
#include "fetch/fetch.h"
#include "route/services.h"

enum { TRIES_MAX = 4 /* while data keep changing */ };

struct revalidate {
	struct fetch fetch; /* of the version alone */
	struct fetch_wait wait;
	struct alm_request *request;
	revalidate_refuse_fn *refuse;
	void *arg;
};

/* As if nothing had been done about the request yet. */
static void dispatch_again(struct alm_request *request)
{
	request->claimed = request->planned = request->has_read = request->mixed = false;
	request->answer = NULL;
	request->services->dispatch(request);
}

static void on_catalog(struct fetch_wait *wait, bool in_time)
{
	struct revalidate *revalidate =
		(struct revalidate *)((char *)wait - offsetof(struct revalidate, wait));
	struct alm_request *request = revalidate->request;

	if (request->http.connection != NULL && in_time) {
		dispatch_again(request);
	} else if (request->http.connection != NULL) {
		revalidate->refuse(request, revalidate->arg);
	}
	request_drop(request);
}

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct revalidate *revalidate =
		(struct revalidate *)((char *)fetch - offsetof(struct revalidate, fetch));
	struct alm_request *request = revalidate->request;

	if (request->http.connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->http.connection != NULL &&
		   dataset_same(fetch->id, request->catalog->id)) {
		revalidate->refuse(request, revalidate->arg);
	} else if (request->http.connection != NULL) {
		revalidate->wait.ready = on_catalog;
		revalidate->wait.id = fetch->id;
		revalidate->wait.known = request->catalog;
		fetcher_wait(request->services->fetcher, &revalidate->wait);
		return;
	}
	request_drop(request);
}

void revalidate(struct alm_request *request, revalidate_refuse_fn *refuse, void *arg)
{
	struct revalidate *revalidate;

	if (request->catalog_retries++ == TRIES_MAX) {
		refuse(request, arg);
		return;
	}
	revalidate = arena_alloc(&request->http.arena, sizeof(*revalidate));
	revalidate->request = request;
	revalidate->refuse = refuse;
	revalidate->arg = arg;
	revalidate->fetch.done = on_version;
	request_hold(request);
	fetch_version(request->services->fetcher, &revalidate->fetch);
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

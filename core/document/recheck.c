#include "document/recheck.h"

#include <stddef.h>

#include "catalog/catalog.h"
#include "document/answer.h"
#include "fetch/fetch.h"
#include "route/services.h"

enum { TRIES_MAX = 4 /* while data keep changing */ };

struct recheck {
	struct fetch fetch; /* of the version alone */
	struct fetch_wait wait;
	struct alm_request *request;
	recheck_refuse_fn *refuse;
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
	struct recheck *recheck =
		(struct recheck *)((char *)wait - offsetof(struct recheck, wait));
	struct alm_request *request = recheck->request;

	if (request->http.connection != NULL && in_time) {
		dispatch_again(request);
	} else if (request->http.connection != NULL) {
		recheck->refuse(request, recheck->arg);
	}
	request_drop(request);
}

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct recheck *recheck =
		(struct recheck *)((char *)fetch - offsetof(struct recheck, fetch));
	struct alm_request *request = recheck->request;

	if (request->http.connection != NULL && outcome != POOL_OK) {
		answer_failed(request, outcome, result);
	} else if (request->http.connection != NULL &&
		   dataset_same(fetch->id, request->catalog->id)) {
		recheck->refuse(request, recheck->arg);
	} else if (request->http.connection != NULL) {
		recheck->wait.ready = on_catalog;
		recheck->wait.id = fetch->id;
		recheck->wait.known = request->catalog;
		fetcher_wait(request->services->fetcher, &recheck->wait);
		return;
	}
	request_drop(request);
}

void recheck(struct alm_request *request, recheck_refuse_fn *refuse, void *arg)
{
	struct recheck *recheck;

	if (request->rechecks++ == TRIES_MAX) {
		refuse(request, arg);
		return;
	}
	recheck = arena_alloc(&request->http.arena, sizeof(*recheck));
	recheck->request = request;
	recheck->refuse = refuse;
	recheck->arg = arg;
	recheck->fetch.done = on_version;
	request_hold(request);
	fetch_version(request->services->fetcher, &recheck->fetch);
}

static void refuse_flaws(struct alm_request *request, void *arg)
{
	reply_flaws(&request->http, arg);
}

void recheck_flaws(struct alm_request *request, const struct flaws *flaws)
{
	struct flaws *copy = arena_alloc(&request->http.arena, sizeof(*copy));

	*copy = *flaws;
	recheck(request, refuse_flaws, copy);
}

#include "fetch/version_check.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "route/services.h"

static const struct statement statement = { .sql = "select identity from dataset_version",
	.binary_result = true };

struct version_check {
	struct services *services;
	struct fetch *waiting;  /* for the next query, the newest first */
	struct fetch *asking;   /* of the query under way */
	uint64_t sent;          /* the query under way: uv_hrtime() */
	uint64_t max_staleness; /* ns; 0: each request needs a query */
	struct dataset_id seen;
	uint64_t seen_at; /* uv_hrtime() when the statement was sent; 0: `seen` is not set */
};

struct version_check *version_check_create(struct services *services)
{
	struct version_check *check = memory_new(struct version_check);

	check->services = services;
	check->max_staleness =
		(uint64_t)settings_integer(services->settings, SETTING_MAX_STALENESS) *
		1000000000;
	return check;
}

void version_check_destroy(struct version_check *check)
{
	assert(check->waiting == NULL && check->asking == NULL);
	free(check);
}

/* -- Recent versions ---------------------------------------------------- */

bool version_check_recent(const struct version_check *check, struct dataset_id *id)
{
	*id = check->seen;
	return check->seen_at != 0 && uv_hrtime() - check->seen_at < check->max_staleness;
}

void version_check_saw(struct version_check *check, struct dataset_id id, uint64_t sent)
{
	if (check->max_staleness > 0 && sent > check->seen_at) {
		check->seen = id;
		check->seen_at = sent;
	}
}

void version_check_heard(struct version_check *check, struct dataset_id id)
{
	if (!dataset_same(check->seen, id)) {
		check->seen_at = 0;
	}
}

/* -- Queries ------------------------------------------------------------ */

void version_check_join(struct version_check *check, struct fetch *fetch)
{
	fetch->next = check->waiting;
	check->waiting = fetch;
}

static void end_fetches(struct fetch *fetch, enum pool_outcome outcome, struct dataset_id id,
	const PGresult *result)
{
	while (fetch != NULL) {
		struct fetch *next = fetch->next; /* done() may free it */

		fetch->id = id;
		fetch->done(fetch, outcome, outcome == POOL_FAILED ? result : NULL);
		fetch = next;
	}
}

static void on_identity(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct version_check *check = arg;
	struct fetch *asking = check->asking;
	struct dataset_id id = FETCH_NO_DATA;

	check->asking = NULL;
	if (outcome == POOL_OK && PQntuples(result) == 1 && !PQgetisnull(result, 0, 0)) {
		id = dataset_read(PQgetvalue(result, 0, 0));
		version_check_saw(check, id, check->sent);
	}
	end_fetches(asking, outcome, id, result);
}

void version_check_send(struct version_check *check)
{
	static const struct statement_args none = { 0 };
	struct fetch *waiting = check->waiting;
	struct dataset_id id;

	if (waiting != NULL && version_check_recent(check, &id)) {
		check->waiting = NULL;
		end_fetches(waiting, POOL_OK, id, NULL);
	} else if (waiting != NULL && check->asking == NULL) {
		check->asking = waiting;
		check->waiting = NULL;
		check->sent = uv_hrtime();
		pool_query(check->services->pool, &statement, &none, on_identity, check);
	}
}

void version_check_end(struct version_check *check)
{
	struct fetch *waiting = check->waiting;

	check->waiting = NULL;
	end_fetches(waiting, POOL_UNAVAILABLE, FETCH_NO_DATA, NULL);
}

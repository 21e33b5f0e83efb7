#include "fetch/fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/memory.h"
#include "base/settings.h"
#include "db/wire.h"
#include "fetch/fetch_batch.h"
#include "fetch/statements.h"
#include "fetch/version_check.h"
#include "route/services.h"

enum {
	SAME_MAX = 2,      /* times that a statement is under way: the second if it is full */
	WEIGHT_MAX = 1024, /* of a statement: large answers do not hold up small ones */
	TICK = 50          /* ms between looks at what waits for a catalog */
};

struct fetcher {
	struct services *services;
	uv_prepare_t prepare;     /* sends what a turn of the loop has collected */
	uv_timer_t tick;          /* while something waits */
	struct fetch_batch *open; /* being collected, in order */
	struct fetch_batch *sent; /* under way */
	struct fetch_wait *waiting;
	struct statements *statements;
	struct version_check *versions;
	int handles;
};

/* -- Dealing out -------------------------------------------------------- */

static void batch_destroy(struct fetch_batch *batch)
{
	for (size_t i = 0; i < BATCH_ARGS; i++) {
		buffer_finish(&batch->args[i]);
	}
	free(batch);
}

/* The fetch that the key belongs to. Rows come in order of key, or nearly so: the
 * search goes on where it ended. */
static struct fetch *find_fetch(const struct fetch_batch *batch, struct fetch *from, size_t key)
{
	struct fetch *fetch = from != NULL && from->first_key <= key ? from : batch->first;

	while (fetch != NULL && key >= fetch->first_key + fetch->key_count) {
		fetch = fetch->next;
	}
	return fetch;
}

/* Returns the identity of the data that the rows are of. */
static struct dataset_id deal(const struct fetch_batch *batch, const PGresult *result)
{
	struct fetch *fetch = NULL;
	struct dataset_id id = FETCH_NO_DATA;
	int rows = PQntuples(result);

	for (int row = 0; row < rows; row++) {
		int64_t head;

		if (id.version < 0 && !PQgetisnull(result, row, BATCH_IDENTITY)) {
			id = dataset_read(PQgetvalue(result, row, BATCH_IDENTITY));
		}
		if (PQgetisnull(result, row, BATCH_HEAD)) {
			continue;
		}
		head = wire_int8(PQgetvalue(result, row, BATCH_HEAD));
		fetch = find_fetch(batch, fetch, (size_t)(head >> BATCH_DETAIL_BITS) - 1);
		if (fetch != NULL) {
			fetch->take(fetch, head, result, row);
		}
	}
	return id;
}

static void end_batch(struct fetch_batch *batch, enum pool_outcome outcome,
	struct dataset_id id, const PGresult *result)
{
	for (struct fetch *fetch = batch->first, *next; fetch != NULL; fetch = next) {
		next = fetch->next; /* done() may free it */
		fetch->id = id;
		fetch->done(fetch, outcome, result);
	}
	batch_destroy(batch);
}

static void remove_batch(struct fetch_batch **list, struct fetch_batch *batch)
{
	while (*list != batch) {
		list = &(*list)->next;
	}
	*list = batch->next;
}

static void on_result(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct fetch_batch *batch = arg;
	struct dataset_id id = outcome == POOL_OK ? deal(batch, result) : FETCH_NO_DATA;

	if (id.version >= 0) {
		version_check_saw(batch->fetcher->versions, id, batch->sent);
	}
	remove_batch(&batch->fetcher->sent, batch);
	end_batch(batch, outcome, id, result);
}

/* -- Collecting --------------------------------------------------------- */

static void send_batch(struct fetcher *fetcher, struct fetch_batch *batch)
{
	static const int formats[BATCH_ARGS] = { 1, 1, 1 };
	const char *values[BATCH_ARGS];
	int lengths[BATCH_ARGS];
	struct statement_args args = { values, lengths, formats };

	wire_array_end(&batch->args[0], batch->key_count);
	wire_array_end(&batch->args[1], batch->key_count);
	wire_array_end(
		&batch->args[2], batch->of_blocks ? batch->element_count : batch->key_count);
	for (size_t i = 0; i < BATCH_ARGS; i++) {
		values[i] = batch->args[i].data;
		lengths[i] = (int)batch->args[i].length;
	}
	remove_batch(&fetcher->open, batch);
	batch->next = fetcher->sent;
	fetcher->sent = batch;
	batch->sent = uv_hrtime();
	pool_query(fetcher->services->pool, batch->statement, &args, on_result, batch);
}

/* While a statement is under way, what comes is collected for the next: the busier
 * the database, the more requests share the cost of asking it. */
static bool may_send(const struct fetcher *fetcher, const struct fetch_batch *batch)
{
	size_t same = 0;

	for (const struct fetch_batch *sent = fetcher->sent; sent != NULL; sent = sent->next) {
		same += sent->statement == batch->statement;
	}
	return same == 0 || (same < SAME_MAX && batch->weight >= WEIGHT_MAX / 2);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct fetcher *fetcher = prepare->data;
	struct fetch_batch *batch = fetcher->services->closing ? NULL : fetcher->open;

	if (!fetcher->services->closing) {
		version_check_send(fetcher->versions);
	}
	while (batch != NULL) {
		struct fetch_batch *next = batch->next;

		if (may_send(fetcher, batch)) {
			send_batch(fetcher, batch);
		}
		batch = next;
	}
}

struct fetch_batch *batch_first(struct fetcher *fetcher)
{
	return fetcher->open;
}

struct fetch_batch *batch_open(struct fetcher *fetcher, const struct statement *statement)
{
	struct fetch_batch *batch = memory_new(struct fetch_batch);
	struct fetch_batch **end = &fetcher->open;

	batch->fetcher = fetcher;
	batch->statement = statement;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = batch;
	return batch;
}

bool batch_has_room(
	const struct fetch_batch *batch, const struct statement *statement, size_t weight)
{
	return batch->statement == statement && batch->weight + weight <= WEIGHT_MAX;
}

void batch_add(struct fetch_batch *batch, struct fetch *fetch, const struct scan_part *parts,
	size_t part_count, size_t weight)
{
	for (size_t i = 0; i < part_count; i++) {
		wire_array_text(
			&batch->args[0], parts[i].station->id, strlen(parts[i].station->id));
	}
	fetch->first_key = batch->key_count;
	fetch->key_count = part_count;
	fetch->next = NULL;
	batch->key_count += fetch->key_count;
	batch->weight += weight;
	if (batch->first == NULL) {
		batch->first = fetch;
	} else {
		batch->last->next = fetch;
	}
	batch->last = fetch;
}

/* -- Waiting for a newer catalog ---------------------------------------- */

/* Data older than the catalog come from a database that was put back, or from a
 * replica: any other catalog is better. */
static bool is_there(const struct fetch_wait *wait, const struct catalog *newest)
{
	if (newest == NULL || newest == wait->known) {
		return false;
	}
	return newest->id.version >= wait->id.version ||
	       wait->id.version < wait->known->id.version;
}

/* Ends the waits that are over. They may begin new ones meanwhile. */
static void check_waits(struct fetcher *fetcher)
{
	const struct catalog *newest = catalog_watcher_newest(fetcher->services->watcher);
	struct fetch_wait *wait = fetcher->waiting;
	uint64_t now = uv_now(fetcher->services->uv);

	fetcher->waiting = NULL;
	while (wait != NULL) {
		struct fetch_wait *next = wait->next;

		if (is_there(wait, newest)) {
			wait->ready(wait, true);
		} else if (now >= wait->deadline) {
			wait->ready(wait, false);
		} else {
			wait->next = fetcher->waiting;
			fetcher->waiting = wait;
		}
		wait = next;
	}
	catalog_release(newest);
	if (fetcher->waiting == NULL) {
		uv_timer_stop(&fetcher->tick);
	}
}

static void on_tick(uv_timer_t *timer)
{
	check_waits(timer->data);
}

void fetcher_wait(struct fetcher *fetcher, struct fetch_wait *wait)
{
	wait->deadline =
		uv_now(fetcher->services->uv) +
		(uint64_t)settings_integer(fetcher->services->settings, SETTING_QUERY_TIMEOUT);
	wait->next = fetcher->waiting;
	fetcher->waiting = wait;
	catalog_watcher_refresh(fetcher->services->watcher);
	/* At once too: the newer catalog may have come before. */
	uv_timer_start(&fetcher->tick, on_tick, 0, TICK);
}

bool fetcher_recent(const struct fetcher *fetcher, struct dataset_id *id)
{
	return version_check_recent(fetcher->versions, id);
}

void fetcher_catalog_changed(struct fetcher *fetcher)
{
	const struct catalog *newest = fetcher->services->catalog;

	if (newest != NULL) {
		version_check_heard(fetcher->versions, newest->id);
	}
	check_waits(fetcher);
}

/* -- Beginning and end -------------------------------------------------- */

struct fetcher *fetcher_create(struct services *services)
{
	struct fetcher *fetcher = memory_new(struct fetcher);

	fetcher->services = services;
	fetcher->statements = statements_create();
	fetcher->versions = version_check_create(services);
	uv_prepare_init(services->uv, &fetcher->prepare);
	fetcher->prepare.data = fetcher;
	uv_prepare_start(&fetcher->prepare, on_prepare);
	uv_timer_init(services->uv, &fetcher->tick);
	fetcher->tick.data = fetcher;
	fetcher->handles = 2;
	return fetcher;
}

static void on_closed(uv_handle_t *handle)
{
	struct fetcher *fetcher = handle->data;

	if (--fetcher->handles == 0) {
		free(fetcher);
	}
}

/* Clients that went away leave requests behind that still wait for something. */
static void end_all(struct fetcher *fetcher)
{
	while (fetcher->open != NULL) {
		struct fetch_batch *batch = fetcher->open;

		fetcher->open = batch->next;
		end_batch(batch, POOL_UNAVAILABLE, FETCH_NO_DATA, NULL);
	}
	version_check_end(fetcher->versions);
	while (fetcher->waiting != NULL) {
		struct fetch_wait *wait = fetcher->waiting;

		fetcher->waiting = wait->next;
		wait->ready(wait, false);
	}
}

void fetcher_close(struct fetcher *fetcher)
{
	assert(fetcher->sent == NULL);
	end_all(fetcher);
	statements_destroy(fetcher->statements);
	version_check_destroy(fetcher->versions);
	uv_close((uv_handle_t *)&fetcher->prepare, on_closed);
	uv_close((uv_handle_t *)&fetcher->tick, on_closed);
}

void fetch_version(struct fetcher *fetcher, struct fetch *fetch)
{
	version_check_join(fetcher->versions, fetch);
}

struct statements *fetcher_statements(struct fetcher *fetcher)
{
	return fetcher->statements;
}

#include "fetch/fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/container.h"
#include "base/memory.h"
#include "base/search.h"
#include "base/settings.h"
#include "db/wire.h"
#include "fetch/stat_layout.h"
#include "fetch/statements.h"
#include "fetch/version_check.h"
#include "route/services.h"

enum {
	SAME_MAX = 2,      /* executions of a statement at a time: the second if it is full */
	WEIGHT_MAX = 1024, /* of a batch: large answers do not hold up small ones */
	TICK_MS = 50,      /* between looks at the requests that wait for a catalog */
	BATCH_ARGS = 3
};

/* Batch: fetches that one statement serves. A key is a part of a fetch: a station and a year,
 * or a station and a range of periods. The statement's first argument has a station for each
 * key. */
struct batch {
	struct batch *next;
	struct fetcher *fetcher;
	const struct statement *statement;
	struct buffer args[BATCH_ARGS];      /* binary arrays */
	const struct block_fetch *of_blocks; /* has the elements of all; NULL: of statistics */
	struct fetch *first, *last;
	size_t key_count;
	size_t weight; /* blocks or rows that it reads, at most */
	uint64_t sent; /* uv_hrtime() */
};

struct fetcher {
	struct services *services;
	uv_prepare_t
		prepare;    /* sends the batches that an iteration of the loop has collected */
	uv_timer_t tick;    /* active while a request waits for a catalog */
	struct batch *open; /* being collected, in order */
	struct batch *sent; /* under way */
	struct fetch_wait *waiting;
	struct statements *statements;
	struct version_check *version_check;
	int handles;
};

/* -- Batches ------------------------------------------------------------ */

static size_t key_index(const struct fetch *fetch, int64_t head)
{
	return (size_t)(head >> BATCH_DETAIL_BITS) - 1 - fetch->first_key;
}

static bool has_same_elements(const struct block_fetch *a, const struct block_fetch *b)
{
	if (a->element_count != b->element_count) {
		return false;
	}
	for (size_t i = 0; i < a->element_count; i++) {
		if (strcmp(a->elements[i], b->elements[i]) != 0) {
			return false;
		}
	}
	return true;
}

/* The open batch of the statement, and for blocks of the same elements, that has room for the
 * weight; a new one, whose arguments are to be begun, if there is none. */
static struct batch *find_batch(struct fetcher *fetcher, const struct statement *statement,
	const struct block_fetch *of_blocks, size_t weight)
{
	struct batch **link = &fetcher->open, *batch;

	for (; *link != NULL; link = &(*link)->next) {
		batch = *link;
		if (batch->statement == statement && batch->weight + weight <= WEIGHT_MAX &&
			(of_blocks == NULL || has_same_elements(batch->of_blocks, of_blocks))) {
			return batch;
		}
	}
	batch = memory_new(struct batch);
	batch->fetcher = fetcher;
	batch->statement = statement;
	batch->of_blocks = of_blocks;
	*link = batch;
	return batch;
}

/* Adds a fetch with a key for each part; there is at least one. The caller adds what a key has
 * in the other arguments. */
static void add_fetch(struct batch *batch, struct fetch *fetch, const struct scan_part *parts,
	size_t part_count, size_t weight)
{
	for (size_t i = 0; i < part_count; i++) {
		wire_array_text(
			&batch->args[0], parts[i].station->id, strlen(parts[i].station->id));
	}
	fetch->first_key = batch->key_count;
	fetch->key_count = part_count;
	fetch->next = NULL;
	batch->key_count += part_count;
	batch->weight += weight;
	if (batch->first == NULL) {
		batch->first = fetch;
	} else {
		batch->last->next = fetch;
	}
	batch->last = fetch;
}

/* Gives each row to the fetch of its key. Rows come in order of key, or nearly so: the search
 * continues where it ended. Returns the identity of the data. */
static struct dataset_id distribute_rows(const struct batch *batch, const PGresult *result)
{
	struct fetch *fetch = batch->first;
	struct dataset_id id = FETCH_NO_DATA;
	int rows = PQntuples(result);

	for (int row = 0; row < rows; row++) {
		int64_t head;
		size_t key;

		if (id.version < 0 && !PQgetisnull(result, row, BATCH_IDENTITY)) {
			id = dataset_read(PQgetvalue(result, row, BATCH_IDENTITY));
		}
		if (PQgetisnull(result, row, BATCH_HEAD)) {
			continue;
		}
		head = wire_int8(PQgetvalue(result, row, BATCH_HEAD));
		key = (size_t)(head >> BATCH_DETAIL_BITS) - 1;
		if (fetch == NULL || fetch->first_key > key) {
			fetch = batch->first;
		}
		while (fetch != NULL && key >= fetch->first_key + fetch->key_count) {
			fetch = fetch->next;
		}
		if (fetch != NULL) {
			fetch->read_row(fetch, head, result, row);
		}
	}
	return id;
}

static void end_batch(struct batch *batch, enum pool_outcome outcome, struct dataset_id id,
	const PGresult *result)
{
	for (struct fetch *fetch = batch->first, *next; fetch != NULL; fetch = next) {
		next = fetch->next; /* done() may free it */
		fetch->id = id;
		fetch->done(fetch, outcome, result);
	}
	for (size_t i = 0; i < BATCH_ARGS; i++) {
		buffer_finish(&batch->args[i]);
	}
	free(batch);
}

static void remove_batch(struct batch **list, struct batch *batch)
{
	while (*list != batch) {
		list = &(*list)->next;
	}
	*list = batch->next;
}

static void on_result(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct batch *batch = arg;
	struct dataset_id id =
		outcome == POOL_OK ? distribute_rows(batch, result) : FETCH_NO_DATA;

	if (id.version >= 0) {
		version_check_saw(batch->fetcher->version_check, id, batch->sent);
	}
	remove_batch(&batch->fetcher->sent, batch);
	end_batch(batch, outcome, id, result);
}

static void send_batch(struct fetcher *fetcher, struct batch *batch)
{
	static const int formats[BATCH_ARGS] = { 1, 1, 1 };
	const char *values[BATCH_ARGS];
	int lengths[BATCH_ARGS];
	struct statement_args args = { values, lengths, formats };

	wire_array_end(&batch->args[0], batch->key_count);
	wire_array_end(&batch->args[1], batch->key_count);
	wire_array_end(&batch->args[2],
		batch->of_blocks != NULL ? batch->of_blocks->element_count : batch->key_count);
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

/* While a statement is under way, fetches are collected for its next execution: the busier the
 * database, the more requests share the cost of a query. */
static bool may_send(const struct fetcher *fetcher, const struct batch *batch)
{
	size_t same = 0;

	for (const struct batch *sent = fetcher->sent; sent != NULL; sent = sent->next) {
		same += sent->statement == batch->statement;
	}
	return same == 0 || (same < SAME_MAX && batch->weight >= WEIGHT_MAX / 2);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct fetcher *fetcher = prepare->data;

	if (fetcher->services->closing) {
		return;
	}
	version_check_send(fetcher->version_check);
	for (struct batch *batch = fetcher->open, *next; batch != NULL; batch = next) {
		next = batch->next;
		if (may_send(fetcher, batch)) {
			send_batch(fetcher, batch);
		}
	}
}

/* -- Blocks --------------------------------------------------------------- */

/* Blocks: one row for each that exists. "offset 0" keeps the inner select apart from the outer
 * one: whatever number of keys the planner assumes, it must look them up one by one in the
 * primary key. Every key has a row, so that there is always a version. 20: BATCH_DETAIL_BITS.
 */
static const Oid block_types[] = { WIRE_TEXT_ARRAY, WIRE_INT2_ARRAY, WIRE_TEXT_ARRAY };
#define SELECT_BLOCKS(columns) \
	"select " BATCH_SELECT_IDENTITY \
	", case when b.base is not null then k.n << 20 end, b.* " \
	"from unnest($1, $2) with ordinality k (station, year, n) left join lateral (" \
	"select element, base, values, reported, quality_flags" columns " from block " \
	"where station_id = k.station and year = k.year and element = any ($3) " \
	"and reported_days > 0 offset 0) b on true"

static const struct statement block_statements[] = {
	[false] = { .sql = SELECT_BLOCKS(""),
		.param_count = BATCH_ARGS,
		.types = block_types,
		.binary_result = true },
	[true] = { .sql = SELECT_BLOCKS(", measurement_flags, source_flags, times"),
		.param_count = BATCH_ARGS,
		.types = block_types,
		.binary_result = true },
};
enum { ELEMENT = BATCH_FIRST, BASE, FIRST_COLUMN }; /* then as enum block_column */

static struct fetched_bytes copy(
	struct arena *arena, const PGresult *result, int row, int column)
{
	const size_t length = (size_t)PQgetlength(result, row, column);

	if (PQgetisnull(result, row, column)) {
		return (struct fetched_bytes){ NULL, 0 };
	}
	return (struct fetched_bytes){ memcpy(arena_take(arena, length + 1),
					       PQgetvalue(result, row, column), length),
		length };
}

static void read_block(struct fetch *fetch, int64_t head, const PGresult *result, int row)
{
	struct block_fetch *of = container_of(fetch, struct block_fetch, fetch);
	const char *code = PQgetvalue(result, row, ELEMENT);
	size_t key = key_index(fetch, head), i = 0;
	struct fetched_block *block;

	while (i < of->element_count && strcmp(of->elements[i], code) != 0) {
		i++;
	}
	if (i == of->element_count) {
		return;
	}
	block = &of->blocks[key * of->element_count + i];
	block->base = wire_int4(PQgetvalue(result, row, BASE));
	for (int column = 0; FIRST_COLUMN + column < PQnfields(result); column++) {
		block->columns[column] = copy(of->arena, result, row, FIRST_COLUMN + column);
	}
}

void fetch_blocks(struct fetcher *fetcher, struct block_fetch *fetch)
{
	size_t weight = fetch->part_count * fetch->element_count;
	struct batch *batch =
		find_batch(fetcher, &block_statements[fetch->flags], fetch, weight);

	if (batch->first == NULL) {
		wire_array_begin(&batch->args[0], WIRE_TEXT);
		wire_array_begin(&batch->args[1], WIRE_INT2);
		wire_array_begin(&batch->args[2], WIRE_TEXT);
		for (size_t i = 0; i < fetch->element_count; i++) {
			wire_array_text(&batch->args[2], fetch->elements[i],
				strlen(fetch->elements[i]));
		}
	}
	fetch->fetch.read_row = read_block;
	for (size_t i = 0; i < fetch->part_count; i++) {
		wire_array_int2(&batch->args[1], (int16_t)fetch->parts[i].year);
	}
	add_fetch(batch, &fetch->fetch, fetch->parts, fetch->part_count, weight);
}

/* -- Statistics: the rows of a station between two periods -------------- */

/* Keys of the periods of the run. */
static const int32_t *run_keys(const struct stat_fetch *fetch, size_t part)
{
	return fetch->parts[part].station->periods[fetch->calculator] + fetch->runs[part].first;
}

static void read_statistic(struct fetch *fetch, int64_t head, const PGresult *result, int row)
{
	struct stat_fetch *of = container_of(fetch, struct stat_fetch, fetch);
	size_t part = key_index(fetch, head), i;
	struct stat_run *run = &of->runs[part];
	const int32_t *keys = run_keys(of, part);
	int32_t key = (int32_t)(head & ((1 << BATCH_DETAIL_BITS) - 1));

	search_first(i, run->count, keys[i] >= key);
	if (i < run->count && keys[i] == key &&
		stat_layout_read(
			of->layout, result, row, key, run->rows + i * of->layout->size)) {
		run->found++;
	} else {
		of->strays++;
	}
}

void fetch_statistics(struct fetcher *fetcher, struct stat_fetch *fetch)
{
	struct batch *batch;
	size_t weight = 0;

	for (size_t i = 0; i < fetch->part_count; i++) {
		weight += fetch->runs[i].count;
	}
	batch = find_batch(fetcher, &fetch->layout->kept.statement, NULL, weight);
	if (batch->first == NULL) {
		wire_array_begin(&batch->args[0], WIRE_TEXT);
		wire_array_begin(&batch->args[1], WIRE_INT4);
		wire_array_begin(&batch->args[2], WIRE_INT4);
	}
	fetch->fetch.read_row = read_statistic;
	for (size_t i = 0; i < fetch->part_count; i++) {
		const int32_t *keys = run_keys(fetch, i);

		wire_array_int4(&batch->args[1], keys[0]);
		wire_array_int4(&batch->args[2], keys[fetch->runs[i].count - 1]);
	}
	add_fetch(batch, &fetch->fetch, fetch->parts, fetch->part_count, weight);
}

/* -- Waiting for a newer catalog ---------------------------------------- */

/* Whether the catalog fits the data of `wait` better than the known one. Data older than the
 * known catalog come from a database that was restored, or from a replica: any other catalog is
 * better. */
static bool is_better(const struct fetch_wait *wait, const struct catalog *newest)
{
	if (newest == NULL || newest == wait->known) {
		return false;
	}
	return newest->id.version >= wait->id.version ||
	       wait->id.version < wait->known->id.version;
}

/* Ends the waits that are over; their callbacks may begin new ones. */
static void check_waits(struct fetcher *fetcher)
{
	const struct catalog *newest = catalog_watcher_newest(fetcher->services->watcher);
	struct fetch_wait *wait = fetcher->waiting;
	uint64_t now = uv_now(fetcher->services->uv);

	fetcher->waiting = NULL;
	while (wait != NULL) {
		struct fetch_wait *next = wait->next;

		if (is_better(wait, newest)) {
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
	/* Timeout 0: the newer catalog may be here already. */
	uv_timer_start(&fetcher->tick, on_tick, 0, TICK_MS);
}

bool fetcher_recent(const struct fetcher *fetcher, struct dataset_id *id)
{
	return version_check_recent(fetcher->version_check, id);
}

void fetcher_catalog_changed(struct fetcher *fetcher)
{
	const struct catalog *newest = fetcher->services->catalog;

	if (newest != NULL) {
		version_check_heard(fetcher->version_check, newest->id);
	}
	check_waits(fetcher);
}

/* -- Beginning and end -------------------------------------------------- */

struct fetcher *fetcher_create(struct services *services)
{
	struct fetcher *fetcher = memory_new(struct fetcher);

	fetcher->services = services;
	fetcher->statements = statements_create();
	fetcher->version_check = version_check_create(services);
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

/* Requests whose clients have gone may still wait. */
static void end_all(struct fetcher *fetcher)
{
	while (fetcher->open != NULL) {
		struct batch *batch = fetcher->open;

		fetcher->open = batch->next;
		end_batch(batch, POOL_UNAVAILABLE, FETCH_NO_DATA, NULL);
	}
	version_check_end(fetcher->version_check);
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
	version_check_destroy(fetcher->version_check);
	uv_close((uv_handle_t *)&fetcher->prepare, on_closed);
	uv_close((uv_handle_t *)&fetcher->tick, on_closed);
}

void fetch_version(struct fetcher *fetcher, struct fetch *fetch)
{
	version_check_join(fetcher->version_check, fetch);
}

struct statements *fetcher_statements(struct fetcher *fetcher)
{
	return fetcher->statements;
}

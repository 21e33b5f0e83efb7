#include "ingest/write/transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/statistics/definitions.h"
#include "ingest/statistics/recompute.h"
#include "ingest/store/blocks.h"
#include "ingest/store/dirty.h"
#include "ingest/store/elements.h"
#include "ingest/store/missing.h"
#include "ingest/store/origins.h"
#include "ingest/store/revise.h"
#include "ingest/store/stored.h"
#include "ingest/store/write_set.h"
#include "ingest/write/completion.h"

enum {
	DIRTY_STATIONS_MAX = 20000, /* more are recomputed before the end of an object */
	RECOMPUTE_STATIONS = 64     /* in one transaction */
};

struct transaction {
	struct session session;
	int64_t run_id;
	enum removal removal;
	struct array *known;
	struct definitions definitions;
	struct elements *elements;
	struct derive *recompute;
	struct transaction_counts totals;

	/* Of the open transaction. */
	struct transaction_counts counts;
	struct dirty dirty;
	struct array changed; /* ids of stations */
	bool elements_changed;
	struct origins origins;
	struct revise revise;
	bool notes; /* an object of several batches of which something was stored before */
};

struct transaction *transaction_create(PGconn *conn, int64_t deadline,
	const struct registry *registry, int64_t run_id, enum removal removal,
	struct array *known)
{
	struct transaction *tx = memory_new(struct transaction);

	tx->session.conn = conn;
	tx->session.deadline = deadline;
	tx->run_id = run_id;
	tx->revise.run_id = run_id;
	tx->removal = removal;
	tx->known = known;
	definitions_init(&tx->definitions, registry);
	tx->elements = elements_create(registry);
	tx->recompute = recompute_create(registry, &tx->session);
	return tx;
}

void transaction_destroy(struct transaction *tx)
{
	if (tx != NULL) {
		recompute_destroy(tx->recompute);
		definitions_finish(&tx->definitions);
		elements_destroy(tx->elements);
		dirty_finish(&tx->dirty);
		array_finish(&tx->changed);
		origins_finish(&tx->origins);
		revise_finish(&tx->revise);
		free(tx);
	}
}

/* Forgets the state of the transaction that has ended. */
static void reset(struct transaction *tx)
{
	tx->counts = (struct transaction_counts){ 0 };
	dirty_clear(&tx->dirty);
	array_clear(&tx->changed);
	tx->elements_changed = false;
	tx->notes = false;
	origins_clear(&tx->origins);
	revise_clear(&tx->revise);
	recompute_reset(tx->recompute);
}

static int begin(struct transaction *tx, enum stations_begin how, struct error *err)
{
	if (stations_begin(&tx->session, how, err) < 0) {
		return -1;
	}
	return how != STATIONS_WITHIN ? definitions_hold(&tx->definitions, &tx->session, err)
				      : 0;
}

/* Rolls back after a failure. Returns the status. */
static int end(struct transaction *tx, int status)
{
	if (status < 0) {
		transaction_rollback(tx);
	}
	return status;
}

/* -- Blocks of a write set ----------------------------------------------- */

struct block_writer {
	struct transaction *tx;
	bool computes_fresh; /* statistics of fresh stations, from the blocks in memory */
	struct stored_blocks stored;
	struct blocks blocks;
	struct parts parts;
};

/* Merges the reports on one year and element with the stored parts. */
static int store_block(struct block_writer *writer, struct write_set_station *station,
	const struct write_set_report *reports, size_t count, struct error *err)
{
	struct transaction *tx = writer->tx;
	const struct batch_block *block = reports[0].block;
	const struct stored_key key = { station->id, block->element->code, block->year };
	int32_t origin = PARTS_SEVERAL;
	struct merge_view stored, view;
	int found, changed;

	found = stored_find(&writer->stored, &key, &tx->origins, &writer->parts, &origin, err);
	if (found < 0) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		view = merge_view_batch(reports[i].block);
		parts_report(&writer->parts, reports[i].origin, &view, reports[i].adds);
	}
	stored = merge_view(&writer->stored.merge);
	view = parts_merge(&writer->parts);
	changed = blocks_put(&writer->blocks, &key, &writer->parts, &view,
		found > 0 ? &stored : NULL, origin, reports[count - 1].origin->uri, err);
	if (changed <= 0) {
		return changed;
	}
	station->changed = true;
	if (station->fresh && writer->computes_fresh) {
		recompute_block(tx->recompute, key.element, &view);
	} else {
		dirty_add(&tx->dirty, key.station, view.year);
	}
	return 0;
}

static bool is_same_block(const struct batch_block *a, const struct batch_block *b)
{
	return a->year == b->year &&
	       (a->element == b->element || strcmp(a->element->code, b->element->code) == 0);
}

static int store_station(
	struct block_writer *writer, struct write_set_station *station, struct error *err)
{
	const struct write_set_report *reports = station->reports;
	const size_t count = station->report_count;
	const bool computes = station->fresh && writer->computes_fresh && count > 0;

	if (computes) {
		recompute_begin(writer->tx->recompute, &station->description,
			reports[0].block->year, reports[count - 1].block->year);
	}
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1;
			next < count && is_same_block(reports[i].block, reports[next].block);) {
			next++;
		}
		if (store_block(writer, station, reports + i, next - i, err) < 0) {
			return -1;
		}
	}
	if (computes) {
		recompute_end(writer->tx->recompute);
	}
	return 0;
}

/* Deletes the statistics of fresh stations: their rows are written as new ones. */
static int clear_fresh(struct transaction *tx, const struct write_set *set, struct error *err)
{
	struct array ids = { 0 };
	int status = 0;

	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];

		if (station->fresh && !station->added && station->report_count > 0) {
			array_text(&ids, station->id);
		}
	}
	if (ids.text.length > 0) {
		status = recompute_clear(tx->recompute, &ids, err);
	}
	array_finish(&ids);
	return status;
}

/* Marks all years of stations with a new description: a calculator may use the position. */
static void mark_described(struct transaction *tx, const struct write_set *set)
{
	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];

		if (station->changed && !station->fresh) {
			dirty_add_all(&tx->dirty, station->id);
		}
	}
}

/* Stores the stations and blocks of a write set. Statistics are computed from the blocks in
 * memory only if these are complete: not if more batches of the object may follow. */
static int store_write_set(struct transaction *tx, struct write_set *set,
	enum stations_begin how, struct error *err)
{
	struct block_writer writer = { .tx = tx,
		.computes_fresh = how == STATIONS_SHARED,
		.blocks = { .session = &tx->session, .run_id = tx->run_id } };
	PGresult *known = NULL;
	int status = -1;

	if (stations_lock(&tx->session, set, &known, err) == 0 &&
		clear_fresh(tx, set, err) == 0) {
		mark_described(tx, set);
		status = stations_blocks(&tx->session, set, &writer.stored.blocks, err);
	}
	if (status == 0) {
		status = stored_read_parts(&writer.stored, &tx->session, &tx->origins, err);
	}
	for (size_t i = 0; status == 0 && i < set->station_count; i++) {
		status = store_station(&writer, &set->stations[i], err);
	}
	if (status == 0) {
		status = blocks_flush(&writer.blocks, err);
	}
	blocks_finish(&writer.blocks);
	parts_finish(&writer.parts);
	stored_finish(&writer.stored);
	PQclear(known);
	if (status < 0) {
		return -1;
	}
	for (size_t i = 0; i < set->station_count; i++) {
		if (set->stations[i].changed) {
			array_text(&tx->changed, set->stations[i].id);
		}
		tx->counts.stations_added += set->stations[i].added;
	}
	tx->counts.blocks_added += writer.blocks.count_added;
	tx->counts.blocks_changed += writer.blocks.count_changed;
	return recompute_write(tx->recompute, &tx->counts.statistics, err);
}

/* -- Adding batches ------------------------------------------------------ */

static int store_elements(
	struct transaction *tx, struct batch *const *batches, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *source = batches[i]->source;

		if (batches[i]->outcome == BATCH_TAKEN &&
			(elements_store(tx->elements, &tx->session, batches[i],
				 &tx->elements_changed, err) < 0 ||
				elements_refuse(tx->elements, source, err))) {
			return -1;
		}
	}
	return 0;
}

static int revise(struct transaction *tx, struct error *err)
{
	return revise_run(
		&tx->revise, &tx->session, &tx->origins, &tx->dirty, &tx->changed, err);
}

static int recompute_dirty(struct transaction *tx, const char *calculator, struct error *err)
{
	int status = recompute_touched(tx->recompute, calculator, &tx->dirty,
		&tx->counts.statistics, &tx->changed, err);

	dirty_clear(&tx->dirty);
	return status;
}

/* Whether a batch withdraws nothing: standard input has no earlier state, an empty file may be
 * a truncated one, and a selection leaves out what the object still holds. */
static bool only_adds(const struct transaction *tx, const struct batch *batch)
{
	bool piped = batch->uri[0] == '-';
	bool empty = batch->source != NULL && strcmp(batch->source, BATCH_EMPTY) == 0;

	return tx->removal == REMOVE_NOTHING || piped || batch->selection != NULL ||
	       (empty && tx->removal != REMOVE_OBJECTS);
}

/* Whether a later batch has the same name, as an archive may have a name twice: the last
 * counts. */
static bool is_superseded(struct batch *const *batches, size_t count, size_t i)
{
	for (size_t k = i + 1; k < count; k++) {
		if (batches[k]->outcome == BATCH_TAKEN &&
			strcmp(batches[i]->uri, batches[k]->uri) == 0) {
			return true;
		}
	}
	return false;
}

static int find_origins(
	struct transaction *tx, struct batch *const *batches, size_t count, struct error *err)
{
	if (origins_assign(&tx->origins, &tx->session, batches, count, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		batches[i]->adds = only_adds(tx, batches[i]);
		if (is_superseded(batches, count, i)) {
			batches[i]->origin = NULL;
		}
	}
	return 0;
}

/* Finds the days that objects no longer report: at once for objects of one batch, at their end
 * for others. */
static int find_missing(struct transaction *tx, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	struct batch *batch = batches[0];

	if (how == STATIONS_SHARED) {
		return missing_find(&tx->session, batches, count, &tx->revise, err);
	}
	if (batch->first && !batch->adds &&
		missing_is_stored(&tx->session, batch->origin, &tx->notes, err) < 0) {
		return -1;
	}
	batch->adds = true; /* to the batches before it */
	return tx->notes ? missing_note(&tx->session, batch, err) : 0;
}

static int store_batches(struct transaction *tx, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	struct write_set set;
	int status;

	write_set_init(&set, batches, count);
	status = set.station_count > 0 ? stations_add(&tx->session, &set, err) : 0;
	if (status == 0) {
		status = store_elements(tx, batches, count, err);
	}
	if (status == 0 && set.station_count > 0) {
		status = store_write_set(tx, &set, how, err);
	}
	write_set_finish(&set);
	return status;
}

int transaction_add(struct transaction *tx, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	const struct batch *last = batches[count - 1];
	size_t taken = 0;

	tx->session.state[0] = '\0';
	if (begin(tx, how, err) < 0) {
		return -1;
	}
	while (taken < count && batches[taken]->outcome != BATCH_TAKEN) {
		taken++;
	}
	if (taken == count) {
		return 0;
	}
	if (find_origins(tx, batches, count, err) < 0 ||
		find_missing(tx, batches, count, how, err) < 0 ||
		store_batches(tx, batches, count, how, err) < 0) {
		return -1;
	}
	if (last->last && tx->notes &&
		missing_rest(&tx->session, last->origin, &tx->revise, err) < 0) {
		return -1;
	}
	if (last->last && revise(tx, err) < 0) {
		return -1;
	}
	return tx->dirty.count > DIRTY_STATIONS_MAX ? recompute_dirty(tx, NULL, err) : 0;
}

int transaction_store_rejects(
	struct transaction *tx, const struct batch *batch, struct error *err)
{
	return completion_store_rejects(&tx->session, batch, err);
}

bool transaction_can_pause(const struct transaction *tx)
{
	return !tx->notes;
}

/* -- Commit and rollback ------------------------------------------------- */

static int complete(
	struct transaction *tx, const struct completion *completion, struct error *err)
{
	const struct transaction_counts *from = &tx->counts;
	struct transaction_counts *to = &tx->totals;

	if (completion_commit(&tx->session, completion, &tx->counts.version, err) < 0) {
		return -1;
	}
	to->stations_added += from->stations_added;
	to->blocks_added += from->blocks_added;
	to->blocks_changed += from->blocks_changed;
	to->statistics += from->statistics;
	to->version = from->version != 0 ? from->version : to->version;
	reset(tx);
	return 0;
}

int transaction_commit(struct transaction *tx, struct batch *const *batches, size_t count,
	bool rejects_stored, struct error *err)
{
	if (recompute_dirty(tx, NULL, err) < 0 ||
		revise_suspects(&tx->revise, &tx->session, err) < 0) {
		return -1;
	}
	tx->counts.blocks_changed += tx->revise.changed;
	const struct completion completion = { .run_id = tx->run_id,
		.batches = batches,
		.count = count,
		.rejects_stored = rejects_stored,
		.changed = tx->changed.text.length > 0 || tx->elements_changed,
		.stations = &tx->changed,
		.calculators = tx->known };

	if (complete(tx, &completion, err) < 0) {
		return -1;
	}
	elements_end(tx->elements, true);
	return 0;
}

void transaction_rollback(struct transaction *tx)
{
	session_rollback(&tx->session);
	elements_end(tx->elements, false);
	reset(tx);
}

/* -- Recomputing a calculator -------------------------------------------- */

/* Stations are locked in order of id, as all transactions do. */
static const char lock_next[] = "select station_id from station where station_id > $1 "
				"order by station_id limit $2::integer for update";

/* The rows become current, unless a process without the calculator has changed data meanwhile.
 */
static const char mark_computed[] =
	"update calculator set computed_definition = $2, computed_table = 'stat_' || name, "
	"stale = false, computing_definition = null, computed_until = null "
	"where name = $1 and definition = $2 and ((computing_definition = $2 and "
	"computed_until = $3) or not exists (select from block)) "
	"returning exists (select from block)";

static int recompute_next(
	struct transaction *tx, const char *calculator, char *station, struct error *err)
{
	char limit[12];
	const char *arguments[] = { station, limit };
	PGresult *rows;
	int count;

	snprintf(limit, sizeof(limit), "%d", RECOMPUTE_STATIONS);
	if (stations_begin(&tx->session, STATIONS_SHARED, err) < 0 ||
		session_query(&tx->session, "locking stations", lock_next, 2, arguments, &rows,
			err) < 0) {
		return -1;
	}
	count = PQntuples(rows);
	for (int row = 0; row < count; row++) {
		dirty_add_all(&tx->dirty, PQgetvalue(rows, row, 0));
	}
	if (count > 0) {
		snprintf(station, STATION_ID_MAX + 1, "%s", PQgetvalue(rows, count - 1, 0));
	}
	PQclear(rows);
	if (definitions_hold(&tx->definitions, &tx->session, err) < 0 ||
		recompute_dirty(tx, calculator, err) < 0 ||
		transaction_commit(tx, NULL, 0, false, err) < 0) {
		return -1;
	}
	return count;
}

int transaction_recompute(
	struct transaction *tx, const char *calculator, char *station, struct error *err)
{
	tx->session.state[0] = '\0';
	return end(tx, recompute_next(tx, calculator, station, err));
}

int transaction_publish(struct transaction *tx, const char *calculator, const char *definition,
	const char *station, struct error *err)
{
	const char *arguments[] = { calculator, definition, station };
	struct completion completion = { .run_id = tx->run_id, .stations = &tx->changed };
	PGresult *rows;

	tx->session.state[0] = '\0';
	if (stations_begin(&tx->session, STATIONS_SHARED, err) < 0 ||
		session_query(&tx->session, "marking statistics", mark_computed, 3, arguments,
			&rows, err) < 0) {
		return end(tx, -1);
	}
	completion.changed = PQntuples(rows) == 1 && *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return end(tx, complete(tx, &completion, err));
}

/* -- Places of objects --------------------------------------------------- */

static const char insert_places[] =
	"insert into origin (uri, place) select t.uri, t.place "
	"from unnest($1::text[], $2::bigint[]) as t (uri, place) "
	"where not exists (select from origin o where o.uri = t.uri)";

/* Files in an archive have its place. */
static const char update_places[] =
	"update origin o set place = t.place from unnest($1::text[], $2::bigint[]) "
	"as t (uri, place) where (o.uri = t.uri or "
	"(o.uri > t.uri || '!' and o.uri < t.uri || '\"')) and o.place <> t.place "
	"returning o.origin";

static const char select_described[] =
	"select distinct station_id from station_part where origin = any ($1::integer[])";

/* Merges blocks and descriptions that the moved objects share with others again. */
static int merge_moved(struct transaction *tx, struct array *moved, struct error *err)
{
	const char *argument = array_argument(moved);
	struct missing_place last = { 0 };
	struct array stations = { 0 };
	PGresult *rows;
	int status, count;

	do {
		count = missing_shared(&tx->session, moved, &last, &tx->revise, err);
		status = count < 0 ? -1 : revise(tx, err);
	} while (status == 0 && count > 0);
	if (status < 0 || session_query(&tx->session, "reading descriptions", select_described,
				  1, &argument, &rows, err) < 0) {
		return -1;
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		array_text(&stations, PQgetvalue(rows, row, 0));
	}
	PQclear(rows);
	if (stations.text.length > 0) {
		status =
			revise_stations(&tx->session, &stations, &tx->dirty, &tx->changed, err);
	}
	array_finish(&stations);
	return status;
}

static int move_objects(struct transaction *tx, struct array columns[2], struct error *err)
{
	const char *arguments[2];
	struct array moved = { 0 };
	PGresult *rows;
	int status = 0;

	if (columns[0].text.length == 0) {
		return 0;
	}
	array_arguments(columns, 2, arguments);
	if (session_query(&tx->session, "ordering objects", update_places, 2, arguments, &rows,
		    err) < 0) {
		return -1;
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		array_integer(&moved, strtoll(PQgetvalue(rows, row, 0), NULL, 10));
	}
	PQclear(rows);
	if (moved.text.length > 0) {
		status = merge_moved(tx, &moved, err);
	}
	array_finish(&moved);
	return status;
}

int transaction_assign_places(
	struct transaction *tx, transaction_places_fn *find, void *arg, struct error *err)
{
	struct transaction_places places = { 0 };
	const char *arguments[2];
	int status;

	tx->session.state[0] = '\0';
	status = begin(tx, STATIONS_ALONE, err);
	if (status == 0) {
		status = find(arg, &places, err);
	}
	if (status == 0) {
		array_arguments(places.added, 2, arguments);
		status = session_query(&tx->session, "ordering objects", insert_places, 2,
			arguments, NULL, err);
	}
	if (status == 0) {
		status = move_objects(tx, places.moved, err);
	}
	if (status == 0) {
		status = transaction_commit(tx, NULL, 0, false, err);
	}
	arrays_finish(places.added, 2);
	arrays_finish(places.moved, 2);
	return end(tx, status);
}

/* -- Objects that are gone ----------------------------------------------- */

static const char lock_origins[] =
	"select origin from origin where origin = any ($1::integer[]) order by uri for update";

static const char remove_rejects[] =
	"delete from reject r using origin o where o.origin = any ($1::integer[]) "
	"and r.uri = o.uri";

static const char remove_objects[] =
	"delete from ingest_object i using origin o where o.origin = any ($1::integer[]) "
	"and i.uri = o.uri";

static const char remove_origins[] = "delete from origin where origin = any ($1::integer[])";

static int remove_some(struct transaction *tx, struct array *ids, struct error *err)
{
	const char *argument = array_argument(ids);
	const struct statement statements[] = {
		{ "removing rejects", remove_rejects, 1, &argument, 0 },
		{ "removing objects", remove_objects, 1, &argument, 0 },
		{ "removing origins", remove_origins, 1, &argument, 0 },
	};
	int count;

	if (begin(tx, STATIONS_SHARED, err) < 0 ||
		session_query(&tx->session, "locking objects", lock_origins, 1, &argument, NULL,
			err) < 0) {
		return -1;
	}
	count = missing_all(&tx->session, ids, &tx->revise, err);
	if (count < 0 || revise(tx, err) < 0 ||
		(count == 0 && session_run(&tx->session, statements, 3, NULL, err) < 0)) {
		return -1;
	}
	return transaction_commit(tx, NULL, 0, false, err) < 0 ? -1 : count;
}

int transaction_remove(struct transaction *tx, struct array *ids, struct error *err)
{
	tx->session.state[0] = '\0';
	return end(tx, remove_some(tx, ids, err));
}

/* -- Access -------------------------------------------------------------- */

bool transaction_refuses(const struct transaction *tx, const char *source, struct error *err)
{
	return elements_refuse(tx->elements, source, err);
}

struct session *transaction_session(struct transaction *tx)
{
	return &tx->session;
}

enum session_failure transaction_failure(const struct transaction *tx)
{
	return session_failure(&tx->session);
}

const struct transaction_counts *transaction_totals(const struct transaction *tx)
{
	return &tx->totals;
}

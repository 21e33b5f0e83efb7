#include "ingest/write/transact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/store/missing.h"
#include "ingest/store/stored.h"
#include "ingest/store/write_set.h"
#include "ingest/write/completion.h"
#include "ingest/write/store.h"
#include "ingest/write/transact_work.h"

enum {
	TOUCHED_MAX = 20000,    /* stations whose statistics wait for the end of an object */
	RECOMPUTE_STATIONS = 64 /* in one transaction */
};

/* No insert and lock in order here: these stations are stored, and locked in
 * order. */
static const char lock_next[] = "select station_id from station where station_id > $1 "
				"order by station_id limit $2::integer for update";

struct transact *transact_create(PGconn *conn, int64_t deadline,
	const struct registry *registry, int64_t run_id, enum transact_removal removal,
	struct array *known)
{
	struct transact *transact = memory_new(struct transact);

	transact->session.conn = conn;
	transact->session.deadline = deadline;
	transact->run_id = run_id;
	transact->removal = removal;
	transact->known = known;
	definitions_init(&transact->definitions, registry);
	transact->elements = elements_create(registry);
	transact->derive = recompute_create(registry, &transact->session);
	return transact;
}

void transact_destroy(struct transact *transact)
{
	if (transact != NULL) {
		recompute_destroy(transact->derive);
		definitions_finish(&transact->definitions);
		elements_destroy(transact->elements);
		dirty_finish(&transact->dirty);
		array_finish(&transact->changed);
		origins_finish(&transact->origins);
		revise_finish(&transact->revise);
		free(transact);
	}
}

static void forget(struct transact *transact)
{
	transact->counts = (struct transact_counts){ 0 };
	dirty_clear(&transact->dirty);
	array_clear(&transact->changed);
	transact->elements_changed = false;
	transact->noting = false;
	origins_clear(&transact->origins);
	revise_clear(&transact->revise);
	recompute_reset(transact->derive);
}

/* -- Filling ------------------------------------------------------------ */

static int store_elements(struct transact *transact, struct batch *const *batches, size_t count,
	struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (batches[i]->outcome != BATCH_TAKEN) {
			continue;
		}
		if (elements_store(transact->elements, &transact->session, batches[i]->source,
			    &transact->elements_changed, err) < 0) {
			return -1;
		}
		if (elements_refuse(transact->elements, batches[i]->source, err)) {
			return -1;
		}
	}
	return 0;
}

/* A calculator may look at the place of a station: when that changes, all of its
 * statistics may. */
static void touch_described(struct transact *transact, const struct write_set *set)
{
	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];

		if (station->changed && !station->fresh) {
			dirty_add_all(&transact->dirty, station->id);
		}
	}
}

/* Their rows will be written as if there were none. */
static int clear_fresh(
	struct transact *transact, const struct write_set *set, struct error *err)
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
		status = recompute_clear(transact->derive, &ids, err);
	}
	array_finish(&ids);
	return status;
}

static void count_batch(struct transact *transact, const struct write_set *set,
	const struct store_counts *blocks)
{
	for (size_t i = 0; i < set->station_count; i++) {
		if (set->stations[i].changed) {
			array_text(&transact->changed, set->stations[i].id);
		}
		transact->counts.stations_added += set->stations[i].added;
	}
	transact->counts.blocks_added += blocks->added;
	transact->counts.blocks_changed += blocks->changed;
}

/* Statistics are computed from what is at hand only if it is all there is: not if
 * more parcels may follow. */
static int store_batch(struct transact *transact, struct write_set *set,
	enum stations_begin how, struct error *err)
{
	const struct store_how store = { .at_hand = how == STATIONS_SHARED,
		.derive = transact->derive,
		.dirty = &transact->dirty };
	struct session *session = &transact->session;
	struct stored_blocks stored = { 0 };
	struct store_counts counts = { 0 };
	PGresult *known = NULL;
	int status = -1;

	if (stations_lock(session, set, &known, err) == 0 &&
		clear_fresh(transact, set, err) == 0) {
		touch_described(transact, set);
		status = stations_blocks(session, set, &stored.blocks, err);
	}
	if (status == 0) {
		status = stored_read_parts(&stored, session, &transact->origins, err);
	}
	if (status == 0) {
		status = store_blocks(
			session, set, &stored, &transact->origins, &store, &counts, err);
	}
	stored_finish(&stored);
	PQclear(known);
	if (status == 0) {
		count_batch(transact, set, &counts);
		status = recompute_write(transact->derive, &transact->counts.statistics, err);
	}
	return status;
}

int transact_revise(struct transact *transact, struct error *err)
{
	return revise_run(&transact->revise, &transact->session, &transact->origins,
		&transact->dirty, &transact->changed, err);
}

static int recompute_now(struct transact *transact, struct error *err)
{
	int status = recompute_touched(transact->derive, NULL, &transact->dirty,
		&transact->counts.statistics, &transact->changed, err);

	dirty_clear(&transact->dirty);
	return status;
}

/* Standard input has no state that it could be compared with. */
static bool is_piped(const struct batch *batch)
{
	return batch->uri[0] == '-';
}

/* An empty file may be one that was cut off: it takes nothing back unless that is wanted. */
static bool adds(const struct transact *transact, const struct batch *batch)
{
	bool empty = batch->source != NULL && strcmp(batch->source, BATCH_EMPTY) == 0;

	return transact->removal == TRANSACT_NOTHING || is_piped(batch) ||
	       (empty && transact->removal != TRANSACT_OBJECTS);
}

/* An archive may hold a name twice: the last one counts. */
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

static int find_origins(struct transact *transact, struct batch *const *batches, size_t count,
	struct error *err)
{
	if (origins_take(&transact->origins, &transact->session, batches, count, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		batches[i]->adds = adds(transact, batches[i]);
		if (is_superseded(batches, count, i)) {
			batches[i]->origin = NULL;
		}
	}
	return 0;
}

/* What the objects do not say any more: of those that come in one parcel that is known before
 * they are stored, of others it is known at their end. */
static int find_missing(struct transact *transact, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	struct batch *batch = batches[0];

	if (how == STATIONS_SHARED) {
		return missing_find(&transact->session, batches, count, &transact->revise, err);
	}
	if (batch->first && !batch->adds) {
		if (missing_is_stored(
			    &transact->session, batch->origin, &transact->noting, err) < 0) {
			return -1;
		}
	}
	batch->adds = true; /* to the parcels before it */
	return transact->noting ? missing_note(&transact->session, batch, err) : 0;
}

/* The parcel is the object's last. */
static int end_object(struct transact *transact, const struct batch *batch, struct error *err)
{
	if (transact->noting &&
		missing_rest(&transact->session, batch->origin, &transact->revise, err) < 0) {
		return -1;
	}
	return transact_revise(transact, err);
}

int transact_begin(struct transact *transact, enum stations_begin how, struct error *err)
{
	if (stations_begin(&transact->session, how, err) < 0) {
		return -1;
	}
	return how != STATIONS_WITHIN
		       ? definitions_hold(&transact->definitions, &transact->session, err)
		       : 0;
}

static int fill(struct transact *transact, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	struct write_set set;
	int status;

	write_set_init(&set, batches, count);
	status = set.station_count > 0 ? stations_add(&transact->session, &set, err) : 0;
	if (status == 0) {
		status = store_elements(transact, batches, count, err);
	}
	if (status == 0 && set.station_count > 0) {
		status = store_batch(transact, &set, how, err);
	}
	write_set_finish(&set);
	return status;
}

static bool any_taken(struct batch *const *batches, size_t count)
{
	size_t i = 0;

	while (i < count && batches[i]->outcome != BATCH_TAKEN) {
		i++;
	}
	return i < count;
}

int transact_add(struct transact *transact, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err)
{
	transact->session.state[0] = '\0';
	if (transact_begin(transact, how, err) < 0) {
		return -1;
	}
	if (!any_taken(batches, count)) {
		return 0;
	}
	if (find_origins(transact, batches, count, err) < 0 ||
		find_missing(transact, batches, count, how, err) < 0 ||
		fill(transact, batches, count, how, err) < 0) {
		return -1;
	}
	if (batches[count - 1]->last && end_object(transact, batches[count - 1], err) < 0) {
		return -1;
	}
	return transact->dirty.count > TOUCHED_MAX ? recompute_now(transact, err) : 0;
}

int transact_rejects(struct transact *transact, const struct batch *batch, struct error *err)
{
	return complete_rejects(&transact->session, batch, err);
}

/* -- Ending ------------------------------------------------------------- */

static void add_totals(struct transact *transact)
{
	const struct transact_counts *from = &transact->counts;
	struct transact_counts *to = &transact->totals;

	to->stations_added += from->stations_added;
	to->blocks_added += from->blocks_added;
	to->blocks_changed += from->blocks_changed;
	to->statistics += from->statistics;
	to->version = from->version != 0 ? from->version : to->version;
}

int transact_commit(struct transact *transact, struct batch *const *batches, size_t count,
	bool rejects_stored, struct error *err)
{
	if (recompute_now(transact, err) < 0 ||
		revise_suspects(&transact->revise, &transact->session, err) < 0) {
		return -1;
	}
	transact->counts.blocks_changed += transact->revise.changed;
	const struct settle settle = { .run_id = transact->run_id,
		.batches = batches,
		.count = count,
		.rejects_stored = rejects_stored,
		.changed = transact->changed.text.length > 0 || transact->elements_changed,
		.stations = &transact->changed,
		.calculators = transact->known };

	if (complete_commit(&transact->session, &settle, &transact->counts.version, err) < 0) {
		return -1;
	}
	elements_commit(transact->elements);
	add_totals(transact);
	forget(transact);
	return 0;
}

/* -- Computing anew ----------------------------------------------------- */

static int recompute(
	struct transact *transact, const char *calculator, char *station, struct error *err)
{
	char limit[12];
	const char *arguments[] = { station, limit };
	const struct statement statements[] = {
		{ "waiting for other ingestions", stations_lock_shared, 0, NULL, 0 },
		{ "locking stations", lock_next, 2, arguments, 0 },
	};
	PGresult *results[2];
	int count;

	snprintf(limit, sizeof(limit), "%d", RECOMPUTE_STATIONS);
	if (session_begin(&transact->session, err) < 0 ||
		session_run(&transact->session, statements, 2, results, err) < 0) {
		return -1;
	}
	count = PQntuples(results[1]);
	for (int row = 0; row < count; row++) {
		dirty_add_all(&transact->dirty, PQgetvalue(results[1], row, 0));
	}
	if (count > 0) {
		snprintf(station, STATION_ID_MAX + 1, "%s",
			PQgetvalue(results[1], count - 1, 0));
	}
	PQclear(results[0]);
	PQclear(results[1]);
	if (definitions_hold(&transact->definitions, &transact->session, err) < 0 ||
		recompute_touched(transact->derive, calculator, &transact->dirty,
			&transact->counts.statistics, &transact->changed, err) < 0) {
		return -1;
	}
	dirty_clear(&transact->dirty);
	return transact_commit(transact, NULL, 0, false, err) < 0 ? -1 : count;
}

int transact_recompute(
	struct transact *transact, const char *calculator, char *station, struct error *err)
{
	int count;

	transact->session.state[0] = '\0';
	count = recompute(transact, calculator, station, err);
	if (count < 0) {
		transact_rollback(transact);
	}
	return count;
}

/* Those rows count now, unless data were changed meanwhile by a process without the calculator.
 */
static const char mark_computed[] =
	"update calculator set computed_definition = $2, computed_table = 'stat_' || name, "
	"stale = false, computing_definition = null, computed_until = null "
	"where name = $1 and definition = $2 and ((computing_definition = $2 and "
	"computed_until = $3) or not exists (select from block)) "
	"returning exists (select from block)";

static int mark(struct transact *transact, const char *const *arguments, struct error *err)
{
	const struct statement statements[] = {
		{ "waiting for other ingestions", stations_lock_shared, 0, NULL, 0 },
		{ "marking statistics", mark_computed, 3, arguments, 0 },
	};
	struct settle settle = { .run_id = transact->run_id, .stations = &transact->changed };
	PGresult *results[2];

	if (session_begin(&transact->session, err) < 0 ||
		session_run(&transact->session, statements, 2, results, err) < 0) {
		return -1;
	}
	settle.changed = PQntuples(results[1]) == 1 && *PQgetvalue(results[1], 0, 0) == 't';
	PQclear(results[0]);
	PQclear(results[1]);
	if (complete_commit(&transact->session, &settle, &transact->counts.version, err) < 0) {
		return -1;
	}
	add_totals(transact);
	forget(transact);
	return 0;
}

int transact_computed(struct transact *transact, const char *calculator, const char *definition,
	const char *station, struct error *err)
{
	const char *arguments[] = { calculator, definition, station };
	int status;

	transact->session.state[0] = '\0';
	status = mark(transact, arguments, err);
	if (status < 0) {
		transact_rollback(transact);
	}
	return status;
}

/* ----------------------------------------------------------------------- */

void transact_rollback(struct transact *transact)
{
	session_leave(&transact->session);
	elements_rollback(transact->elements);
	forget(transact);
}

bool transact_refuse(const struct transact *transact, const char *source, struct error *err)
{
	return elements_refuse(transact->elements, source, err);
}

struct session *transact_session(struct transact *transact)
{
	return &transact->session;
}

enum session_failure transact_failure(const struct transact *transact)
{
	return session_failure(&transact->session);
}

const struct transact_counts *transact_totals(const struct transact *transact)
{
	return &transact->totals;
}

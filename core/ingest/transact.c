#include "ingest/transact.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "ingest/batch.h"
#include "ingest/derive.h"
#include "ingest/elements.h"
#include "ingest/settle.h"
#include "ingest/store.h"
#include "ingest/touched.h"

enum {
	TOUCHED_MAX = 20000,    /* stations whose statistics wait for the end of an object */
	RECOMPUTE_STATIONS = 64 /* in one transaction */
};

/* No insert and lock in order here: these stations are stored, and locked in
 * order. */
static const char lock_next[] = "select station_id from station where station_id > $1 "
				"order by station_id limit $2::integer for update";

struct transact {
	struct session session;
	int64_t run_id;
	struct array *others;
	struct elements *elements;
	struct derive *derive;
	struct transact_counts totals;

	/* Of the transaction under way. */
	struct transact_counts counts;
	struct touched touched;
	struct array changed; /* ids of stations */
	bool elements_changed;
};

struct transact *transact_create(PGconn *conn, int64_t deadline,
	const struct registry *registry, int64_t run_id, struct array *others)
{
	struct transact *transact = memory_new(struct transact);

	transact->session.conn = conn;
	transact->session.deadline = deadline;
	transact->run_id = run_id;
	transact->others = others;
	transact->elements = elements_create(registry);
	transact->derive = derive_create(registry, &transact->session);
	return transact;
}

void transact_destroy(struct transact *transact)
{
	if (transact != NULL) {
		derive_destroy(transact->derive);
		elements_destroy(transact->elements);
		touched_finish(&transact->touched);
		array_finish(&transact->changed);
		free(transact);
	}
}

static void forget(struct transact *transact)
{
	transact->counts = (struct transact_counts){ 0 };
	touched_clear(&transact->touched);
	array_clear(&transact->changed);
	transact->elements_changed = false;
	derive_reset(transact->derive);
}

/* -- Filling ------------------------------------------------------------ */

static int store_elements(struct transact *transact, struct parcel *const *parcels,
	size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (parcels[i]->outcome != PARCEL_TAKEN) {
			continue;
		}
		if (elements_store(transact->elements, &transact->session, parcels[i]->source,
			    &transact->elements_changed, err) < 0) {
			return -1;
		}
		if (elements_refuse(transact->elements, parcels[i]->source, err)) {
			return -1;
		}
	}
	return 0;
}

/* A calculator may look at the place of a station: when that changes, all of its
 * statistics may. */
static void touch_described(struct transact *transact, const struct batch *batch)
{
	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		if (station->changed && !station->fresh) {
			touched_add_all(&transact->touched, station->id);
		}
	}
}

/* Their rows will be written as if there were none. */
static int clear_fresh(struct transact *transact, const struct batch *batch, struct error *err)
{
	struct array ids = { 0 };
	int status = 0;

	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		if (station->fresh && !station->added && station->report_count > 0) {
			array_text(&ids, station->id);
		}
	}
	if (ids.text.length > 0) {
		status = derive_clear(transact->derive, &ids, err);
	}
	array_finish(&ids);
	return status;
}

static void count_batch(
	struct transact *transact, const struct batch *batch, const struct store_counts *blocks)
{
	for (size_t i = 0; i < batch->station_count; i++) {
		if (batch->stations[i].changed) {
			array_text(&transact->changed, batch->stations[i].id);
		}
		transact->counts.stations_added += batch->stations[i].added;
	}
	transact->counts.blocks_added += blocks->added;
	transact->counts.blocks_changed += blocks->changed;
}

/* Statistics are computed from what is at hand only if it is all there is: not if
 * more parcels may follow. */
static int store_batch(struct transact *transact, struct batch *batch, enum stations_begin how,
	struct error *err)
{
	struct session *session = &transact->session;
	struct store_counts counts = { 0 };
	PGresult *known = NULL, *blocks = NULL;
	int status = -1;

	if (stations_lock(session, batch, &known, err) == 0 &&
		clear_fresh(transact, batch, err) == 0) {
		touch_described(transact, batch);
		status = stations_blocks(session, batch, &blocks, err);
	}
	if (status == 0) {
		status = store_blocks(session, batch, blocks, transact->derive,
			how == STATIONS_SHARED, &transact->touched, &counts, err);
	}
	PQclear(blocks);
	PQclear(known);
	if (status == 0) {
		count_batch(transact, batch, &counts);
		status = derive_write(transact->derive, &transact->counts.statistics, err);
	}
	return status;
}

static int derive_now(struct transact *transact, struct error *err)
{
	int status = derive_touched(transact->derive, NULL, &transact->touched,
		&transact->counts.statistics, &transact->changed, err);

	touched_clear(&transact->touched);
	return status;
}

int transact_add(struct transact *transact, struct parcel *const *parcels, size_t count,
	enum stations_begin how, struct error *err)
{
	struct batch batch;
	int status;

	transact->session.state[0] = '\0';
	batch_init(&batch, parcels, count);
	status = stations_begin(&transact->session, &batch, how, err);
	if (status == 0) {
		status = store_elements(transact, parcels, count, err);
	}
	if (status == 0 && batch.station_count > 0) {
		status = store_batch(transact, &batch, how, err);
	}
	batch_finish(&batch);
	if (status == 0 && transact->touched.count > TOUCHED_MAX) {
		status = derive_now(transact, err);
	}
	return status;
}

int transact_rejects(struct transact *transact, const struct parcel *parcel, struct error *err)
{
	return settle_rejects(&transact->session, parcel, err);
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

int transact_commit(struct transact *transact, struct parcel *const *parcels, size_t count,
	bool rejects_stored, struct error *err)
{
	if (derive_now(transact, err) < 0) {
		return -1;
	}
	const struct settle settle = { .run_id = transact->run_id,
		.parcels = parcels,
		.count = count,
		.rejects_stored = rejects_stored,
		.changed = transact->changed.text.length > 0 || transact->elements_changed,
		.stations = &transact->changed,
		.calculators = transact->others };

	if (settle_commit(&transact->session, &settle, &transact->counts.version, err) < 0) {
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
		touched_add_all(&transact->touched, PQgetvalue(results[1], row, 0));
	}
	if (count > 0) {
		snprintf(station, STATION_ID_MAX + 1, "%s",
			PQgetvalue(results[1], count - 1, 0));
	}
	PQclear(results[0]);
	PQclear(results[1]);
	if (derive_touched(transact->derive, calculator, &transact->touched,
		    &transact->counts.statistics, &transact->changed, err) < 0) {
		return -1;
	}
	touched_clear(&transact->touched);
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

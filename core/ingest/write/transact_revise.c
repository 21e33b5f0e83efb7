/* Transactions that change what objects count, or take out what they have said. */
#include <stdlib.h>

#include "ingest/store/missing.h"
#include "ingest/store/stations.h"
#include "ingest/write/transact_work.h"

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

static const char remove_rejects[] =
	"delete from reject r using origin o where o.origin = any ($1::integer[]) "
	"and r.uri = o.uri";

static const char remove_objects[] =
	"delete from ingest_object i using origin o where o.origin = any ($1::integer[]) "
	"and i.uri = o.uri";

static const char remove_origins[] = "delete from origin where origin = any ($1::integer[])";

static const char lock_origins[] =
	"select origin from origin where origin = any ($1::integer[]) order by uri for update";

/* -- Places -------------------------------------------------------------- */

static int read_column(struct session *session, const struct statement *statement,
	struct array *to, bool text, struct error *err)
{
	PGresult *rows;

	if (session_run(session, statement, 1, &rows, err) < 0) {
		return -1;
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		if (text) {
			array_text(to, PQgetvalue(rows, row, 0));
		} else {
			array_integer(to, strtoll(PQgetvalue(rows, row, 0), NULL, 10));
		}
	}
	PQclear(rows);
	return 0;
}

/* The objects have other places now: what they share with others may be another's. */
static int follow_places(struct transact *transact, struct array *moved, struct error *err)
{
	const char *argument = array_argument(moved);
	const struct statement statement = { "reading descriptions", select_described, 1,
		&argument, 0 };
	struct missing_place last = { 0 };
	struct array stations = { 0 };
	int status, count;

	do {
		count = missing_shared(
			&transact->session, moved, &last, &transact->revise, err);
		status = count < 0 ? -1 : transact_revise(transact, err);
	} while (status == 0 && count > 0);
	if (status == 0) {
		status = read_column(&transact->session, &statement, &stations, true, err);
	}
	if (status == 0 && stations.text.length > 0) {
		status = revise_stations(&transact->session, &stations, &transact->dirty,
			&transact->changed, err);
	}
	array_finish(&stations);
	return status;
}

static int move(struct transact *transact, struct array columns[2], struct error *err)
{
	const char *arguments[] = { array_argument(&columns[0]), array_argument(&columns[1]) };
	const struct statement statement = { "ordering objects", update_places, 2, arguments,
		0 };
	struct array moved = { 0 };
	int status = 0;

	if (columns[0].text.length > 0) {
		status = read_column(&transact->session, &statement, &moved, false, err);
	}
	if (status == 0 && moved.text.length > 0) {
		status = follow_places(transact, &moved, err);
	}
	array_finish(&moved);
	return status;
}

int transact_read(struct transact *transact, const struct statement *statements, size_t count,
	PGresult **results, struct error *err)
{
	return session_run(&transact->session, statements, count, results, err);
}

int transact_order(
	struct transact *transact, transact_order_fn *find, void *arg, struct error *err)
{
	struct transact_places places = { 0 };
	const char *arguments[2];
	const struct statement statement = { "ordering objects", insert_places, 2, arguments,
		0 };
	int status;

	transact->session.state[0] = '\0';
	status = transact_begin(transact, STATIONS_ALONE, err);
	if (status == 0) {
		status = find(arg, &places, err);
	}
	if (status == 0) {
		arguments[0] = array_argument(&places.added[0]);
		arguments[1] = array_argument(&places.added[1]);
		status = session_run(&transact->session, &statement, 1, NULL, err);
	}
	if (status == 0) {
		status = move(transact, places.moved, err);
	}
	if (status == 0) {
		status = transact_commit(transact, NULL, 0, false, err);
	}
	if (status < 0) {
		transact_rollback(transact);
	}
	for (int i = 0; i < 2; i++) {
		array_finish(&places.added[i]);
		array_finish(&places.moved[i]);
	}
	return status;
}

/* -- Objects that are gone ----------------------------------------------- */

static int remove_ledger(struct transact *transact, struct array *ids, struct error *err)
{
	const char *argument = array_argument(ids);
	const struct statement statements[] = {
		{ "removing rejects", remove_rejects, 1, &argument, 0 },
		{ "removing objects", remove_objects, 1, &argument, 0 },
		{ "removing origins", remove_origins, 1, &argument, 0 },
	};

	return session_run(&transact->session, statements, 3, NULL, err);
}

static int remove_some(struct transact *transact, struct array *ids, struct error *err)
{
	const char *argument = array_argument(ids);
	const struct statement lock = { "locking objects", lock_origins, 1, &argument, 0 };
	int count;

	if (transact_begin(transact, STATIONS_SHARED, err) < 0 ||
		session_run(&transact->session, &lock, 1, NULL, err) < 0) {
		return -1;
	}
	count = missing_all(&transact->session, ids, &transact->revise, err);
	if (count < 0 || transact_revise(transact, err) < 0 ||
		(count == 0 && remove_ledger(transact, ids, err) < 0)) {
		return -1;
	}
	return transact_commit(transact, NULL, 0, false, err) < 0 ? -1 : count;
}

int transact_remove(struct transact *transact, struct array *ids, struct error *err)
{
	int count;

	transact->session.state[0] = '\0';
	count = remove_some(transact, ids, err);
	if (count < 0) {
		transact_rollback(transact);
	}
	return count;
}

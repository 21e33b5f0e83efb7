#include "ingest/stations.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/array.h"
#include "ingest/stored.h"

/* The advisory lock by which an object of several parcels keeps others out. */
#define LOCK_KEY "4993453186"

const char stations_lock_shared[] = "select pg_advisory_xact_lock_shared(" LOCK_KEY ")";
static const char lock_alone[] = "select pg_advisory_xact_lock(" LOCK_KEY ")";

static const char insert_stations[] =
	"insert into station (station_id) select id from unnest($1::text[]) as id "
	"on conflict (station_id) do nothing returning station_id";

static const char lock_stations[] =
	"select station_id from station where station_id = any ($1::text[]) "
	"order by station_id for update";

static const char describe_stations[] =
	"update station s set name = coalesce(d.name, s.name), "
	"latitude = coalesce(d.latitude, s.latitude), "
	"longitude = coalesce(d.longitude, s.longitude), "
	"elevation = coalesce(d.elevation, s.elevation), "
	"country = coalesce(d.country, s.country), state = coalesce(d.state, s.state), "
	"wmo_id = coalesce(d.wmo_id, s.wmo_id) "
	"from unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::float8[], "
	"$6::text[], $7::text[], $8::text[]) as d "
	"(station_id, name, latitude, longitude, elevation, country, state, wmo_id) "
	"where s.station_id = d.station_id and "
	"(coalesce(d.name, s.name), coalesce(d.latitude, s.latitude), "
	"coalesce(d.longitude, s.longitude), coalesce(d.elevation, s.elevation), "
	"coalesce(d.country, s.country), coalesce(d.state, s.state), "
	"coalesce(d.wmo_id, s.wmo_id)) is distinct from (s.name, s.latitude, "
	"s.longitude, s.elevation, s.country, s.state, s.wmo_id) "
	"returning s.station_id";

static const char select_known[] =
	"select " STATIONS_COLUMNS ", exists (select from block b where b.station_id = "
	"station.station_id) from station where station_id = any ($1::text[])";

static const char select_blocks[] =
	"select " STORED_COLUMNS " from unnest($1::text[], $2::smallint[]) as t (id, year) "
	"join block b on b.station_id = t.id and b.year = t.year "
	"where b.element = any ($3::text[]) order by b.station_id, b.year, b.element";

enum { DESCRIPTION_COLUMNS = 8, KNOWN_HAS_BLOCKS = DESCRIPTION_COLUMNS };

/* -- Adding ------------------------------------------------------------- */

static void mark_added(struct batch *batch, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		struct batch_station *station = batch_find(batch, PQgetvalue(result, row, 0));

		assert(station != NULL);
		station->added = true;
		station->fresh = true;
		station->changed = true;
	}
}

int stations_begin(struct session *session, struct batch *batch, enum stations_begin how,
	struct error *err)
{
	struct array ids = { 0 };
	PGresult *results[2];
	size_t first = how == STATIONS_WITHIN ? 1 : 0;
	int status;

	for (size_t i = 0; i < batch->station_count; i++) {
		array_text(&ids, batch->stations[i].id);
	}
	const char *argument = array_argument(&ids);
	const struct statement statements[] = {
		{ "waiting for other ingestions",
			how == STATIONS_ALONE ? lock_alone : stations_lock_shared, 0, NULL, 0 },
		{ "adding stations", insert_stations, 1, &argument, 0 },
	};
	status = how == STATIONS_WITHIN ? session_go_on(session, err)
					: session_begin(session, err);
	if (status == 0) {
		status = session_run(
			session, statements + first, 2 - first, results + first, err);
	}
	if (status == 0) {
		mark_added(batch, results[1]);
		for (size_t i = first; i < 2; i++) {
			PQclear(results[i]);
		}
	}
	array_finish(&ids);
	return status;
}

/* -- Locking and describing --------------------------------------------- */

static double parse_double(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NAN
						: strtod(PQgetvalue(result, row, column), NULL);
}

static const char *parse_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

struct alm_station stations_parse(const PGresult *result, int row)
{
	return (struct alm_station){ .id = PQgetvalue(result, row, 0),
		.name = parse_text(result, row, 1),
		.latitude = parse_double(result, row, 2),
		.longitude = parse_double(result, row, 3),
		.elevation = parse_double(result, row, 4),
		.country = parse_text(result, row, 5),
		.state = parse_text(result, row, 6),
		.wmo_id = parse_text(result, row, 7) };
}

static void put_text(struct array *array, const char *text)
{
	array_text(array, text != NULL && *text != '\0' ? text : NULL);
}

static void put_description(struct array *columns, const struct alm_station *station)
{
	put_text(&columns[0], station->id);
	put_text(&columns[1], station->name);
	array_double(&columns[2], station->latitude);
	array_double(&columns[3], station->longitude);
	array_double(&columns[4], station->elevation);
	put_text(&columns[5], station->country);
	put_text(&columns[6], station->state);
	put_text(&columns[7], station->wmo_id);
}

static void mark_described(struct batch *batch, const PGresult *changed, const PGresult *known)
{
	for (int row = 0; row < PQntuples(changed); row++) {
		batch_find(batch, PQgetvalue(changed, row, 0))->changed = true;
	}
	for (int row = 0; row < PQntuples(known); row++) {
		struct batch_station *station = batch_find(batch, PQgetvalue(known, row, 0));

		station->description = stations_parse(known, row);
		station->fresh = *PQgetvalue(known, row, KNOWN_HAS_BLOCKS) == 'f';
	}
}

/* `old`: stations that were stored before; `asked`: those and the described ones;
 * `columns`: the descriptions. */
static int lock_and_describe(struct session *session, struct batch *batch, struct array *old,
	struct array *asked, struct array *columns, PGresult **known, struct error *err)
{
	PGresult *results[3];
	const char *old_ids = array_argument(old), *asked_ids = array_argument(asked);
	const char *arguments[DESCRIPTION_COLUMNS];

	for (int i = 0; i < DESCRIPTION_COLUMNS; i++) {
		arguments[i] = array_argument(&columns[i]);
	}
	const struct statement statements[] = {
		{ "locking stations", lock_stations, 1, &old_ids, 0 },
		{ "describing stations", describe_stations, DESCRIPTION_COLUMNS, arguments, 0 },
		{ "reading stations", select_known, 1, &asked_ids, 0 },
	};
	if (session_run(session, statements, 3, results, err) < 0) {
		return -1;
	}
	mark_described(batch, results[1], results[2]);
	PQclear(results[0]);
	PQclear(results[1]);
	*known = results[2];
	return 0;
}

int stations_lock(
	struct session *session, struct batch *batch, PGresult **known, struct error *err)
{
	struct array old = { 0 }, asked = { 0 }, columns[DESCRIPTION_COLUMNS] = { 0 };
	bool needed = false;
	int status = 0;

	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		if (!station->added) {
			array_text(&old, station->id);
		}
		if (station->described) {
			put_description(columns, &station->description);
		}
		if (!station->added || station->described) {
			array_text(&asked, station->id);
			needed = true;
		}
	}
	if (needed) {
		status = lock_and_describe(session, batch, &old, &asked, columns, known, err);
	}
	array_finish(&old);
	array_finish(&asked);
	for (int i = 0; i < DESCRIPTION_COLUMNS; i++) {
		array_finish(&columns[i]);
	}
	return status;
}

/* -- Reading ------------------------------------------------------------ */

/* Pairs of station and year of which something is reported and stored. */
static size_t list_years(const struct batch *batch, struct array *ids, struct array *years)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];
		int year = 0;

		for (size_t k = 0; !station->fresh && k < station->report_count; k++) {
			if (station->reports[k]->year != year) {
				year = station->reports[k]->year;
				array_text(ids, station->id);
				array_integer(years, year);
				count++;
			}
		}
	}
	return count;
}

static bool is_listed(
	const struct alm_element *const *list, size_t count, const struct alm_element *element)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == element || strcmp(list[i]->code, element->code) == 0) {
			return true;
		}
	}
	return false;
}

/* The elements that are reported of anywhere in the batch. More than fit the list
 * may come twice, which does no harm. */
static void list_elements(const struct batch *batch, struct array *codes)
{
	enum { LIST_MAX = 256 };
	const struct alm_element *list[LIST_MAX];
	size_t count = 0;

	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		for (size_t k = 0; !station->fresh && k < station->report_count; k++) {
			const struct alm_element *element = station->reports[k]->element;

			if (!is_listed(list, count, element)) {
				array_text(codes, element->code);
				if (count < LIST_MAX) {
					list[count++] = element;
				}
			}
		}
	}
}

int stations_blocks(struct session *session, const struct batch *batch, PGresult **blocks,
	struct error *err)
{
	struct array ids = { 0 }, years = { 0 }, codes = { 0 };
	int status = 0;

	if (list_years(batch, &ids, &years) > 0) {
		list_elements(batch, &codes);
		const char *arguments[] = { array_argument(&ids), array_argument(&years),
			array_argument(&codes) };
		const struct statement statement = { "reading blocks", select_blocks, 3,
			arguments, 1 };

		status = session_run(session, &statement, 1, blocks, err);
	}
	array_finish(&ids);
	array_finish(&years);
	array_finish(&codes);
	return status;
}

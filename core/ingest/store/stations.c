#include "ingest/store/stations.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "ingest/store/array.h"
#include "ingest/store/origins.h"
#include "ingest/store/stored.h"
#include "plugin/station.h"

/* Advisory lock by which an object of several batches excludes other transactions. */
#define LOCK_KEY "4993453186"

static const char lock_shared[] = "select pg_advisory_xact_lock_shared(" LOCK_KEY ")";
static const char lock_alone[] = "select pg_advisory_xact_lock(" LOCK_KEY ")";

static const char insert_stations[] =
	"insert into station (station_id) select id from unnest($1::text[]) as id "
	"on conflict (station_id) do nothing returning station_id";

static const char lock_stations[] =
	"select station_id from station where station_id = any ($1::text[]) "
	"order by station_id for update";

static const char store_descriptions[] =
	"insert into station_part as p (station_id, origin, name, latitude, longitude, "
	"elevation, country, state, wmo_id) "
	"select * from unnest($1::text[], $2::integer[], $3::text[], $4::float8[], "
	"$5::float8[], $6::float8[], $7::text[], $8::text[], $9::text[]) "
	"on conflict (station_id, origin) do update set name = excluded.name, "
	"latitude = excluded.latitude, longitude = excluded.longitude, "
	"elevation = excluded.elevation, country = excluded.country, "
	"state = excluded.state, wmo_id = excluded.wmo_id "
	"where (p.name, p.latitude, p.longitude, p.elevation, p.country, p.state, p.wmo_id) "
	"is distinct from (excluded.name, excluded.latitude, excluded.longitude, "
	"excluded.elevation, excluded.country, excluded.state, excluded.wmo_id)";

static const char store_sightings[] = "insert into station_part (station_id, origin) "
				      "select * from unnest($1::text[], $2::integer[]) "
				      "on conflict (station_id, origin) do nothing";

/* Of each column the value of the object that takes precedence among those that have one. */
#define WINNER(column) \
	"(array_agg(p." column " order by coalesce(o.place, -1) desc, " ORIGINS_ORDER( \
		"o.uri") " desc) filter (where p." column " is not null))[1] as " column

/* Distance between two known places in km, on a sphere. */
#define KILOMETRES \
	"6371 * 2 * asin(least(1, sqrt(power(sind((s.latitude - was.latitude) / 2), 2) + " \
	"cosd(s.latitude) * cosd(was.latitude) * " \
	"power(sind((s.longitude - was.longitude) / 2), 2))))"

/* clang-format off */
const char stations_describe[] =
	"update station s set name = d.name, latitude = d.latitude, "
	"longitude = d.longitude, elevation = d.elevation, country = d.country, "
	"state = d.state, wmo_id = d.wmo_id from (select t.id, "
	WINNER("name") ", " WINNER("latitude") ", " WINNER("longitude") ", " WINNER("elevation") ", "
	WINNER("country") ", " WINNER("state") ", " WINNER("wmo_id")
	" from (select distinct id from unnest($1::text[]) as t (id)) t "
	"left join station_part p on p.station_id = t.id "
	"left join origin o on o.origin = p.origin group by t.id) d "
	"join station was on was.station_id = d.id "
	"where s.station_id = d.id and (d.name, d.latitude, d.longitude, d.elevation, "
	"d.country, d.state, d.wmo_id) is distinct from (s.name, s.latitude, s.longitude, "
	"s.elevation, s.country, s.state, s.wmo_id) returning s.station_id, "
	"round((" KILOMETRES ")::numeric), was.latitude, was.longitude, s.latitude, s.longitude";
/* clang-format on */

static const char select_known[] =
	"select " STATIONS_COLUMNS ", exists (select from block b where b.station_id = "
	"station.station_id) from station where station_id = any ($1::text[])";

static const char select_blocks[] =
	"select " STORED_COLUMNS ", " STORED_ORIGIN
	" from unnest($1::text[], $2::smallint[]) as t (id, year) "
	"join block b on b.station_id = t.id and b.year = t.year "
	"where b.element = any ($3::text[]) order by b.station_id, b.year, b.element";

enum {
	DESCRIPTION_COLUMNS = 9,
	KNOWN_HAS_BLOCKS = 8,
	MOVE_KM = 10,    /* a station that is moved farther is reported */
	MOVES_SHOWN = 10 /* in a transaction */
};

/* -- Adding ------------------------------------------------------------- */

int stations_begin(struct session *session, enum stations_begin how, struct error *err)
{
	if (how == STATIONS_WITHIN) {
		return session_renew_timeout(session, err);
	}
	return session_begin(session, err) < 0
		       ? -1
		       : session_query(session, "waiting for other ingestions",
				 how == STATIONS_ALONE ? lock_alone : lock_shared, 0, NULL,
				 NULL, err);
}

int stations_add(struct session *session, struct write_set *set, struct error *err)
{
	struct array ids = { 0 };
	PGresult *result;
	int status;

	for (size_t i = 0; i < set->station_count; i++) {
		array_text(&ids, set->stations[i].id);
	}
	const char *argument = array_argument(&ids);
	status = session_query(
		session, "adding stations", insert_stations, 1, &argument, &result, err);
	if (status < 0) {
		array_finish(&ids);
		return -1;
	}
	for (int row = 0; row < PQntuples(result); row++) {
		struct write_set_station *station =
			write_set_find(set, PQgetvalue(result, row, 0));

		assert(station != NULL);
		station->added = station->fresh = station->changed = true;
	}
	PQclear(result);
	array_finish(&ids);
	return 0;
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
	return station_complete((struct alm_station){ .id = PQgetvalue(result, row, 0),
		.name = parse_text(result, row, 1),
		.latitude = parse_double(result, row, 2),
		.longitude = parse_double(result, row, 3),
		.elevation = parse_double(result, row, 4),
		.country = parse_text(result, row, 5),
		.state = parse_text(result, row, 6),
		.wmo_id = parse_text(result, row, 7) });
}

static void put_text(struct array *array, const char *text)
{
	array_text(array, text != NULL && *text != '\0' ? text : NULL);
}

/* Columns of descriptions, and the first two of stations without one. */
struct descriptions {
	struct array columns[DESCRIPTION_COLUMNS], sightings[2];
};

static void put_description(
	struct descriptions *found, const struct write_set_description *description)
{
	const struct alm_station *station = description->station;
	struct array *columns = station != NULL ? found->columns : found->sightings;

	put_text(&columns[0], description->id);
	array_integer(&columns[1], description->origin->id);
	if (station != NULL) {
		put_text(&columns[2], station->name);
		array_double(&columns[3], station->latitude);
		array_double(&columns[4], station->longitude);
		array_double(&columns[5], station->elevation);
		put_text(&columns[6], station->country);
		put_text(&columns[7], station->state);
		put_text(&columns[8], station->wmo_id);
	}
}

void stations_report_moves(const PGresult *described)
{
	int moves = 0;

	for (int row = 0; row < PQntuples(described); row++) {
		const bool placed =
			!PQgetisnull(described, row, 2) && !PQgetisnull(described, row, 4);

		if (!placed || strtod(PQgetvalue(described, row, 1), NULL) <= MOVE_KM) {
			continue;
		}
		if (moves++ < MOVES_SHOWN) {
			log_write(LOG_WARN,
				"station %s has moved by %s km, from %s, %s to %s, %s: is that right?",
				PQgetvalue(described, row, 0), PQgetvalue(described, row, 1),
				PQgetvalue(described, row, 2), PQgetvalue(described, row, 3),
				PQgetvalue(described, row, 4), PQgetvalue(described, row, 5));
		}
	}
	if (moves > MOVES_SHOWN) {
		log_write(LOG_WARN, "%d more stations have moved by more than %d km",
			moves - MOVES_SHOWN, MOVE_KM);
	}
}

static int describe(struct session *session, struct write_set *set, struct array *ids,
	struct descriptions *found, struct error *err)
{
	const char *described = array_argument(ids);
	const char *arguments[DESCRIPTION_COLUMNS], *sightings[2];
	PGresult *results[3];

	array_arguments(found->columns, DESCRIPTION_COLUMNS, arguments);
	array_arguments(found->sightings, 2, sightings);
	const struct statement statements[] = {
		{ "storing descriptions", store_descriptions, DESCRIPTION_COLUMNS, arguments,
			0 },
		{ "storing stations", store_sightings, 2, sightings, 0 },
		{ "describing stations", stations_describe, 1, &described, 0 },
	};
	if (ids->text.length == 0) {
		return 0;
	}
	if (session_run(session, statements, 3, results, err) < 0) {
		return -1;
	}
	stations_report_moves(results[2]);
	for (int row = 0; row < PQntuples(results[2]); row++) {
		write_set_find(set, PQgetvalue(results[2], row, 0))->changed = true;
	}
	session_clear(results, 3);
	return 0;
}

/* Locks stored stations. Another run may have removed one, as the last data of it were
 * withdrawn, since stations were added: then it has to be added again. */
static int lock_stored(
	struct session *session, const char *ids, size_t count, struct error *err)
{
	PGresult *locked;
	bool all;

	if (session_query(session, "locking stations", lock_stations, 1, &ids, &locked, err) <
		0) {
		return -1;
	}
	all = (size_t)PQntuples(locked) == count;
	PQclear(locked);
	if (!all) {
		snprintf(session->state, sizeof(session->state), "%s", SESSION_RETRY);
		return error_set(err, "another run has removed a station of it");
	}
	return 0;
}

/* `ids`: stored stations (`count`), described ones, and both. */
static int lock_and_describe(struct session *session, struct write_set *set,
	struct array ids[3], size_t count, struct descriptions *found, PGresult **known,
	struct error *err)
{
	const char *wanted = array_argument(&ids[2]);

	if (lock_stored(session, array_argument(&ids[0]), count, err) < 0 ||
		describe(session, set, &ids[1], found, err) < 0 ||
		session_query(session, "reading stations", select_known, 1, &wanted, known,
			err) < 0) {
		return -1;
	}
	for (int row = 0; row < PQntuples(*known); row++) {
		struct write_set_station *station =
			write_set_find(set, PQgetvalue(*known, row, 0));

		station->description = stations_parse(*known, row);
		station->fresh = *PQgetvalue(*known, row, KNOWN_HAS_BLOCKS) == 'f';
	}
	return 0;
}

int stations_lock(
	struct session *session, struct write_set *set, PGresult **known, struct error *err)
{
	struct array ids[3] = { 0 };
	struct descriptions found = { 0 };
	size_t count = 0;
	int status = 0;

	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];

		if (!station->added) {
			array_text(&ids[0], station->id);
			count++;
		}
		if (station->described) {
			array_text(&ids[1], station->id);
		}
		if (!station->added || station->described) {
			array_text(&ids[2], station->id);
		}
	}
	for (size_t i = 0; i < set->description_count; i++) {
		put_description(&found, &set->descriptions[i]);
	}
	if (ids[2].text.length > 0) {
		status = lock_and_describe(session, set, ids, count, &found, known, err);
	}
	arrays_finish(ids, 3);
	arrays_finish(found.columns, DESCRIPTION_COLUMNS);
	arrays_finish(found.sightings, 2);
	return status;
}

/* -- Reading ------------------------------------------------------------ */

/* Lists station and year of reports on stations with blocks. */
static size_t list_years(const struct write_set *set, struct array *ids, struct array *years)
{
	size_t count = 0;

	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];
		int year = 0;

		for (size_t k = 0; !station->fresh && k < station->report_count; k++) {
			if (station->reports[k].block->year != year) {
				year = station->reports[k].block->year;
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

/* Lists the elements of the write set. Beyond LIST_MAX some come twice, which is harmless. */
static void list_elements(const struct write_set *set, struct array *codes)
{
	enum { LIST_MAX = 256 };
	const struct alm_element *list[LIST_MAX];
	size_t count = 0;

	for (size_t i = 0; i < set->station_count; i++) {
		const struct write_set_station *station = &set->stations[i];

		for (size_t k = 0; !station->fresh && k < station->report_count; k++) {
			const struct alm_element *element = station->reports[k].block->element;

			if (!is_listed(list, count, element)) {
				array_text(codes, element->code);
				if (count < LIST_MAX) {
					list[count++] = element;
				}
			}
		}
	}
}

int stations_blocks(struct session *session, const struct write_set *set, PGresult **blocks,
	struct error *err)
{
	struct array ids = { 0 }, years = { 0 }, codes = { 0 };
	int status = 0;

	if (list_years(set, &ids, &years) > 0) {
		list_elements(set, &codes);
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

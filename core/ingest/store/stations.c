#include "ingest/store/stations.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/store/array.h"
#include "ingest/store/origins.h"
#include "ingest/store/stored.h"
#include "plugin/station.h"

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

static const char store_mentions[] = "insert into station_part (station_id, origin) "
				     "select * from unnest($1::text[], $2::integer[]) "
				     "on conflict (station_id, origin) do nothing";

/* Of each member what the object says that counts most of those that know it. */
#define MOST(member) \
	"(array_agg(p." member " order by coalesce(o.place, -1) desc, " ORIGINS_ORDER( \
		"o.uri") " desc) " \
			 "filter (where p." member " is not null))[1] as " member

const char stations_settle[] =
	"update station s set name = d.name, latitude = d.latitude, "
	"longitude = d.longitude, elevation = d.elevation, country = d.country, "
	"state = d.state, wmo_id = d.wmo_id from (select t.id, " MOST("name") ", " MOST("latitude") ", " MOST("longitude") ", " MOST(
		"elevation") ", " MOST("country") ", " MOST("state") ", " MOST("wmo_id") " from (select distinct id from unnest($1::text[]) as t (id)) t "
											 "left join station_part p on p.station_id = t.id "
											 "left join origin o on o.origin = p.origin group by t.id) d "
											 "where s.station_id = d.id and (d.name, d.latitude, d.longitude, d.elevation, "
											 "d.country, d.state, d.wmo_id) is distinct from (s.name, s.latitude, s.longitude, "
											 "s.elevation, s.country, s.state, s.wmo_id) returning s.station_id";

static const char select_known[] =
	"select " STATIONS_COLUMNS ", exists (select from block b where b.station_id = "
	"station.station_id) from station where station_id = any ($1::text[])";

static const char select_blocks[] =
	"select " STORED_COLUMNS ", " STORED_ORIGIN
	" from unnest($1::text[], $2::smallint[]) as t (id, year) "
	"join block b on b.station_id = t.id and b.year = t.year "
	"where b.element = any ($3::text[]) order by b.station_id, b.year, b.element";

enum { DESCRIPTION_COLUMNS = 9, KNOWN_HAS_BLOCKS = 8 };

/* -- Adding ------------------------------------------------------------- */

static void mark_added(struct write_set *set, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		struct write_set_station *station =
			write_set_find(set, PQgetvalue(result, row, 0));

		assert(station != NULL);
		station->added = true;
		station->fresh = true;
		station->changed = true;
	}
}

int stations_begin(struct session *session, enum stations_begin how, struct error *err)
{
	const struct statement statement = { "waiting for other ingestions",
		how == STATIONS_ALONE ? lock_alone : stations_lock_shared, 0, NULL, 0 };

	if (how == STATIONS_WITHIN) {
		return session_go_on(session, err);
	}
	return session_begin(session, err) < 0 ? -1
					       : session_run(session, &statement, 1, NULL, err);
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
	const struct statement statement = { "adding stations", insert_stations, 1, &argument,
		0 };

	status = session_run(session, &statement, 1, &result, err);
	if (status == 0) {
		mark_added(set, result);
		PQclear(result);
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

/* Columns of descriptions, and of mentions the first two. */
struct descriptions_said {
	struct array columns[DESCRIPTION_COLUMNS], mentions[2];
};

static void put_description(
	struct descriptions_said *said, const struct write_set_description *description)
{
	const struct alm_station *station = description->station;
	struct array *columns = station != NULL ? said->columns : said->mentions;

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

static void read_known(struct write_set *set, const PGresult *known)
{
	for (int row = 0; row < PQntuples(known); row++) {
		struct write_set_station *station =
			write_set_find(set, PQgetvalue(known, row, 0));

		station->description = stations_parse(known, row);
		station->fresh = *PQgetvalue(known, row, KNOWN_HAS_BLOCKS) == 'f';
	}
}

static void mark_changed(struct write_set *set, const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		write_set_find(set, PQgetvalue(rows, row, 0))->changed = true;
	}
}

static int describe(struct session *session, struct write_set *set, struct array *ids,
	struct descriptions_said *said, struct error *err)
{
	const char *described = array_argument(ids);
	const char *arguments[DESCRIPTION_COLUMNS], *mentions[2];
	PGresult *results[3];

	for (int i = 0; i < DESCRIPTION_COLUMNS; i++) {
		arguments[i] = array_argument(&said->columns[i]);
	}
	mentions[0] = array_argument(&said->mentions[0]);
	mentions[1] = array_argument(&said->mentions[1]);
	const struct statement statements[] = {
		{ "storing descriptions", store_descriptions, DESCRIPTION_COLUMNS, arguments,
			0 },
		{ "storing stations", store_mentions, 2, mentions, 0 },
		{ "describing stations", stations_settle, 1, &described, 0 },
	};
	if (ids->text.length == 0) {
		return 0;
	}
	if (session_run(session, statements, 3, results, err) < 0) {
		return -1;
	}
	mark_changed(set, results[2]);
	for (int i = 0; i < 3; i++) {
		PQclear(results[i]);
	}
	return 0;
}

/* A station that was there when others were added may have been removed by a run that it was
 * left with nothing by: it has to be added again. */
static int lock_old(struct session *session, const char *ids, size_t count, struct error *err)
{
	const struct statement statement = { "locking stations", lock_stations, 1, &ids, 0 };
	PGresult *locked;
	bool all;

	if (session_run(session, &statement, 1, &locked, err) < 0) {
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

/* `ids`: stations that were stored before, `count` of them, described ones, and both. */
static int lock_and_describe(struct session *session, struct write_set *set,
	struct array ids[3], size_t count, struct descriptions_said *said, PGresult **known,
	struct error *err)
{
	const char *asked = array_argument(&ids[2]);
	const struct statement read = { "reading stations", select_known, 1, &asked, 0 };

	if (lock_old(session, array_argument(&ids[0]), count, err) < 0 ||
		describe(session, set, &ids[1], said, err) < 0 ||
		session_run(session, &read, 1, known, err) < 0) {
		return -1;
	}
	read_known(set, *known);
	return 0;
}

int stations_lock(
	struct session *session, struct write_set *set, PGresult **known, struct error *err)
{
	struct array ids[3] = { 0 };
	struct descriptions_said said = { 0 };
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
		put_description(&said, &set->descriptions[i]);
	}
	if (ids[2].text.length > 0) {
		status = lock_and_describe(session, set, ids, count, &said, known, err);
	}
	for (int i = 0; i < 3; i++) {
		array_finish(&ids[i]);
	}
	for (int i = 0; i < DESCRIPTION_COLUMNS; i++) {
		array_finish(&said.columns[i]);
	}
	array_finish(&said.mentions[0]);
	array_finish(&said.mentions[1]);
	return status;
}

/* -- Reading ------------------------------------------------------------ */

/* Pairs of station and year of which something is reported and stored. */
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

/* The elements that are reported of anywhere in the batch. More than fit the list
 * may come twice, which does no harm. */
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

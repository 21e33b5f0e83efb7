/* Stations, blocks and periods as the database has them: read in order of station,
 * so that each row finds its draft where the last one did, or after it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/catalog_data.h"
#include "db/connect.h"
#include "db/wire.h"

enum {
	SQL_MAX = 1024,
	FETCH_ROWS = 8192,
	PERIOD_PARTS = 16 /* a key is year * 16 + month or season */
};

/* -- Walking a query ---------------------------------------------------- */

typedef int row_fn(struct catalog_load *load, const PGresult *rows, int row, size_t arg);

static int take_rows(struct catalog_load *load, row_fn *each, size_t arg, int *count)
{
	static const char fetch[] = "fetch forward %d from part";
	char sql[sizeof(fetch) + 16];
	PGresult *rows;
	int status = 0;

	snprintf(sql, sizeof(sql), fetch, FETCH_ROWS);
	rows = load_ask(load, sql);
	if (rows == NULL) {
		return -1;
	}
	*count = PQntuples(rows);
	for (int i = 0; i < *count && status == 0; i++) {
		status = each(load, rows, i, arg);
	}
	PQclear(rows);
	return status;
}

/* Calls `each` for every row, a part of them at a time: memory stays bounded. */
static int walk_rows(struct catalog_load *load, const char *query, row_fn *each, size_t arg)
{
	char sql[SQL_MAX + 64];
	int count = FETCH_ROWS;

	snprintf(sql, sizeof(sql), "declare part no scroll cursor for %s", query);
	if (db_run(load->conn, sql, load->err) != 0) {
		return -1;
	}
	while (count == FETCH_ROWS) {
		if (take_rows(load, each, arg, &count) != 0) {
			return -1;
		}
	}
	return db_run(load->conn, "close part", load->err);
}

/* -- Stations ----------------------------------------------------------- */

static char *copy_text(const PGresult *rows, int row, int column)
{
	const char *text = PQgetvalue(rows, row, column);

	return PQgetisnull(rows, row, column) ? NULL : memory_copy_text(text, strlen(text));
}

static double coordinate(const PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? (double)NAN
					      : wire_float8(PQgetvalue(rows, row, column));
}

static int add_station(struct catalog_load *load, const PGresult *rows, int row, size_t arg)
{
	struct station_draft *draft;

	(void)arg;
	if (load->draft_count == load->draft_room) {
		load->draft_room = load->draft_room > 0 ? load->draft_room * 2 : 64;
		load->drafts =
			memory_resize(load->drafts, load->draft_room, sizeof(*load->drafts));
	}
	draft = &load->drafts[load->draft_count++];
	draft_init(draft, load->data->catalog.calculator_count);
	draft->station = (struct catalog_station){
		.id = copy_text(rows, row, 0),
		.name = copy_text(rows, row, 1),
		.country = copy_text(rows, row, 2),
		.state = copy_text(rows, row, 3),
		.wmo_id = copy_text(rows, row, 4),
		.latitude = coordinate(rows, row, 5),
		.longitude = coordinate(rows, row, 6),
		.elevation = coordinate(rows, row, 7),
		.version = wire_int8(PQgetvalue(rows, row, 8)),
	};
	return 0;
}

static void free_text(const char *text)
{
	union {
		const char *text;
		void *memory;
	} cast = { .text = text };

	free(cast.memory);
}

static void empty_draft(struct catalog_load *load, struct station_draft *draft)
{
	free_text(draft->station.id);
	free_text(draft->station.name);
	free_text(draft->station.country);
	free_text(draft->station.state);
	free_text(draft->station.wmo_id);
	draft_finish(draft, load->data->catalog.calculator_count);
}

/* Builds those of the drafts before `end` that are not yet. */
static void build_drafts(struct catalog_load *load, size_t end)
{
	for (; load->built_count < end; load->built_count++) {
		struct station_draft *draft = &load->drafts[load->built_count];
		struct station_data *built =
			draft_build(draft, load->data->catalog.calculator_count);

		empty_draft(load, draft);
		draft->built = built;
	}
}

void load_drop_drafts(struct catalog_load *load)
{
	for (size_t i = 0; i < load->draft_count; i++) {
		if (i >= load->built_count) {
			empty_draft(load, &load->drafts[i]);
		} else if (load->drafts[i].built != NULL) {
			station_release(&load->drafts[i].built->station);
		}
	}
	free(load->drafts);
	load->drafts = NULL;
	load->draft_count = load->draft_room = load->built_count = 0;
}

/* -- Blocks and periods ------------------------------------------------- */

/* The draft of the row's station; NULL if the database has no such station. */
static struct station_draft *find_draft(struct catalog_load *load, const char *id)
{
	while (load->at < load->draft_count &&
		strcmp(load->drafts[load->at].station.id, id) < 0) {
		load->at++;
	}
	if (load->at == load->draft_count ||
		strcmp(load->drafts[load->at].station.id, id) != 0) {
		return NULL;
	}
	return &load->drafts[load->at];
}

/* The bitmap of a row, or NULL if every day was reported; -1: it is none. */
static int read_bitmap(
	struct catalog_load *load, const PGresult *rows, int row, const uint8_t **bitmap)
{
	*bitmap = NULL;
	if (PQgetisnull(rows, row, 4)) {
		return 0;
	}
	if (PQgetlength(rows, row, 4) != BLOCK_BITMAP) {
		return error_set(load->err,
			"block of station %s, year %d, element %s: reported has %d bytes instead of %d",
			PQgetvalue(rows, row, 0), wire_int2(PQgetvalue(rows, row, 1)),
			PQgetvalue(rows, row, 2), PQgetlength(rows, row, 4), BLOCK_BITMAP);
	}
	*bitmap = (const uint8_t *)PQgetvalue(rows, row, 4);
	return 0;
}

static int add_block(struct catalog_load *load, const PGresult *rows, int row, size_t arg)
{
	struct station_draft *draft = find_draft(load, PQgetvalue(rows, row, 0));
	long element = catalog_find_element(&load->data->catalog, PQgetvalue(rows, row, 2));
	struct catalog_block block = { .year = wire_int2(PQgetvalue(rows, row, 1)) };
	const uint8_t *reported;

	(void)arg;
	if (draft == NULL || element < 0) {
		return error_set(load->err,
			"block of station %s, year %d, element %s: no such %s",
			PQgetvalue(rows, row, 0), block.year, PQgetvalue(rows, row, 2),
			draft == NULL ? "station" : "element");
	}
	if (read_bitmap(load, rows, row, &reported) != 0) {
		return -1;
	}
	block.element = (uint16_t)element;
	block.reported_days = (uint16_t)wire_int2(PQgetvalue(rows, row, 3));
	if (draft_add_block(draft, &block, reported) != 0) {
		return error_set(load->err,
			"station %s has more than %d blocks of incomplete years",
			draft->station.id, CATALOG_WHOLE_YEAR);
	}
	return 0;
}

/* Rows of stations that are gone are nobody's. */
static int add_period(struct catalog_load *load, const PGresult *rows, int row, size_t arg)
{
	struct station_draft *draft = find_draft(load, PQgetvalue(rows, row, 0));

	if (draft != NULL) {
		draft_add_period(draft, arg, wire_int4(PQgetvalue(rows, row, 1)));
	}
	return 0;
}

/* Without this, everything is read; with it, what changed stations have. */
static const char *since_clause(const struct catalog_load *load, char *to, size_t size)
{
	to[0] = '\0';
	if (load->since >= 0) {
		snprintf(to, size,
			"where station_id in (select station_id from station where version > %lld)",
			(long long)load->since);
	}
	return to;
}

static int load_periods(struct catalog_load *load, size_t calculator, const char *clause)
{
	const struct catalog_calculator *of = &load->data->catalog.calculators[calculator];
	const bool whole_year = strcmp(of->period, "year") == 0;
	char sql[SQL_MAX];

	snprintf(sql, sizeof(sql),
		"select station_id, year::int4 * %d + %s from \"stat_%s\" %s order by station_id, 2",
		PERIOD_PARTS, whole_year ? "0" : of->period, of->name, clause);
	load->at = 0;
	return walk_rows(load, sql, add_period, calculator);
}

int load_drafts(struct catalog_load *load)
{
	char clause[128], sql[SQL_MAX];

	since_clause(load, clause, sizeof(clause));
	snprintf(sql, sizeof(sql),
		"select station_id, name, country, state, wmo_id, latitude, longitude, elevation, "
		"version from station %s order by station_id",
		clause);
	if (walk_rows(load, sql, add_station, 0) != 0) {
		return -1;
	}
	for (size_t i = 0; i < load->data->catalog.calculator_count; i++) {
		if (load_periods(load, i, clause) != 0) {
			return -1;
		}
	}
	/* Last, since they are many: each station is built when its blocks are there. */
	snprintf(sql, sizeof(sql),
		"select station_id, year, element, reported_days, reported from block %s "
		"order by station_id, year, element",
		clause);
	load->at = 0;
	if (walk_rows(load, sql, add_block, 0) != 0) {
		return -1;
	}
	build_drafts(load, load->draft_count);
	return 0;
}

/* Reading stations, blocks and periods from the database. Stations come sorted; the other
 * rows do not, since sorting them costs more than finding their drafts here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/memory.h"
#include "catalog/catalog_data.h"
#include "db/connect.h"
#include "db/wire.h"

enum { SQL_MAX = 1024, STATION_ID_MAX = 32 };

/* -- Rows of a query ---------------------------------------------------- */

typedef int row_fn(struct catalog_load *load, const PGresult *row, size_t arg);

static int fail_read(struct catalog_load *load, const PGresult *result)
{
	return db_error(load->err, "reading the catalog", load->conn, result);
}

/* Reads the rows one by one, so that memory stays bounded; also to the end after a failure. */
static int receive_rows(struct catalog_load *load, row_fn *each, size_t arg)
{
	PGresult *row;
	int status = 0;

	while ((row = PQgetResult(load->conn)) != NULL) {
		ExecStatusType got = PQresultStatus(row);

		load->heard(load->arg);
		if (got == PGRES_SINGLE_TUPLE && status == 0) {
			status = each(load, row, arg);
		} else if (got != PGRES_SINGLE_TUPLE && got != PGRES_TUPLES_OK && status == 0) {
			status = fail_read(load, row);
		}
		PQclear(row);
	}
	return status;
}

/* Calls `each` for each row of the query, in binary format. */
static int read_rows(struct catalog_load *load, const char *query, row_fn *each, size_t arg)
{
	if (PQsendQueryParams(load->conn, query, 0, NULL, NULL, NULL, NULL, 1) == 0 ||
		PQsetSingleRowMode(load->conn) == 0) {
		return fail_read(load, NULL);
	}
	return receive_rows(load, each, arg);
}

/* -- Stations ----------------------------------------------------------- */

static char *copy_text(const PGresult *row, int column)
{
	const char *text = PQgetvalue(row, 0, column);

	return PQgetisnull(row, 0, column) ? NULL : memory_copy_text(text, strlen(text));
}

static const char *fold_name(const PGresult *row, int column)
{
	const char *name = PQgetvalue(row, 0, column);

	return fold_is_ascii(name) ? NULL : fold_text(name);
}

static double coordinate(const PGresult *row, int column)
{
	return PQgetisnull(row, 0, column) ? (double)NAN
					   : wire_float8(PQgetvalue(row, 0, column));
}

static int add_station(struct catalog_load *load, const PGresult *row, size_t arg)
{
	struct station_draft *draft;

	(void)arg;
	if (PQgetlength(row, 0, 0) > STATION_ID_MAX) {
		return error_set(load->err, "the station id '%s' has more than %d characters",
			PQgetvalue(row, 0, 0), STATION_ID_MAX);
	}
	if (load->draft_count == load->draft_room) {
		load->draft_room = load->draft_room > 0 ? load->draft_room * 2 : 64;
		load->drafts =
			memory_resize(load->drafts, load->draft_room, sizeof(*load->drafts));
	}
	draft = &load->drafts[load->draft_count++];
	draft_init(draft, load->data->catalog.calculator_count);
	draft->station = (struct catalog_station){
		.id = copy_text(row, 0),
		.name = copy_text(row, 1),
		.folded = fold_name(row, 1),
		.country = copy_text(row, 2),
		.state = copy_text(row, 3),
		.wmo_id = copy_text(row, 4),
		.latitude = coordinate(row, 5),
		.longitude = coordinate(row, 6),
		.elevation = coordinate(row, 7),
		.version = wire_int8(PQgetvalue(row, 0, 8)),
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

static void free_draft(struct catalog_load *load, struct station_draft *draft)
{
	free_text(draft->station.id);
	free_text(draft->station.name);
	free_text(draft->station.folded);
	free_text(draft->station.country);
	free_text(draft->station.state);
	free_text(draft->station.wmo_id);
	draft_finish(draft, load->data->catalog.calculator_count);
}

/* Builds the remaining drafts before `end`. */
static void build_drafts(struct catalog_load *load, size_t end)
{
	for (; load->built_count < end; load->built_count++) {
		struct station_draft *draft = &load->drafts[load->built_count];
		struct station_data *built =
			draft_build(draft, load->data->catalog.calculator_count);

		free_draft(load, draft);
		draft->built = built;
	}
}

void load_drop_drafts(struct catalog_load *load)
{
	for (size_t i = 0; i < load->draft_count; i++) {
		if (i >= load->built_count) {
			free_draft(load, &load->drafts[i]);
		} else if (load->drafts[i].built != NULL) {
			station_release(&load->drafts[i].built->station);
		}
	}
	free(load->drafts);
	load->drafts = load->at = NULL;
	load->draft_count = load->draft_room = load->built_count = 0;
}

/* -- Blocks and periods ------------------------------------------------- */

static int compare_id(const void *id, const void *draft)
{
	return strcmp(id, ((const struct station_draft *)draft)->station.id);
}

/* The draft of a station, mostly that of the row before; NULL: there is no such station. */
static struct station_draft *find_draft(struct catalog_load *load, const char *id)
{
	if (load->draft_count == 0) {
		return NULL;
	}
	if (load->at == NULL || strcmp(load->at->station.id, id) != 0) {
		load->at = bsearch(
			id, load->drafts, load->draft_count, sizeof(*load->drafts), compare_id);
	}
	return load->at;
}

/* Reads the bitmap of a row; NULL: all days were reported. -1: it is malformed. */
static int read_bitmap(struct catalog_load *load, const PGresult *row, const uint8_t **bitmap)
{
	*bitmap = NULL;
	if (PQgetisnull(row, 0, 4)) {
		return 0;
	}
	if (PQgetlength(row, 0, 4) != BLOCK_BITMAP) {
		return error_set(load->err,
			"block of station %s, year %d, element %s: reported has %d bytes instead of %d",
			PQgetvalue(row, 0, 0), wire_int2(PQgetvalue(row, 0, 1)),
			PQgetvalue(row, 0, 2), PQgetlength(row, 0, 4), BLOCK_BITMAP);
	}
	*bitmap = (const uint8_t *)PQgetvalue(row, 0, 4);
	return 0;
}

static int16_t clamp(int32_t value)
{
	return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

static void read_extremes(const PGresult *row, struct catalog_block *block)
{
	block->least = INT16_MAX;
	block->greatest = INT16_MIN;
	if (!PQgetisnull(row, 0, 5) && !PQgetisnull(row, 0, 6)) {
		block->least = clamp(wire_int4(PQgetvalue(row, 0, 5)));
		block->greatest = clamp(wire_int4(PQgetvalue(row, 0, 6)));
	}
}

static int add_block(struct catalog_load *load, const PGresult *row, size_t arg)
{
	struct station_draft *draft = find_draft(load, PQgetvalue(row, 0, 0));
	long element = catalog_find_element(&load->data->catalog, PQgetvalue(row, 0, 2));
	struct catalog_block block = { .year = wire_int2(PQgetvalue(row, 0, 1)) };
	const uint8_t *reported;

	(void)arg;
	if (wire_int2(PQgetvalue(row, 0, 3)) == 0) {
		return 0; /* objects only withdraw days of it */
	}
	if (draft == NULL || element < 0) {
		return error_set(load->err,
			"block of station %s, year %d, element %s: no such %s",
			PQgetvalue(row, 0, 0), block.year, PQgetvalue(row, 0, 2),
			draft == NULL ? "station" : "element");
	}
	if (read_bitmap(load, row, &reported) != 0) {
		return -1;
	}
	block.element = (uint16_t)element;
	block.reported_days = (uint16_t)wire_int2(PQgetvalue(row, 0, 3));
	read_extremes(row, &block);
	if (draft_add_block(draft, &block, reported) != 0) {
		return error_set(load->err,
			"station %s has more than %d blocks of incomplete years",
			draft->station.id, CATALOG_WHOLE_YEAR);
	}
	return 0;
}

/* Ignores rows of stations that were removed. Rows with a period that does not exist, such as a
 * month 13 written by another program, are not indexed; a request that reads the station's rows
 * reports them. */
static int add_period(struct catalog_load *load, const PGresult *row, size_t arg)
{
	struct station_draft *draft = find_draft(load, PQgetvalue(row, 0, 0));
	int32_t key = wire_int4(PQgetvalue(row, 0, 1));

	if (draft != NULL &&
		period_is_key(load->data->catalog.calculators[arg].period->bit, key)) {
		draft_add_period(draft, arg, key);
	}
	return 0;
}

/* Reads the rows of a table: all, or those of changed stations. "offset 0" keeps the planner
 * from merging the selects, so that stations are looked up in the primary key: without
 * statistics (ANALYZE), as during a first ingestion, it would scan the table at each commit. */
static int load_table(struct catalog_load *load, const char *columns, const char *table,
	row_fn *each, size_t arg)
{
	char sql[SQL_MAX];

	if (load->since < 0) {
		snprintf(sql, sizeof(sql), "select %s from \"%s\"", columns, table);
	} else {
		snprintf(sql, sizeof(sql),
			"select r.* from station s cross join lateral (select %s from \"%s\" "
			"where station_id = s.station_id offset 0) r where s.version > %lld",
			columns, table, (long long)load->since);
	}
	return read_rows(load, sql, each, arg);
}

static int load_periods(struct catalog_load *load, size_t calculator)
{
	const struct catalog_calculator *of = &load->data->catalog.calculators[calculator];
	char columns[128];

	if (of->table == NULL) {
		return 0;
	}
	snprintf(columns, sizeof(columns), "station_id, year::int4 * %d + %s", PERIOD_KEY_PARTS,
		of->period->parts > 0 ? of->period->name : "0");
	return load_table(load, columns, of->table, add_period, calculator);
}

int load_drafts(struct catalog_load *load)
{
	char sql[SQL_MAX];

	snprintf(sql, sizeof(sql),
		"select station_id, name, country, state, wmo_id, latitude, longitude, elevation, "
		"version from station where version > %lld order by station_id",
		(long long)load->since);
	if (read_rows(load, sql, add_station, 0) != 0) {
		return -1;
	}
	for (size_t i = 0; i < load->data->catalog.calculator_count; i++) {
		if (load_periods(load, i) != 0) {
			return -1;
		}
	}
	if (load_table(load,
		    "station_id, year, element, reported_days, reported, minimum, maximum",
		    "block", add_block, 0) != 0) {
		return -1;
	}
	build_drafts(load, load->draft_count);
	return 0;
}

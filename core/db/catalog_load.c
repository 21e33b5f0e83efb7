/* Reading a catalog from the database: all of it, or what is newer than another. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/catalog_data.h"
#include "db/connect.h"
#include "db/wire.h"

PGresult *load_ask(struct catalog_load *load, const char *sql)
{
	PGresult *rows = PQexecParams(load->conn, sql, 0, NULL, NULL, NULL, NULL, 1);

	if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
		db_error(load->err, "reading the catalog", load->conn, rows);
		PQclear(rows);
		return NULL;
	}
	return rows;
}

/* -- Version, elements, calculators ------------------------------------- */

/* What tells whether there is anything to read. */
struct summary {
	int64_t version, station_count;
};

static int read_summary(struct catalog_load *load, struct summary *summary)
{
	PGresult *rows = load_ask(
		load, "select version, (select count(*) from station) from dataset_version");
	int count = PQntuples(rows);

	if (count == 1) {
		summary->version = wire_int8(PQgetvalue(rows, 0, 0));
		summary->station_count = wire_int8(PQgetvalue(rows, 0, 1));
	} else if (rows != NULL) {
		error_set(load->err, "table dataset_version has %d rows instead of one", count);
	}
	PQclear(rows);
	return count == 1 ? 0 : -1;
}

static char *keep(struct arena *arena, const PGresult *rows, size_t row, int column)
{
	const char *text = PQgetvalue(rows, (int)row, column);

	return arena_copy(arena, text, strlen(text));
}

static void keep_elements(struct catalog_data *data, const PGresult *rows, struct buffer *heads)
{
	size_t count = (size_t)PQntuples(rows);
	struct catalog_element *elements =
		arena_alloc(&data->arena, (count + 1) * sizeof(*elements));

	for (size_t i = 0; i < count; i++) {
		elements[i].code = keep(&data->arena, rows, i, 0);
		elements[i].name = keep(&data->arena, rows, i, 1);
		elements[i].unit = keep(&data->arena, rows, i, 2);
		elements[i].decimals = wire_int2(PQgetvalue(rows, (int)i, 3));
		buffer_printf(heads, "%s\t%s\t%s\t%d\n", elements[i].code, elements[i].name,
			elements[i].unit, elements[i].decimals);
	}
	data->catalog.elements = elements;
	data->catalog.element_count = count;
}

static void keep_calculators(
	struct catalog_data *data, const PGresult *rows, struct buffer *heads)
{
	size_t count = (size_t)PQntuples(rows);
	struct catalog_calculator *calculators =
		arena_alloc(&data->arena, (count + 1) * sizeof(*calculators));

	for (size_t i = 0; i < count; i++) {
		calculators[i].name = keep(&data->arena, rows, i, 0);
		calculators[i].period = keep(&data->arena, rows, i, 1);
		buffer_printf(heads, "%s\t%s\t%s\n", calculators[i].name, calculators[i].period,
			PQgetvalue(rows, (int)i, 2));
	}
	data->catalog.calculators = calculators;
	data->catalog.calculator_count = count;
}

/* Makes load->data. */
static int read_heads(struct catalog_load *load, int64_t version)
{
	PGresult *elements =
		load_ask(load, "select code, name, unit, decimals from element order by code");
	PGresult *calculators = load_ask(load,
		"select name, period, coalesce(computed_definition, '') from calculator "
		"order by name");
	struct buffer heads = { 0 };

	if (elements != NULL && calculators != NULL) {
		load->data = catalog_create();
		load->data->catalog.version = version;
		keep_elements(load->data, elements, &heads);
		keep_calculators(load->data, calculators, &heads);
		buffer_text(&heads);
		load->data->heads = heads.data;
	}
	PQclear(elements);
	PQclear(calculators);
	return load->data != NULL ? 0 : -1;
}

/* -- Putting together --------------------------------------------------- */

/* Both lists are in order of id; of a station that is in both, the draft is newer. */
static void merge(struct catalog_load *load, const struct catalog *before)
{
	struct catalog *catalog = &load->data->catalog;
	size_t old_count = before != NULL ? before->station_count : 0, old = 0, new = 0;
	const struct catalog_station **stations =
		memory_array(old_count + load->draft_count, sizeof(*stations));

	while (old < old_count || new < load->draft_count) {
		int order = old == old_count ? 1
			    : new == load->draft_count
				    ? -1
				    : strcmp(before->stations[old]->id,
					      load->drafts[new].built->station.id);

		stations[catalog->station_count++] = &station_hold(
			order < 0 ? before->stations[old] : &load->drafts[new].built->station)
							      ->station;
		old += order <= 0;
		new += order >= 0;
	}
	catalog->stations = stations;
}

/* Reads the stations that changed after `before`, or all; the catalog is ready
 * then. */
static int read_stations(struct catalog_load *load, const struct catalog *before)
{
	int status;

	load->since = before != NULL ? before->version : -1;
	status = load_drafts(load);
	if (status == 0) {
		merge(load, before);
	}
	load_drop_drafts(load);
	return status;
}

/* A catalog can only be built upon if the database went on from it. */
static bool follows(const struct catalog_load *load, const struct summary *summary,
	const struct catalog *before)
{
	return before != NULL && summary->version >= before->version &&
	       strcmp(load->data->heads, catalog_heads(before)) == 0;
}

static void drop_data(struct catalog_load *load)
{
	catalog_release(load->data != NULL ? &load->data->catalog : NULL);
	load->data = NULL;
}

/* Everything that `before` does not say; load->data has the heads. */
static const struct catalog *load_rest(
	struct catalog_load *load, const struct summary *summary, const struct catalog *before)
{
	if (read_stations(load, follows(load, summary, before) ? before : NULL) != 0) {
		return NULL;
	}
	if ((int64_t)load->data->catalog.station_count == summary->station_count) {
		return &load->data->catalog;
	}
	/* Stations went away: what is known of them does not say which. */
	drop_data(load);
	if (read_heads(load, summary->version) != 0 || read_stations(load, NULL) != 0) {
		return NULL;
	}
	return &load->data->catalog;
}

/* Elements and calculators may be declared without a change of data. */
static bool is_same(const struct catalog_load *load, const struct summary *summary,
	const struct catalog *before)
{
	return before != NULL && before->version == summary->version &&
	       strcmp(load->data->heads, catalog_heads(before)) == 0;
}

static const struct catalog *load_in_snapshot(
	struct catalog_load *load, const struct catalog *before)
{
	const struct catalog *catalog = NULL;
	struct summary summary;

	if (read_summary(load, &summary) != 0 || read_heads(load, summary.version) != 0) {
		return NULL;
	}
	if (is_same(load, &summary, before)) {
		drop_data(load);
		return catalog_hold(before);
	}
	catalog = load_rest(load, &summary, before);
	if (catalog == NULL) {
		drop_data(load);
	}
	return catalog;
}

const struct catalog *catalog_load(
	PGconn *conn, const struct catalog *before, struct error *err)
{
	struct catalog_load load = { .conn = conn, .err = err };
	const struct catalog *catalog;

	if (db_run(conn, "begin isolation level repeatable read read only", err) != 0) {
		return NULL;
	}
	catalog = load_in_snapshot(&load, before);
	if (catalog == NULL) {
		PQclear(PQexec(conn, "rollback"));
	} else if (db_run(conn, "commit", err) != 0) {
		catalog_release(catalog);
		catalog = NULL;
	}
	return catalog;
}

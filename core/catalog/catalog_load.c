/* Reading a catalog from the database: all of it, or the changes since another. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "catalog/catalog_data.h"
#include "db/connect.h"
#include "db/wire.h"
#include "stat/rule.h"
#include "stat/words.h"

/* Runs a query; rows in binary format. NULL: *err. */
static PGresult *query_rows(struct catalog_load *load, const char *sql)
{
	PGresult *rows = PQexecParams(load->conn, sql, 0, NULL, NULL, NULL, NULL, 1);

	load->heard(load->arg);
	if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
		db_error(load->err, "reading the catalog", load->conn, rows);
		PQclear(rows);
		return NULL;
	}
	return rows;
}

/* -- Version, elements, calculators ------------------------------------- */

/* State of the data that tells whether a catalog is current. */
struct summary {
	struct dataset_id id;
	int64_t station_count, changed_at;
	bool follows; /* the history of the data includes that of the catalog before */
};

static int read_summary(
	struct catalog_load *load, const struct catalog *before, struct summary *summary)
{
	struct dataset_id id = before != NULL ? before->id : (struct dataset_id){ 0, 0 };
	char sql[512];
	PGresult *rows;
	int count;

	snprintf(sql, sizeof(sql),
		"select identity, (select count(*) from station), "
		"(extract(epoch from changed_at) * 1000000)::int8, exists (select from "
		"dataset_history where version = %lld and identity = '%016llx%016llx') "
		"from dataset_version",
		(long long)id.version, (unsigned long long)id.version,
		(unsigned long long)id.bits);
	rows = query_rows(load, sql);
	count = PQntuples(rows);
	if (count == 1) {
		summary->id = dataset_read(PQgetvalue(rows, 0, 0));
		summary->station_count = wire_int8(PQgetvalue(rows, 0, 1));
		summary->changed_at = wire_int8(PQgetvalue(rows, 0, 2));
		summary->follows = *PQgetvalue(rows, 0, 3) != 0 && before != NULL;
	} else if (rows != NULL) {
		error_set(load->err, "table dataset_version has %d rows instead of one", count);
	}
	PQclear(rows);
	return count == 1 ? 0 : -1;
}

static char *copy_value(struct arena *arena, const PGresult *rows, size_t row, int column)
{
	const char *text = PQgetvalue(rows, (int)row, column);

	return arena_copy(arena, text, strlen(text));
}

/* Checks names, which are used in documents and SQL. Names that plugins declare are valid;
 * rows written by other programs may have any. */
static int check_names(struct catalog_load *load, const PGresult *rows, int column)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_*#,";

	for (int row = 0; row < PQntuples(rows); row++) {
		const char *name = PQgetvalue(rows, row, column);

		if (name[strspn(name, allowed)] != '\0' ||
			(name[0] == '\0' && !PQgetisnull(rows, row, column))) {
			return error_set(load->err,
				"the name '%s' of an element, statistic or column in the database is "
				"none that a plugin could have declared",
				name);
		}
	}
	return 0;
}

/* A database that somebody has written to may have periods that this program does not know. */
static int check_periods(struct catalog_load *load, const PGresult *calculators)
{
	for (int row = 0; row < PQntuples(calculators); row++) {
		const char *period = PQgetvalue(calculators, row, 1);
		const struct period_kind *kind = period_kind_named(period);

		if (kind == NULL || !kind->stored) {
			return error_set(load->err,
				"the statistic '%s' has a row for every '%s' in the database, which "
				"this version of almanac does not know",
				PQgetvalue(calculators, row, 0), period);
		}
	}
	return 0;
}

static int check_all_names(struct catalog_load *load, const PGresult *elements,
	const PGresult *calculators, const PGresult *columns)
{
	return check_names(load, elements, 0) < 0 || check_names(load, calculators, 0) < 0 ||
			       check_names(load, calculators, 2) < 0 ||
			       check_names(load, calculators, 3) < 0 ||
			       check_names(load, columns, 1) < 0 ||
			       check_names(load, columns, 5) < 0 ||
			       check_periods(load, calculators) < 0
		       ? -1
		       : 0;
}

static void copy_elements(struct catalog_data *data, const PGresult *rows)
{
	size_t count = (size_t)PQntuples(rows);
	struct catalog_element *elements =
		arena_alloc(&data->arena, (count + 1) * sizeof(*elements));

	for (size_t i = 0; i < count; i++) {
		elements[i].code = copy_value(&data->arena, rows, i, 0);
		elements[i].name = copy_value(&data->arena, rows, i, 1);
		elements[i].unit = copy_value(&data->arena, rows, i, 2);
		elements[i].decimals = wire_int2(PQgetvalue(rows, (int)i, 3));
	}
	data->catalog.elements = elements;
	data->catalog.element_count = count;
}

/* Index of an input of the calculator, which is added if it is new. */
static uint16_t find_input(struct catalog_calculator *calculator, char *name)
{
	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	for (size_t i = 0; i < calculator->input_count; i++) {
		if (strcmp(calculator->inputs[i], name) == 0) {
			return (uint16_t)i;
		}
	}
	calculator->inputs[calculator->input_count] = name;
	return (uint16_t)calculator->input_count++;
}

/* The number of words of a list, at most. */
static size_t count_words(const char *list)
{
	size_t count = 1;

	for (; *list != '\0'; list++) {
		count += *list == ',';
	}
	return count;
}

/* Sets the inputs of a column from `codes`, as "TMAX,TMIN". */
static void read_inputs(struct arena *arena, struct catalog_calculator *calculator,
	struct catalog_column *column, const char *codes)
{
	uint16_t *inputs = arena_alloc(arena, count_words(codes) * sizeof(*inputs));
	const char *code;
	size_t length;

	while ((code = words_next(&codes, &length)) != NULL) {
		inputs[column->input_count++] =
			find_input(calculator, arena_copy(arena, code, length));
	}
	column->inputs = inputs;
}

/* Decimals within the range that can be written. */
static int limit_decimals(int decimals)
{
	return decimals < 0                     ? 0
	       : decimals > NUMBER_DECIMALS_MAX ? NUMBER_DECIMALS_MAX
						: decimals;
}

static bool is_of(const PGresult *rows, size_t row, const struct catalog_calculator *calculator)
{
	return row < (size_t)PQntuples(rows) &&
	       strcmp(PQgetvalue(rows, (int)row, 0), calculator->name) == 0;
}

static uint32_t read_type(const char *name)
{
	return strcmp(name, "integer") == 0 ? ALM_INTEGER
	       : strcmp(name, "date") == 0  ? ALM_DATE
					    : ALM_NUMBER;
}

/* Copies the calculator's columns, from row *at on. */
static void copy_columns(struct catalog_data *data, struct catalog_calculator *calculator,
	const PGresult *rows, size_t *at)
{
	struct arena *arena = &data->arena;
	size_t first = *at, inputs = 0;
	struct catalog_column *columns;

	for (; is_of(rows, *at, calculator); (*at)++) {
		inputs += count_words(PQgetvalue(rows, (int)*at, 5));
	}
	columns = arena_alloc(arena, (*at - first + 1) * sizeof(*columns));
	calculator->inputs = arena_alloc(arena, (inputs + 1) * sizeof(*calculator->inputs));
	for (size_t row = first; row < *at; row++) {
		struct catalog_column *column = &columns[calculator->column_count++];

		column->name = copy_value(arena, rows, row, 1);
		column->unit = copy_value(arena, rows, row, 2);
		column->help = copy_value(arena, rows, row, 3);
		column->decimals = limit_decimals(wire_int2(PQgetvalue(rows, (int)row, 4)));
		read_inputs(arena, calculator, column, PQgetvalue(rows, (int)row, 5));
		column->rules = stat_rule_set(
			PQgetisnull(rows, (int)row, 6) ? NULL : PQgetvalue(rows, (int)row, 6));
		column->type = read_type(PQgetvalue(rows, (int)row, 7));
	}
	calculator->columns = columns;
}

static void put_rows(struct buffer *out, const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		for (int column = 0; column < PQnfields(rows); column++) {
			buffer_append(out, PQgetvalue(rows, row, column),
				(size_t)PQgetlength(rows, row, column));
			buffer_putc(out, '\t');
		}
		buffer_putc(out, '\n');
	}
}

/* Sets the layout text: what determines the columns of rows, and nothing else. */
static void set_layout(struct arena *arena, struct catalog_calculator *calculator)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%s %s", calculator->table != NULL ? calculator->table : "",
		calculator->period->name);
	for (size_t i = 0; i < calculator->column_count; i++) {
		buffer_printf(&text, " %s %u %u", calculator->columns[i].name,
			calculator->columns[i].rules, (unsigned)calculator->columns[i].type);
	}
	buffer_puts(&text, " |");
	for (size_t i = 0; i < calculator->input_count; i++) {
		buffer_printf(&text, " %s", calculator->inputs[i]);
	}
	calculator->layout = arena_copy(arena, text.data, text.length);
	buffer_finish(&text);
}

static void copy_calculators(
	struct catalog_data *data, const PGresult *rows, const PGresult *columns)
{
	size_t count = (size_t)PQntuples(rows), column = 0;
	struct catalog_calculator *calculators =
		arena_alloc(&data->arena, (count + 1) * sizeof(*calculators));

	for (size_t i = 0; i < count; i++) {
		calculators[i].name = copy_value(&data->arena, rows, i, 0);
		calculators[i].period = period_kind_named(PQgetvalue(rows, (int)i, 1));
		calculators[i].statistic = copy_value(&data->arena, rows, i, 3);
		copy_columns(data, &calculators[i], columns, &column);
		if (!PQgetisnull(rows, (int)i, 2) && calculators[i].column_count > 0) {
			calculators[i].table = copy_value(&data->arena, rows, i, 2);
		}
		set_layout(&data->arena, &calculators[i]);
	}
	data->catalog.calculators = calculators;
	data->catalog.calculator_count = count;
}

/* Creates load->data with elements and calculators. */
static int read_heads(struct catalog_load *load, const struct summary *summary)
{
	PGresult *elements = query_rows(
		load, "select code, name, unit, decimals from element order by code");
	PGresult *calculators = query_rows(load,
		"select name, period, case when computed_definition is not null then computed_table "
		"end, statistic from calculator order by name");
	PGresult *columns = query_rows(load,
		"select k.name, c.name, c.unit, c.help, c.decimals, "
		"array_to_string(c.inputs, ','), array_to_string(c.rules, ','), c.type "
		"from calculator k join calculator_column c on c.calculator = k.name "
		"and c.definition = coalesce(k.computed_definition, k.definition) "
		"order by k.name, c.position");
	struct buffer heads = { 0 };

	if (elements != NULL && calculators != NULL && columns != NULL &&
		check_all_names(load, elements, calculators, columns) == 0) {
		load->data = catalog_create();
		load->data->catalog.id = summary->id;
		load->data->catalog.changed_at = summary->changed_at;
		copy_elements(load->data, elements);
		copy_calculators(load->data, calculators, columns);
		put_rows(&heads, elements);
		put_rows(&heads, calculators);
		put_rows(&heads, columns);
		load->data->heads_length = heads.length;
		buffer_text(&heads);
		load->data->heads = heads.data;
	}
	PQclear(elements);
	PQclear(calculators);
	PQclear(columns);
	return load->data != NULL ? 0 : -1;
}

/* -- Putting together --------------------------------------------------- */

/* Merges the stations before with the drafts, both sorted by id; a draft replaces the
 * station before. */
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

/* Reads the stations changed after `before` (NULL: all) and completes the catalog. */
static int read_stations(struct catalog_load *load, const struct catalog *before)
{
	int status;

	load->since = before != NULL ? before->id.version : -1;
	status = load_drafts(load);
	if (status == 0) {
		merge(load, before);
	}
	load_drop_drafts(load);
	return status;
}

static bool same_heads(const struct catalog_data *data, const struct catalog *before)
{
	size_t length;
	const char *heads = catalog_heads(before, &length);

	return length == data->heads_length && memcmp(heads, data->heads, length) == 0;
}

/* Whether the catalog before can be extended: the data continue its history, with equal
 * heads. */
static bool follows(const struct catalog_load *load, const struct summary *summary,
	const struct catalog *before)
{
	return summary->follows && same_heads(load->data, before);
}

static void drop_data(struct catalog_load *load)
{
	catalog_release(load->data != NULL ? &load->data->catalog : NULL);
	load->data = NULL;
}

/* Completes load->data, which has elements and calculators, with stations. */
static const struct catalog *load_rest(
	struct catalog_load *load, const struct summary *summary, const struct catalog *before)
{
	if (read_stations(load, follows(load, summary, before) ? before : NULL) != 0) {
		return NULL;
	}
	if ((int64_t)load->data->catalog.station_count != summary->station_count) {
		/* Stations were removed; which is unknown: read all. */
		drop_data(load);
		if (read_heads(load, summary) != 0 || read_stations(load, NULL) != 0) {
			return NULL;
		}
	}
	catalog_index(load->data);
	return &load->data->catalog;
}

/* Whether `before` is current: same data, same elements and calculators (which change by
 * themselves). */
static bool is_same(const struct catalog_load *load, const struct summary *summary,
	const struct catalog *before)
{
	return before != NULL && dataset_same(before->id, summary->id) &&
	       same_heads(load->data, before);
}

static const struct catalog *load_in_snapshot(
	struct catalog_load *load, const struct catalog *before)
{
	const struct catalog *catalog = NULL;
	struct summary summary;

	if (read_summary(load, before, &summary) != 0 || read_heads(load, &summary) != 0) {
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

const struct catalog *catalog_load(PGconn *conn, const struct catalog *before,
	catalog_heard_fn *heard, void *arg, struct error *err)
{
	struct catalog_load load = { .conn = conn, .heard = heard, .arg = arg, .err = err };
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

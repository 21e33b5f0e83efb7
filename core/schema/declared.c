#include "schema/declared.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/connect.h"
#include "schema/stat_ddl.h"
#include "schema/stat_rows.h"
#include "schema/stat_table.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

enum { NUMBER_SIZE = 24, DEFINITION_SIZE = 33 };

/* A statement with text arguments. NULL and *err if it fails; the caller clears. */
static PGresult *execute(PGconn *conn, const char *what, const char *sql, int argc,
	const char *const *argv, struct error *err)
{
	PGresult *result = PQexecParams(conn, sql, argc, NULL, argv, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		db_error(err, what, conn, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

/* Likewise; the number of rows that were written goes to *changed. */
static int write_rows(PGconn *conn, const char *what, const char *sql, int argc,
	const char *const *argv, bool *changed, struct error *err)
{
	PGresult *result = execute(conn, what, sql, argc, argv, err);

	if (result == NULL) {
		return -1;
	}
	*changed = *changed || strcmp(PQcmdTuples(result), "0") != 0;
	PQclear(result);
	return 0;
}

static int check_element(PGconn *conn, const struct alm_element *element,
	const char *const *argv, struct error *err)
{
	PGresult *stored = execute(conn, "comparing elements",
		"select unit, decimals from element where code = $1 "
		"and (unit <> $2 or decimals <> $3::smallint)",
		3, argv, err);
	int failed = stored == NULL ? -1 : 0;

	if (failed == 0 && PQntuples(stored) > 0) {
		error_set(err,
			"element %s is declared in %s with %d decimals, but stored in %s with %s",
			element->code, element->unit, (int)element->decimals,
			PQgetvalue(stored, 0, 0), PQgetvalue(stored, 0, 1));
		failed = error_hint(err, "use a source plugin that agrees with the stored "
					 "data, or a new database");
	}
	PQclear(stored);
	return failed;
}

int declared_store_element(
	PGconn *conn, const struct alm_element *element, struct buffer *done, struct error *err)
{
	char decimals[NUMBER_SIZE], minimum[NUMBER_SIZE], maximum[NUMBER_SIZE];
	const char *argv[] = { element->code, element->unit, decimals, element->name, minimum,
		maximum };
	bool changed = false;

	snprintf(decimals, sizeof(decimals), "%d", (int)element->decimals);
	snprintf(minimum, sizeof(minimum), "%d", (int)element->min);
	snprintf(maximum, sizeof(maximum), "%d", (int)element->max);
	if (check_element(conn, element, argv, err) < 0 ||
		write_rows(conn, "storing elements",
			"insert into element as e (code, unit, decimals, name, minimum, maximum) "
			"values ($1, $2, $3::smallint, $4, $5::integer, $6::integer) "
			"on conflict (code) do update set name = excluded.name, "
			"minimum = excluded.minimum, maximum = excluded.maximum "
			"where (e.name, e.minimum, e.maximum) "
			"is distinct from (excluded.name, excluded.minimum, excluded.maximum)",
			6, argv, &changed, err) < 0) {
		return -1;
	}
	if (changed) {
		buffer_printf(done, "stored element %s\n", element->code);
	}
	return 0;
}

/* A calculator whose periods changed would leave a table with another key. */
static int check_period(PGconn *conn, const struct alm_stat *stat, struct error *err)
{
	const char *argv[] = { stat->name, period_kind(stat->periods)->name };
	PGresult *stored = execute(conn, "comparing statistics",
		"select period from calculator where name = $1 and period <> $2", 2, argv, err);
	int failed = stored == NULL ? -1 : 0;

	if (failed == 0 && PQntuples(stored) > 0) {
		error_set(err, "statistic %s is declared for every %s, but stored for every %s",
			stat->name, argv[1], PQgetvalue(stored, 0, 0));
		failed = error_hint(err,
			"give it another name in its plugin; or, to lose what is stored: drop "
			"table stat_%s; delete from calculator where name = '%s'; then "
			"migrate and ingest again",
			stat->name, stat->name);
	}
	PQclear(stored);
	return failed;
}

/* Another unit or scale than what is stored would make wrong results of right values. */
static int check_stored_inputs(PGconn *conn, const struct alm_stat *stat, struct error *err)
{
	int failed = 0;

	for (const struct alm_input *i = stat->inputs; failed == 0 && i->code != NULL; i++) {
		char decimals[NUMBER_SIZE];
		const char *argv[] = { i->code, i->unit, decimals };
		PGresult *stored;

		snprintf(decimals, sizeof(decimals), "%d", (int)i->decimals);
		stored = execute(conn, "comparing inputs",
			"select unit, decimals from element where code = $1 "
			"and (unit <> $2 or decimals <> $3::smallint)",
			3, argv, err);
		failed = stored == NULL ? -1 : 0;
		if (failed == 0 && PQntuples(stored) > 0) {
			error_set(err,
				"statistic '%s' takes element %s in %s with %d decimals, but the "
				"database stores it in %s with %s",
				stat->name, i->code, i->unit, (int)i->decimals,
				PQgetvalue(stored, 0, 0), PQgetvalue(stored, 0, 1));
			failed = error_hint(
				err, "use a statistic that is made for what is stored");
		}
		PQclear(stored);
	}
	return failed;
}

/* A statistic as it is being stored. */
struct declaration {
	PGconn *conn;
	const struct alm_stat *stat;
	const char *statistic;
	const char *plugin_version;
	char definition[DEFINITION_SIZE];
	bool changed; /* something that is stored was */
};

static int store_calculator(struct declaration *of, struct error *err)
{
	const char *argv[] = { of->stat->name, of->stat->summary,
		period_kind(of->stat->periods)->name, of->plugin_version, of->definition,
		of->statistic };

	return write_rows(of->conn, "storing what statistics declare",
		"insert into calculator as c (name, summary, period, plugin_version, definition, "
		"statistic) values ($1, $2, $3, $4, $5, $6) on conflict (name) do update set "
		"summary = excluded.summary, plugin_version = excluded.plugin_version, "
		"definition = excluded.definition, statistic = excluded.statistic "
		"where (c.summary, c.plugin_version, c.definition, c.statistic) "
		"is distinct from (excluded.summary, excluded.plugin_version, excluded.definition, "
		"excluded.statistic)",
		6, argv, &of->changed, err);
}

static int store_definition(struct declaration *of, struct error *err)
{
	const char *argv[] = { of->stat->name, of->definition, of->plugin_version };

	return write_rows(of->conn, "storing definitions",
		"insert into calculator_definition (calculator, definition, plugin_version) "
		"values ($1, $2, $3) on conflict do nothing",
		3, argv, &of->changed, err);
}

static void put_word(struct buffer *out, const char *word)
{
	buffer_printf(out, "%s%s", out->length > 1 ? "," : "", word);
}

/* An array literal: codes and names of rules hold nothing that would have to be quoted. */
static const char *list_inputs(
	struct buffer *out, const struct alm_stat *stat, const struct alm_column *column)
{
	buffer_putc(out, '{');
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		if (words_have(column->inputs, i->code)) {
			put_word(out, i->code);
		}
	}
	buffer_putc(out, '}');
	return buffer_text(out);
}

static const char *list_rules(struct buffer *out, const struct alm_column *column)
{
	buffer_putc(out, '{');
	for (size_t i = 0; i < stat_rule_count; i++) {
		if (words_have(column->rules, stat_rules[i].name)) {
			put_word(out, stat_rules[i].name);
		}
	}
	buffer_putc(out, '}');
	return buffer_text(out);
}

static const char *type_name(const struct alm_column *column)
{
	return column->type == ALM_INTEGER ? "integer"
	       : column->type == ALM_DATE  ? "date"
					   : "number";
}

static int store_column(struct declaration *of, size_t position, struct error *err)
{
	const struct alm_column *c = &of->stat->columns[position];
	char number[NUMBER_SIZE], decimals[NUMBER_SIZE];
	struct buffer inputs = { 0 }, rules = { 0 };
	const char *argv[] = { of->stat->name, of->definition, number, c->name, c->unit,
		c->help, decimals, stat_method_name(c->method),
		list_inputs(&inputs, of->stat, c), list_rules(&rules, c), type_name(c) };
	int failed;

	snprintf(number, sizeof(number), "%zu", position);
	snprintf(decimals, sizeof(decimals), "%d", (int)c->decimals);
	failed = write_rows(of->conn, "storing what statistics declare",
		"insert into calculator_column as c "
		"(calculator, definition, position, name, unit, help, decimals, method, inputs, "
		"rules, type) values ($1, $2, $3::smallint, $4, $5, $6, $7::smallint, $8, "
		"$9::text[], $10::text[], $11) "
		"on conflict (calculator, definition, position) do update set "
		"name = excluded.name, unit = excluded.unit, help = excluded.help, "
		"decimals = excluded.decimals, method = excluded.method, inputs = excluded.inputs, "
		"rules = excluded.rules, type = excluded.type "
		"where (c.name, c.unit, c.help, c.decimals, c.method, c.inputs, c.rules, c.type) "
		"is distinct from (excluded.name, excluded.unit, excluded.help, "
		"excluded.decimals, excluded.method, excluded.inputs, excluded.rules, "
		"excluded.type)",
		11, argv, &of->changed, err);
	buffer_finish(&inputs);
	buffer_finish(&rules);
	return failed;
}

static int store_columns(struct declaration *of, struct error *err)
{
	char count[NUMBER_SIZE];
	const char *argv[] = { of->stat->name, of->definition, count };
	size_t n = 0;

	for (; of->stat->columns[n].name != NULL; n++) {
		if (store_column(of, n, err) < 0) {
			return -1;
		}
	}
	snprintf(count, sizeof(count), "%zu", n);
	return write_rows(of->conn, "storing what statistics declare",
		"delete from calculator_column where calculator = $1 and definition = $2 "
		"and position >= $3::smallint",
		3, argv, &of->changed, err);
}

static int store_declaration(struct declaration *of, struct error *err)
{
	return store_calculator(of, err) < 0 || store_definition(of, err) < 0 ||
			       store_columns(of, err) < 0
		       ? -1
		       : 0;
}

int declared_store_stat(PGconn *conn, const struct alm_stat *stat, const char *statistic,
	const char *plugin_version, struct buffer *done, struct error *err)
{
	struct declaration of = { conn, stat, statistic, plugin_version, "", false };
	struct stat_rows rows;
	int failed = -1;

	stat_table_definition(stat, plugin_version, of.definition);
	if (stat_rows_read(&rows, conn, stat, of.definition, err) == 0 &&
		check_period(conn, stat, err) == 0 &&
		check_stored_inputs(conn, stat, err) == 0 && store_declaration(&of, err) == 0 &&
		stat_rows_set_aside(&rows, done, err) == 0 &&
		stat_ddl_apply(conn, stat, done, err) == 0) {
		failed = stat_rows_clean(&rows, done, err);
	}
	if (failed == 0 && of.changed) {
		buffer_printf(done, "stored declaration of %s\n", stat->name);
	}
	return failed;
}

/* -- The whole of a statistic ---------------------------------------------- */

static const char *list_periods(struct buffer *out, uint32_t kinds)
{
	char names[PERIOD_NAMES_MAX];

	buffer_printf(out, "{%s}", period_kind_names(kinds, names));
	return buffer_text(out);
}

/* "base=1961-1990, threshold=25" */
static const char *list_params(struct buffer *out, const struct alm_stat *stat)
{
	for (const struct alm_param *p = stat->params; p != NULL && p->name != NULL; p++) {
		buffer_printf(
			out, "%s%s=%s", out->length > 0 ? ", " : "", p->name, p->default_value);
	}
	return buffer_text(out);
}

static int store_whole(PGconn *conn, const struct alm_stat *stat, const char *plugin,
	const char *plugin_version, bool *changed, struct error *err)
{
	struct buffer periods = { 0 }, on_request = { 0 }, params = { 0 };
	const char *argv[] = { stat->name, stat->summary, stat->help, plugin, plugin_version,
		list_periods(&periods, stat->periods),
		list_periods(&on_request, stat->on_request), list_params(&params, stat) };
	int failed = write_rows(conn, "storing what statistics declare",
		"insert into statistic as s (name, summary, help, plugin, plugin_version, periods, "
		"on_request, parameters) values ($1, $2, $3, $4, $5, $6::text[], $7::text[], $8) "
		"on conflict (name) do update set summary = excluded.summary, "
		"help = excluded.help, plugin = excluded.plugin, "
		"plugin_version = excluded.plugin_version, periods = excluded.periods, "
		"on_request = excluded.on_request, parameters = excluded.parameters "
		"where s is distinct from excluded",
		8, argv, changed, err);

	buffer_finish(&periods);
	buffer_finish(&on_request);
	buffer_finish(&params);
	return failed;
}

/* A column of kinds that are computed for a request. */
static int store_on_request(PGconn *conn, const struct alm_stat *stat, size_t position,
	bool *changed, struct error *err)
{
	const struct alm_column *c = &stat->columns[position];
	uint32_t kinds = stat->on_request & (c->periods != 0 ? c->periods : UINT32_MAX);
	char number[NUMBER_SIZE], decimals[NUMBER_SIZE];
	struct buffer inputs = { 0 }, periods = { 0 };
	const char *argv[] = { stat->name, number, c->name, c->unit, c->help, decimals,
		type_name(c), stat_method_name(c->method), list_inputs(&inputs, stat, c),
		list_periods(&periods, kinds) };
	int failed;

	snprintf(number, sizeof(number), "%zu", position);
	snprintf(decimals, sizeof(decimals), "%d", (int)c->decimals);
	failed = write_rows(conn, "storing what statistics declare",
		"insert into statistic_column as c (statistic, position, name, unit, help, "
		"decimals, type, method, inputs, periods) values ($1, $2::smallint, $3, $4, $5, "
		"$6::smallint, $7, $8, $9::text[], $10::text[]) "
		"on conflict (statistic, position) do update set name = excluded.name, "
		"unit = excluded.unit, help = excluded.help, decimals = excluded.decimals, "
		"type = excluded.type, method = excluded.method, inputs = excluded.inputs, "
		"periods = excluded.periods where c is distinct from excluded",
		10, argv, changed, err);
	buffer_finish(&inputs);
	buffer_finish(&periods);
	return failed;
}

int declared_store_statistic(PGconn *conn, const struct alm_stat *stat, const char *plugin,
	const char *plugin_version, struct buffer *done, struct error *err)
{
	size_t count = stat->on_request != 0 ? stat_count_columns(stat) : 0;
	char number[NUMBER_SIZE];
	const char *argv[] = { stat->name, number };
	bool changed = false;
	int failed = store_whole(conn, stat, plugin, plugin_version, &changed, err);

	for (size_t i = 0; failed == 0 && i < count; i++) {
		failed = store_on_request(conn, stat, i, &changed, err);
	}
	snprintf(number, sizeof(number), "%zu", count);
	if (failed == 0) {
		failed = write_rows(conn, "storing what statistics declare",
			"delete from statistic_column where statistic = $1 "
			"and position >= $2::smallint",
			2, argv, &changed, err);
	}
	if (failed == 0 && changed) {
		buffer_printf(done, "stored statistic %s\n", stat->name);
	}
	return failed;
}

/* -- Statistics of plugins that are not there ------------------------------- */

int declared_find_others(PGconn *conn, const char *const *names, size_t count,
	void (*each)(const char *statistic, const char *plugin, void *arg), void *arg,
	struct error *err)
{
	struct buffer list = { 0 };
	const char *argv[1];
	PGresult *others;

	buffer_putc(&list, '{');
	for (size_t i = 0; i < count; i++) {
		put_word(&list, names[i]);
	}
	buffer_putc(&list, '}');
	argv[0] = buffer_text(&list);
	others = execute(conn, "reading statistics",
		"select n.name, s.plugin from (select statistic as name from calculator "
		"union select name from statistic) n left join statistic s on s.name = n.name "
		"where n.name <> all ($1::text[]) order by n.name",
		1, argv, err);
	buffer_finish(&list);
	for (int row = 0; others != NULL && row < PQntuples(others); row++) {
		each(PQgetvalue(others, row, 0),
			PQgetisnull(others, row, 1) ? NULL : PQgetvalue(others, row, 1), arg);
	}
	PQclear(others);
	return others != NULL ? 0 : -1;
}

/* Servers may read the rows at the same time: they find then that they are gone. */
int declared_prune(PGconn *conn, const char *statistic, struct buffer *done, struct error *err)
{
	PGresult *tables = execute(conn, "looking for tables",
		"select relname from calculator k join pg_class c on c.relname in "
		"('stat_' || k.name, 'former_stat_' || k.name) "
		"and relnamespace = current_schema()::regnamespace "
		"where k.statistic = $1 order by relname",
		1, &statistic, err);
	static const char *const deletes[] = { "delete from calculator where statistic = $1",
		"delete from statistic where name = $1",
		"delete from statistic_base where statistic = $1" };
	int failed = tables != NULL ? 0 : -1;

	for (int row = 0; failed == 0 && row < PQntuples(tables); row++) {
		struct buffer sql = { 0 };

		buffer_printf(&sql, "drop table \"%s\"", PQgetvalue(tables, row, 0));
		failed = db_run(conn, buffer_text(&sql), err);
		buffer_printf(done, "dropped table %s\n", PQgetvalue(tables, row, 0));
		buffer_finish(&sql);
	}
	PQclear(tables);
	for (size_t i = 0; failed == 0 && i < sizeof(deletes) / sizeof(deletes[0]); i++) {
		PGresult *result =
			execute(conn, "removing a statistic", deletes[i], 1, &statistic, err);

		failed = result != NULL ? 0 : -1;
		PQclear(result);
	}
	buffer_printf(done, "removed statistic %s\n", statistic);
	return failed;
}

#include "schema/stat_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/connect.h"
#include "schema/stat_table.h"
#include "stat/rule.h"

enum { ARGS_MAX = 2 };

/* Asks with the calculator's name and definition as arguments; the caller clears. */
static PGresult *ask(
	const struct stat_rows *rows, const char *what, const char *sql, struct error *err)
{
	const char *argv[ARGS_MAX] = { rows->name, rows->definition };
	PGresult *result = PQexecParams(rows->conn, sql, ARGS_MAX, NULL, argv, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		db_error(err, what, rows->conn, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

/* Whether there is a row; -1: *err. */
static int ask_whether(
	const struct stat_rows *rows, const char *what, const char *sql, struct error *err)
{
	PGresult *result = ask(rows, what, sql, err);
	int found = result == NULL ? -1 : PQntuples(result) > 0;

	PQclear(result);
	return found;
}

int stat_rows_read(struct stat_rows *rows, PGconn *conn, const struct alm_stat *stat,
	const char *definition, struct error *err)
{
	static const char what[] = "comparing definitions";
	int redefined;

	*rows = (struct stat_rows){
		.conn = conn, .stat = stat, .name = stat->name, .definition = definition
	};
	stat_table_name(stat, rows->table);
	snprintf(rows->former, sizeof(rows->former), "former_%s", rows->table);
	redefined = ask_whether(
		rows, what, "select from calculator where name = $1 and definition <> $2", err);
	if (redefined > 0) {
		/* Ingestions hold this row; see ingest/definitions.h. */
		redefined = ask_whether(rows, what,
			"select from calculator where name = $1 and definition <> $2 for update",
			err);
	}
	rows->redefined = redefined > 0;
	return redefined < 0 ? -1 : 0;
}

/* -- Another definition ------------------------------------------------- */

/* Keeps the rows with their columns, comments and key. Copied, not renamed: views and rights of
 * others go on with the table that has the newest rows. */
static int copy_rows(struct stat_rows *rows, struct error *err)
{
	struct buffer sql = { 0 };
	int failed;

	buffer_printf(&sql,
		"drop table if exists %s;\n"
		"create table %s (like %s including all);\n"
		"insert into %s select * from %s;\n"
		"comment on table %s is 'Rows of %s with the columns before the last migration, "
		"until those of the new columns are computed';\n",
		rows->former, rows->former, rows->table, rows->former, rows->table,
		rows->former, rows->table);
	failed = db_run(rows->conn, buffer_text(&sql), err);
	buffer_finish(&sql);
	return failed;
}

static int empty_table(struct stat_rows *rows, struct error *err)
{
	struct buffer sql = { 0 };
	int failed;

	/* Not "truncate": whoever reads an older snapshot must find the rows. */
	buffer_printf(&sql, "delete from %s", rows->table);
	failed = db_run(rows->conn, buffer_text(&sql), err);
	buffer_finish(&sql);
	return failed;
}

/* 1: the rows that count have the columns that are declared now; -1: *err. */
static int has_same_columns(const struct stat_rows *rows, struct error *err)
{
	int other = ask_whether(rows, "comparing columns",
		"with n as (select position, name, unit, method, type, inputs, rules from calculator_column "
		"where calculator = $1 and definition = $2), "
		"o as (select c.position, c.name, c.unit, c.method, c.type, c.inputs, c.rules from calculator k "
		"join calculator_column c on c.calculator = k.name "
		"and c.definition = k.computed_definition where k.name = $1) "
		"(table n except table o) union all (table o except table n) limit 1",
		err);

	return other < 0 ? -1 : other == 0;
}

static int move_rows(struct stat_rows *rows, struct buffer *done, struct error *err)
{
	PGresult *result;

	if (copy_rows(rows, err) < 0 || empty_table(rows, err) < 0) {
		return -1;
	}
	result = ask(rows, "storing calculators",
		"update calculator set computed_table = 'former_stat_' || name "
		"where name = $1 and definition = $2",
		err);
	if (result == NULL) {
		return -1;
	}
	PQclear(result);
	buffer_printf(done,
		"moved the rows of table %s to %s: its columns are others now; the next ingestion "
		"computes their rows\n",
		rows->table, rows->former);
	return 0;
}

/* What has been computed of another definition since is worth nothing; and if that was in
 * place, rows of the definition before are no longer all its own. */
static int forget_progress(const struct stat_rows *rows, struct error *err)
{
	PGresult *result = ask(rows, "storing calculators",
		"update calculator set computing_definition = null, computed_until = null, "
		"stale = stale or computed_definition is not distinct from $2 where name = $1",
		err);

	PQclear(result);
	return result != NULL ? 0 : -1;
}

int stat_rows_set_aside(struct stat_rows *rows, struct buffer *done, struct error *err)
{
	int exists, counts, same;

	if (!rows->redefined) {
		return 0;
	}
	if (forget_progress(rows, err) < 0) {
		return -1;
	}
	exists = ask_whether(rows, "looking for the table",
		"select where to_regclass('stat_' || $1) is not null and $2::text is not null",
		err);
	if (exists <= 0) {
		return exists;
	}
	counts = ask_whether(rows, "comparing definitions",
		"select from calculator where name = $1 and $2::text is not null "
		"and computed_table = 'stat_' || name",
		err);
	same = counts > 0 ? has_same_columns(rows, err) : 0;
	if (counts < 0 || same < 0) {
		return -1;
	}
	if (same > 0) {
		return 0; /* they are computed anew in place */
	}
	/* Rows that do not count were computed with yet another definition. */
	return counts > 0 ? move_rows(rows, done, err) : empty_table(rows, err);
}

/* -- Afterwards --------------------------------------------------------- */

/* One statement, or nothing of it. Returns 0, or -1 if the database refuses it because others
 * rely on the column; *err is set if it fails for another reason. */
static int try_drop(struct stat_rows *rows, const char *column, struct error *err)
{
	struct buffer sql = { 0 };
	PGresult *result;
	const char *state;
	int failed = 0;

	buffer_printf(
		&sql, "savepoint gone; alter table %s drop column \"%s\"", rows->table, column);
	result = PQexec(rows->conn, buffer_text(&sql));
	buffer_finish(&sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		if (state == NULL || strcmp(state, "2BP01") != 0) { /* others depend on it */
			db_error(err, "dropping a column", rows->conn, result);
		} else if (db_run(rows->conn, "rollback to savepoint gone", err) == 0) {
			failed = -1;
		}
	}
	PQclear(result);
	return error_is_set(err) ? -1 : failed;
}

static bool has_column(const struct stat_rows *rows, const char *name)
{
	struct stat_column *columns;
	size_t count = stat_table_columns(rows->stat, &columns);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		found = found || strcmp(columns[i].name, name) == 0;
	}
	free(columns);
	return found;
}

#define AS_SUFFIX(name, title, source) "', '_" #name

/* The columns of definitions before this one. */
static int drop_columns(struct stat_rows *rows, struct buffer *done, struct error *err)
{
	int failed = 0;
	PGresult *gone = ask(rows, "looking for columns",
		"with c as (select name, inputs from calculator_column "
		"where calculator = $1 and definition <> $2), "
		"n as (select name || suffix as name from c, "
		"unnest(array['" STAT_RULES(
			AS_SUFFIX) "']) suffix "
				   "union select lower(input) || suffix from c, unnest(inputs) input, "
				   "unnest(array['_days', '_missing', '_longest_gap']) suffix) "
				   "select name from n join pg_attribute a on attname = name "
				   "and attrelid = to_regclass('stat_' || $1) and not attisdropped "
				   "order by attnum",
		err);

	if (gone == NULL) {
		return -1;
	}
	for (int row = 0; row < PQntuples(gone) && failed == 0; row++) {
		const char *column = PQgetvalue(gone, row, 0);
		int refused;

		if (has_column(rows, column)) {
			continue;
		}
		refused = try_drop(rows, column, err);
		failed = error_is_set(err) ? -1 : 0;
		if (failed == 0) {
			buffer_printf(done,
				refused == 0 ? "dropped column %s of table %s\n"
					     : "kept column %s of table %s, which is null now: "
					       "something else in the database relies on it\n",
				column, rows->table);
		}
	}
	PQclear(gone);
	return failed;
}

static int drop_former(struct stat_rows *rows, struct buffer *done, struct error *err)
{
	struct buffer sql = { 0 };
	int failed, exists = ask_whether(rows, "looking for the table",
			    "select where to_regclass('former_stat_' || $1) is not null "
			    "and $2::text is not null",
			    err);

	if (exists <= 0) {
		return exists;
	}
	buffer_printf(&sql, "drop table %s", rows->former);
	failed = db_run(rows->conn, buffer_text(&sql), err);
	buffer_finish(&sql);
	if (failed == 0) {
		buffer_printf(done, "dropped table %s\n", rows->former);
	}
	return failed;
}

int stat_rows_clean(struct stat_rows *rows, struct buffer *done, struct error *err)
{
	int computed = ask_whether(rows, "comparing definitions",
		"select from calculator where name = $1 and definition = $2 "
		"and computed_definition = definition and computed_table = 'stat_' || name",
		err);
	int older = computed <= 0 ? computed
				  : ask_whether(rows, "comparing definitions",
					    "select from calculator_definition "
					    "where calculator = $1 and definition <> $2",
					    err);
	PGresult *result;

	if (older <= 0) {
		return older;
	}
	if (drop_former(rows, done, err) < 0 || drop_columns(rows, done, err) < 0) {
		return -1;
	}
	result = ask(rows, "forgetting definitions",
		"delete from calculator_definition where calculator = $1 and definition <> $2",
		err);
	PQclear(result);
	return result != NULL ? 0 : -1;
}

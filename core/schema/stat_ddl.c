#include "schema/stat_ddl.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "db/connect.h"
#include "schema/stat_table.h"

enum { TABLE_SIZE = 64 };

/* A table that is being compared with a declaration. */
struct work {
	PGconn *conn;
	const struct alm_stat *stat;
	char table[TABLE_SIZE];
	const struct stat_column *columns;
	size_t count;
	PGresult *present; /* rows (name, type, comment) of the table there is */
	struct buffer sql; /* what has to be done */
};

static const char *type_of(const struct stat_column *column)
{
	static const char *const types[] = { [STAT_KEY] = "smallint",
		[STAT_VALUE] = "double precision",
		[STAT_COUNT] = "smallint",
		[STAT_VERDICT] = "boolean" };

	if (column->kind == STAT_VALUE && column->type != ALM_NUMBER) {
		return column->type == ALM_DATE ? "date" : "bigint";
	}
	return strcmp(column->name, "station_id") == 0 ? "text" : types[column->kind];
}

/* Column names hold neither quotes nor capitals, but may be reserved words. */
static void put_column(struct buffer *sql, const struct stat_column *column)
{
	const char *type = type_of(column);

	buffer_printf(sql, "\"%s\" %s%s%s", column->name, type,
		strcmp(type, "text") == 0 ? " collate \"C\"" : "",
		column->kind == STAT_KEY ? " not null" : "");
}

static void put_table(struct work *work)
{
	const char *before = "";

	buffer_printf(&work->sql, "create table %s (", work->table);
	for (size_t i = 0; i < work->count; i++) {
		put_column(&work->sql, &work->columns[i]);
		buffer_puts(&work->sql, ", ");
	}
	buffer_puts(&work->sql, "primary key (");
	for (size_t i = 0; i < work->count && work->columns[i].kind == STAT_KEY; i++) {
		buffer_printf(&work->sql, "%s\"%s\"", before, work->columns[i].name);
		before = ", ";
	}
	buffer_puts(&work->sql, "));\n");
}

static void put_literal(struct work *work, const char *text)
{
	char *literal = PQescapeLiteral(work->conn, text, strlen(text));

	/* NULL: no memory, or text that is not UTF-8, which has no comment then. */
	buffer_puts(&work->sql, literal != NULL ? literal : "null");
	PQfreemem(literal);
}

/* "mean of daily maxima [degC]" */
static const char *comment_of(const struct stat_column *column, struct buffer *out)
{
	buffer_puts(out, column->help);
	if (column->unit != NULL && strcmp(column->unit, "1") != 0) {
		buffer_printf(out, " [%s]", column->unit);
	}
	return buffer_text(out);
}

/* Row of `present`, or -1. */
static int find_present(const struct work *work, const char *name)
{
	for (int i = 0; i < PQntuples(work->present); i++) {
		if (strcmp(PQgetvalue(work->present, i, 0), name) == 0) {
			return i;
		}
	}
	return -1;
}

static void compare_comment(struct work *work, const struct stat_column *column, int row)
{
	struct buffer text = { 0 };
	const char *comment = comment_of(column, &text);

	if (row < 0 || strcmp(PQgetvalue(work->present, row, 2), comment) != 0) {
		buffer_printf(&work->sql, "comment on column %s.\"%s\" is ", work->table,
			column->name);
		put_literal(work, comment);
		buffer_puts(&work->sql, ";\n");
	}
	buffer_finish(&text);
}

static int fail_type(const struct work *work, const char *name, const char *type,
	const char *wanted, struct error *err)
{
	error_set(err, "column %s of table %s is %s, but statistic %s needs %s", name,
		work->table, type, work->stat->name, wanted);
	return error_hint(err,
		"drop the column, migrate again and ingest; or give the statistic's column "
		"another name in its plugin");
}

static int compare_column(struct work *work, const struct stat_column *column,
	struct buffer *done, struct error *err)
{
	int row = find_present(work, column->name);

	if (row >= 0 && strcmp(PQgetvalue(work->present, row, 1), type_of(column)) != 0) {
		return fail_type(work, column->name, PQgetvalue(work->present, row, 1),
			type_of(column), err);
	}
	if (row < 0 && PQntuples(work->present) > 0) {
		buffer_printf(&work->sql, "alter table %s add column ", work->table);
		put_column(&work->sql, column);
		buffer_puts(&work->sql, ";\n");
		buffer_printf(done, "added column %s to table %s\n", column->name, work->table);
	}
	compare_comment(work, column, row);
	return 0;
}

/* The columns that there are, and the comment of the table in every row. */
static PGresult *read_present(const struct work *work, struct error *err)
{
	const char *argv[] = { work->table };
	PGresult *result = PQexecParams(work->conn,
		"select attname, format_type(atttypid, null), col_description(attrelid, attnum), "
		"obj_description(attrelid, 'pg_class') from pg_attribute "
		"where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
		1, NULL, argv, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		db_error(err, "reading the columns of a table", work->conn, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

static int compare(struct work *work, struct buffer *done, struct error *err)
{
	bool exists = PQntuples(work->present) > 0;

	if (!exists) {
		put_table(work);
		buffer_printf(done, "created table %s\n", work->table);
	}
	if (!exists || strcmp(PQgetvalue(work->present, 0, 3), work->stat->summary) != 0) {
		buffer_printf(&work->sql, "comment on table %s is ", work->table);
		put_literal(work, work->stat->summary);
		buffer_puts(&work->sql, ";\n");
	}
	for (size_t i = 0; i < work->count; i++) {
		if (compare_column(work, &work->columns[i], done, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int stat_ddl_apply(
	PGconn *conn, const struct alm_stat *stat, struct buffer *done, struct error *err)
{
	struct work work = { .conn = conn, .stat = stat };
	struct stat_column *columns;
	int failed = -1;

	stat_table_name(stat, work.table);
	work.count = stat_table_columns(stat, &columns);
	work.columns = columns;
	work.present = read_present(&work, err);
	if (work.present != NULL && compare(&work, done, err) == 0) {
		failed = work.sql.length > 0 ? db_run(conn, buffer_text(&work.sql), err) : 0;
	}
	PQclear(work.present);
	buffer_finish(&work.sql);
	free(columns);
	return failed != 0 ? error_prefix(err, "table %s: ", work.table) : 0;
}

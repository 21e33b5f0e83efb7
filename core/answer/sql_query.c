/* query(): rows of a plugin's statement, for the plugin to read. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/host.h"
#include "answer/sql_text.h"
#include "base/memory.h"
#include "fetch/fetch.h"
#include "fetch/statements.h"
#include "plugin/current.h"
#include "route/route.h"
#include "route/services.h"

struct alm_rows {
	const PGresult *result;
};

struct sql_query {
	struct alm_request *request;
	const char *sql;
	unsigned argc;
	const char *const *argv;
	alm_rows_fn *then;
	void *arg;
	struct task task; /* when there is memory for it */
};

enum { QUERY_BYTES = 128 * 1024 /* that the rows of most take at most */ };

/* -- Statements --------------------------------------------------------- */

struct kept_sql {
	struct kept_statement kept; /* first: one is cast to the other */
	struct buffer text;
};

static void destroy(struct kept_statement *kept)
{
	struct kept_sql *sql = (struct kept_sql *)kept;

	buffer_finish(&sql->text);
	free(sql);
}

/* A plugin's statement between parentheses: what may end it, but not stand there, is left out,
 * and a comment at its end is ended. */
static void put_nested(struct buffer *out, const char *sql)
{
	size_t length = strlen(sql);

	while (length > 0 && strchr("; \t\r\n", sql[length - 1]) != NULL) {
		length--;
	}
	buffer_puts(out, "(\n");
	buffer_append(out, sql, length);
	buffer_puts(out, "\n)");
}

/* A join of one row with any number keeps their order. */
static void put_statement(struct buffer *out, const char *rows, const char *total)
{
	buffer_puts(out, "select v.identity, t.total, r.* from dataset_version v cross join "
			 "(select ");
	if (total != NULL) {
		put_nested(out, total);
		buffer_puts(out, "::bigint");
	} else {
		buffer_puts(out, "null::bigint");
	}
	buffer_puts(out, " as total) t left join (select true as present, q.* from ");
	put_nested(out, rows);
	buffer_printf(out, " q limit %d) r on true", SQL_ROWS_MAX + 1);
}

const struct statement *sql_statement(struct alm_request *request, const char *rows,
	const char *total, unsigned argc, enum sql_result result)
{
	struct statements *statements = fetcher_statements(request->services->fetcher);
	char name[40];
	struct kept_statement *kept;
	struct kept_sql *sql;

	snprintf(name, sizeof(name), "%s %p", result == SQL_BINARY ? "binary" : "text",
		(const void *)total);
	kept = statements_find(statements, rows, name);
	if (kept == NULL) {
		sql = memory_new(struct kept_sql);
		put_statement(&sql->text, rows, total);
		kept = &sql->kept;
		kept->destroy = destroy;
		kept->statement = (struct statement){ .sql = buffer_text(&sql->text),
			.param_count = (int)argc,
			.binary_result = result == SQL_BINARY };
		statements_keep(statements, rows, name, kept);
	}
	return &kept->statement;
}

int sql_rows(const PGresult *result)
{
	int rows = PQntuples(result);

	return rows > 0 && PQgetisnull(result, 0, SQL_PRESENT) ? 0 : rows;
}

void sql_note_data(struct alm_request *request, struct dataset_id id)
{
	request->mixed |= request->has_read && !dataset_same(request->read, id);
	request->read = id;
	request->has_read = true;
}

/* -- The plugin's own reading ------------------------------------------- */

static void hand_over(struct sql_query *query, const PGresult *result)
{
	struct alm_request *request = query->request;
	struct current_call call = route_call(request->route);
	const struct alm_rows rows = { result };

	if (sql_rows(result) > SQL_ROWS_MAX) {
		answer_broken(request, "a statement of query() gives more than %d rows",
			SQL_ROWS_MAX);
		return;
	}
	sql_note_data(request, dataset_parse(PQgetvalue(result, 0, SQL_IDENTITY)));
	current_enter(&call);
	current_begin("the function given to query()", 0);
	query->then(request, &rows, query->arg);
	current_leave(&call);
}

static void on_rows(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct sql_query *query = arg;
	struct alm_request *request = query->request;

	if (request->http.connection != NULL && !request->http.answered) {
		if (outcome == POOL_OK) {
			hand_over(query, result);
		} else {
			answer_failed(request, outcome, result, query->sql);
		}
	}
	request_drop(request);
}

static void ask(struct sql_query *query)
{
	struct alm_request *request = query->request;
	struct statement_args args = { .values = query->argv };

	request_hold(request);
	pool_query(request->services->pool,
		sql_statement(request, query->sql, NULL, query->argc, SQL_TEXT), &args, on_rows,
		query);
}

/* There is memory, or it has been answered that there is none. */
static void on_task(struct task *task)
{
	struct sql_query *query =
		(struct sql_query *)((char *)task - offsetof(struct sql_query, task));
	struct alm_request *request = query->request;

	if (request->http.connection != NULL && !request->http.answered) {
		ask(query);
	}
	request_drop(request);
}

const char *const *sql_copy(struct alm_request *request, unsigned argc, const char *const *argv)
{
	const char **copy = arena_alloc(&request->http.arena, (argc + 1) * sizeof(*copy));

	for (unsigned i = 0; i < argc; i++) {
		copy[i] = argv[i] != NULL
				  ? arena_copy(&request->http.arena, argv[i], strlen(argv[i]))
				  : NULL;
	}
	return copy;
}

int sql_query(struct alm_request *request, const char *sql, unsigned argc,
	const char *const *argv, alm_rows_fn *then, void *arg)
{
	static const struct client_need need = { .of[CLIENT_BYTES] = QUERY_BYTES };
	struct sql_query *query = arena_alloc(&request->http.arena, sizeof(*query));

	if (sql == NULL || then == NULL || (argc > 0 && argv == NULL)) {
		return answer_broken(request, "plugin %s: query() got NULL for %s",
			request->route->plugin->path,
			sql == NULL    ? "the statement"
			: then == NULL ? "the function to call then"
				       : "the arguments of the statement");
	}
	*query = (struct sql_query){ .request = request,
		.sql = sql,
		.argc = argc,
		.argv = sql_copy(request, argc, argv),
		.then = then,
		.arg = arg,
		.task.run = on_task };
	switch (request_admit(request, &need, &query->task)) {
	case ADMITTED:
		ask(query);
		return 0;
	case ADMISSION_WAITS:
		request_hold(request);
		return 0;
	default:
		return -1;
	}
}

size_t sql_row_count(const struct alm_rows *rows)
{
	return (size_t)sql_rows(rows->result);
}

const char *sql_cell(const struct alm_rows *rows, size_t row, unsigned column)
{
	const PGresult *result = rows->result;

	if (row >= sql_row_count(rows) || column >= sql_columns(rows) ||
		PQgetisnull(result, (int)row, (int)column + SQL_FIRST)) {
		return NULL;
	}
	return PQgetvalue(result, (int)row, (int)column + SQL_FIRST);
}

unsigned sql_columns(const struct alm_rows *rows)
{
	return (unsigned)PQnfields(rows->result) - SQL_FIRST;
}

const char *sql_name(const struct alm_rows *rows, unsigned column)
{
	return column < sql_columns(rows) ? PQfname(rows->result, (int)column + SQL_FIRST)
					  : NULL;
}

/* sql(): rows of a plugin's statement. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "answer/host.h"
#include "answer/sql_cell.h"
#include "answer/sql_text.h"
#include "base/memory.h"
#include "base/number.h"
#include "db/wire.h"
#include "reply/problem.h"
#include "route/page.h"
#include "route/route.h"
#include "route/services.h"

enum {
	ROW_BYTES = 24,          /* of a document and of the database's, of a column */
	BASE = 12 * 1024,        /* bytes that any request takes */
	WHOLE_BYTES = 512 * 1024 /* of rows without pages, about */
};

/* Rows, and for a route with pages their number, come of one statement. */
struct sql {
	struct alm_request *request;
	struct answer *answer; /* NULL until the rows are there */
	bool counted;          /* there is a total */
	int64_t first, count, total;
	const char *text; /* the plugin's */
	const struct statement *statement;
	const char *const *values;
	struct task task; /* when there is memory, and of what is written piece by piece */
	PGresult *result; /* that is being written so */
	int row;
};

static void finish(struct sql *sql)
{
	struct alm_request *request = sql->request;
	struct page_place place = { .first = sql->first,
		.count = sql->count,
		.total = row_filter_counts(request) ? sql->total : -1,
		.more = sql->first + sql->count < sql->total };

	if (sql->answer->envelope.paged) {
		page_envelope(request, page_query(request), &place, &sql->answer->envelope);
	} else if (place.more) {
		reply_problem(&request->http, &(struct problem){ .status = 422 },
			"these are %lld rows, and one answer has at most %d: ask for pages",
			(long long)sql->total, SQL_ROWS_MAX);
		return;
	}
	answer_send(request, sql->answer);
}

/* As many rows as one turn of the loop should have. */
static void write_some(struct sql *sql, const PGresult *result)
{
	struct answer *answer = sql->answer;

	for (; sql->row < sql->count && !answer_is_due(answer); sql->row++) {
		for (size_t i = 0; i < answer->projection.count; i++) {
			sql_cell_read(result, sql->row,
				SQL_FIRST + (int)answer->projection.members[i],
				&answer->cells[i]);
		}
		answer_row(answer, answer->cells);
	}
}

static void on_rest(struct task *task)
{
	struct sql *sql = (struct sql *)((char *)task - offsetof(struct sql, task));
	struct alm_request *request = sql->request;
	bool over = request->http.connection == NULL || request->http.answered;

	if (!over) {
		answer_go_on(sql->answer);
		write_some(sql, sql->result);
	}
	if (!over && sql->row < sql->count) {
		request_wait(request, task);
		return;
	}
	PQclear(sql->result);
	if (!over) {
		finish(sql);
	}
	request_drop(request);
}

/* -1: it has replied. */
static int begin_rows(struct sql *sql, const PGresult *result)
{
	struct alm_request *request = sql->request;
	const struct member *members = member_declared(request);
	size_t count = request->route->field_count;

	if (sql_cell_check(request, members, count, result, SQL_FIRST) != 0) {
		return -1;
	}
	sql->count = sql_rows(result);
	if (sql->count > SQL_ROWS_MAX) {
		return answer_broken(
			request, "the statement gives more than %d rows", SQL_ROWS_MAX);
	}
	sql->answer = answer_begin(request, members, count);
	if (sql->answer == NULL) {
		return -1;
	}
	answer_expect(sql->answer, sql->count);
	return 0;
}

static void write_rows(struct sql *sql, const PGresult *result)
{
	if (begin_rows(sql, result) != 0) {
		return;
	}
	write_some(sql, result);
	if (sql->row == sql->count) {
		finish(sql);
		return;
	}
	sql->result = pool_take_result(sql->request->services->pool);
	sql->task.run = on_rest;
	request_hold(sql->request);
	request_wait(sql->request, &sql->task);
}

static int read_total(struct sql *sql, const PGresult *result)
{
	bool found = !PQgetisnull(result, 0, SQL_TOTAL);

	sql->total = found ? wire_int8(PQgetvalue(result, 0, SQL_TOTAL)) : -1;
	if (sql->counted && sql->total < 0) {
		return answer_broken(sql->request,
			"the statement that counts rows must answer with one number");
	}
	return 0;
}

static void on_rows(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct sql *sql = arg;
	struct alm_request *request = sql->request;

	if (request->http.connection != NULL && !request->http.answered) {
		if (outcome != POOL_OK) {
			answer_failed(request, outcome, result, sql->text);
		} else if (read_total(sql, result) == 0) {
			sql_note_data(
				request, dataset_read(PQgetvalue(result, 0, SQL_IDENTITY)));
			write_rows(sql, result);
		}
	}
	request_drop(request);
}

static void ask(struct sql *sql)
{
	struct statement_args args = { .values = sql->values };

	request_hold(sql->request);
	pool_query(sql->request->services->pool, sql->statement, &args, on_rows, sql);
}

/* There is memory, or it has been answered that there is none. */
static void on_memory(struct task *task)
{
	struct sql *sql = (struct sql *)((char *)task - offsetof(struct sql, task));
	struct alm_request *request = sql->request;

	if (request->http.connection != NULL && !request->http.answered) {
		ask(sql);
	}
	request_drop(request);
}

/* -1: there is none; replied. */
static int ask_for_memory(struct sql *sql, int64_t rows)
{
	size_t columns = sql->request->route->field_count;
	struct client_need need = {
		.of[CLIENT_BYTES] =
			rows > 0 ? BASE + rows * (int64_t)columns * ROW_BYTES * 2 : WHOLE_BYTES
	};

	need.query = need.of[CLIENT_BYTES] >= WHOLE_BYTES;
	sql->task.run = on_memory;
	switch (request_admit(sql->request, &need, &sql->task)) {
	case ADMITTED:
		ask(sql);
		return 0;
	case ADMISSION_WAITS:
		request_hold(sql->request);
		return 0;
	default:
		return -1;
	}
}

static const char *number_text(struct alm_request *request, int64_t number)
{
	char text[NUMBER_TEXT_MAX];

	return arena_copy(&request->http.arena, text, number_write_integer(text, number));
}

static int ask_page(struct sql *sql, const char *rows, const char *total, unsigned argc,
	const char *const *argv)
{
	struct alm_request *request = sql->request;
	const char **values = arena_alloc(&request->http.arena, (argc + 2) * sizeof(*values));
	int64_t most = SQL_ROWS_MAX;

	if (page_is_wanted(request)) {
		struct window window = page_window(&request->page, INT64_MAX);

		most = window.limit;
		sql->first = window.first;
	}
	if (argc > 0) {
		memcpy(values, argv, argc * sizeof(*values));
	}
	values[argc] = number_text(request, most);
	values[argc + 1] = number_text(request, sql->first);
	sql->counted = true;
	sql->values = values;
	sql->statement = sql_statement(request, rows, total, argc + 2, SQL_BINARY);
	return ask_for_memory(sql, most);
}

int sql_send(struct alm_request *request, const char *rows, const char *total, unsigned argc,
	const char *const *argv)
{
	bool paged = answer_is_paged(request);
	struct sql *sql;

	if (answer_claim(request, "sql()", ALM_SQL) != 0) {
		return -1;
	}
	if (rows == NULL || (argc > 0 && argv == NULL)) {
		return answer_broken(request, "plugin %s: sql() got NULL for %s",
			request->route->plugin->path,
			rows == NULL ? "the statement" : "the arguments of the statement");
	}
	if (paged && total == NULL) {
		return answer_broken(request,
			"sql() of a route with pages needs a statement that counts rows");
	}
	sql = arena_alloc(&request->http.arena, sizeof(*sql));
	sql->request = request;
	sql->text = rows;
	argv = sql_copy(request, argc, argv);
	if (paged) {
		return ask_page(sql, rows, total, argc, argv);
	}
	sql->values = argv;
	sql->statement = sql_statement(request, rows, NULL, argc, SQL_BINARY);
	return ask_for_memory(sql, 0);
}

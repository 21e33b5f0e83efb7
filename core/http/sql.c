/* send_sql(): rows of a plugin's statement. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "db/wire.h"
#include "http/loop.h"
#include "http/page.h"
#include "http/request_life.h"
#include "http/router.h"
#include "http/sql_cell.h"
#include "http/sql_text.h"

enum { ROWS_MAX = 100000 /* of an answer that is no page */ };

/* Rows, and for a route with pages their number, come of one statement. */
struct sql {
	struct alm_request *request;
	struct answer *answer; /* NULL until the rows are there */
	bool counted;          /* there is a total */
	int64_t first, count, total;
};

static void finish(struct sql *sql)
{
	struct alm_request *request = sql->request;
	struct page_place place = { .first = sql->first,
		.count = sql->count,
		.total = sieve_counts(request) ? sql->total : -1,
		.more = sql->first + sql->count < sql->total };

	if (sql->answer->envelope.paged) {
		page_envelope(request, page_query(request), &place, &sql->answer->envelope);
	} else if (place.more) {
		reply_problem(request, &(struct problem){ .status = 422 },
			"these are %lld rows, and one answer has at most %d: ask for pages",
			(long long)sql->total, ROWS_MAX);
		return;
	}
	answer_send(request, sql->answer);
}

/* -1: it has replied. */
static int write_rows(struct sql *sql, const PGresult *result)
{
	struct alm_request *request = sql->request;
	const struct member *members = shape_declared(request);
	size_t count = request->route->field_count;
	struct answer *answer;

	if (sql_cell_check(request, members, count, result, SQL_FIRST) != 0) {
		return -1;
	}
	sql->count = sql_rows(result);
	answer = sql->answer = answer_begin(request, members, count);
	if (answer == NULL) {
		return -1;
	}
	answer_expect(answer, sql->count);
	for (int row = 0; row < sql->count; row++) {
		for (size_t i = 0; i < answer->shape.count; i++) {
			sql_cell_read(result, row, SQL_FIRST + (int)answer->shape.members[i],
				&answer->cells[i]);
		}
		answer_row(answer, answer->cells);
	}
	return 0;
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

	if (request->connection != NULL && !request->answered) {
		if (outcome != POOL_OK) {
			answer_failed(request, outcome, result);
		} else if (read_total(sql, result) == 0) {
			sql_note_data(
				request, dataset_read(PQgetvalue(result, 0, SQL_IDENTITY)));
			if (write_rows(sql, result) == 0) {
				finish(sql);
			}
		}
	}
	request_drop(request);
}

static void ask(struct sql *sql, const struct statement *statement, const char *const *values)
{
	struct statement_args args = { .values = values };

	request_hold(sql->request);
	pool_query(sql->request->loop->pool, statement, &args, on_rows, sql);
}

static const char *number_text(struct alm_request *request, int64_t number)
{
	char text[NUMBER_TEXT_MAX];

	return arena_copy(&request->arena, text, number_write_integer(text, number));
}

static void ask_page(struct sql *sql, const char *rows, const char *total, unsigned argc,
	const char *const *argv)
{
	struct alm_request *request = sql->request;
	const char **values = arena_alloc(&request->arena, (argc + 2) * sizeof(*values));
	int64_t most = ROWS_MAX;

	if (page_is_wanted(request)) {
		most = request->page.page_size;
		sql->first = (request->page.page - 1) * most;
	}
	if (argc > 0) {
		memcpy(values, argv, argc * sizeof(*values));
	}
	values[argc] = number_text(request, most);
	values[argc + 1] = number_text(request, sql->first);
	sql->counted = true;
	ask(sql, sql_statement(request, rows, total, argc + 2, SQL_BINARY), values);
}

int sql_send(struct alm_request *request, const char *rows, const char *total, unsigned argc,
	const char *const *argv)
{
	bool paged = answer_is_paged(request);
	struct sql *sql;

	if (paged && (total == NULL || request->page.page == 0)) {
		return answer_broken(request,
			"send_sql() of a route with pages needs a statement "
			"that counts rows, and cannot walk by cursor");
	}
	sql = arena_alloc(&request->arena, sizeof(*sql));
	sql->request = request;
	if (paged) {
		ask_page(sql, rows, total, argc, argv);
	} else {
		ask(sql, sql_statement(request, rows, NULL, argc, SQL_BINARY), argv);
	}
	return 0;
}

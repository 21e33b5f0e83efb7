/* query(): rows of a plugin's statement, for the plugin to read. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "http/fetch.h"
#include "http/loop.h"
#include "http/request_life.h"
#include "http/router.h"
#include "http/sql_text.h"
#include "http/statements.h"
#include "plugin/current.h"

struct alm_rows {
	const PGresult *result;
};

struct sql_query {
	struct alm_request *request;
	alm_rows_fn *then;
	void *arg;
};

/* -- Statements --------------------------------------------------------- */

static void destroy(struct kept_statement *kept)
{
	free(kept);
}

const struct statement *sql_statement(
	struct alm_request *request, const char *sql, unsigned argc, enum sql_result result)
{
	struct statements *statements = fetcher_statements(request->loop->fetcher);
	const char *name = result == SQL_BINARY ? "binary" : "text";
	struct kept_statement *kept = statements_find(statements, sql, name);

	if (kept == NULL) {
		kept = memory_new(struct kept_statement);
		kept->destroy = destroy;
		kept->statement = (struct statement){ .sql = sql,
			.param_count = (int)argc,
			.binary_result = result == SQL_BINARY };
		statements_keep(statements, sql, name, kept);
	}
	return &kept->statement;
}

/* -- The plugin's own reading ------------------------------------------- */

static void on_rows(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct sql_query *query = arg;
	struct alm_request *request = query->request;

	if (request->connection != NULL && !request->answered) {
		if (outcome == POOL_OK) {
			const struct plugin *before = current_enter(request->route->plugin);
			const struct alm_rows rows = { result };

			query->then(request, &rows, query->arg);
			current_leave(before);
		} else {
			answer_failed(request, outcome, result);
		}
	}
	request_drop(request);
}

int sql_query(struct alm_request *request, const char *sql, unsigned argc,
	const char *const *argv, alm_rows_fn *then, void *arg)
{
	struct sql_query *query = arena_alloc(&request->arena, sizeof(*query));
	struct statement_args args = { .values = argv };

	query->request = request;
	query->then = then;
	query->arg = arg;
	request_hold(request);
	pool_query(request->loop->pool, sql_statement(request, sql, argc, SQL_TEXT), &args,
		on_rows, query);
	return 0;
}

size_t sql_row_count(const struct alm_rows *rows)
{
	return (size_t)PQntuples(rows->result);
}

const char *sql_cell(const struct alm_rows *rows, size_t row, unsigned column)
{
	if (row >= (size_t)PQntuples(rows->result) ||
		column >= (unsigned)PQnfields(rows->result) ||
		PQgetisnull(rows->result, (int)row, (int)column)) {
		return NULL;
	}
	return PQgetvalue(rows->result, (int)row, (int)column);
}

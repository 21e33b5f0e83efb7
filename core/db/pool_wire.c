/* Queries and results of a connection in pipeline mode. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/memory.h"
#include "db/pool_link.h"

enum { NAME_MAX_LENGTH = 48 };

/* SQLSTATEs of failures that another try may not have, since they are not of the query. */
static const char stale[] = "0A000";   /* a plan was made before the tables were changed */
static const char missing[] = "26000"; /* no such prepared statement */
static const char present[] = "42P05"; /* there is one of that name already */
static const char in_conflict[] = "40001";

/* -- Sending ------------------------------------------------------------ */

/* No other connection's, should a pooler mix them up. */
static void write_name(const struct pool_link *link, unsigned number, char *to)
{
	snprintf(to, NAME_MAX_LENGTH, "almanac_%lx_%u", link->mark, number);
}

static struct pool_prepared *find_statement(
	const struct pool_link *link, const struct statement *statement)
{
	for (size_t i = 0; i < link->prepared_count; i++) {
		if (link->prepared[i].statement == statement) {
			return &link->prepared[i];
		}
	}
	return NULL;
}

/* NULL: it was given up already, because of another query that it failed with. */
static struct pool_prepared *find_number(const struct pool_link *link, unsigned number)
{
	for (size_t i = 0; i < link->prepared_count; i++) {
		if (link->prepared[i].number == number) {
			return &link->prepared[i];
		}
	}
	return NULL;
}

static int send_prepare(struct pool_link *link, struct pool_query *query)
{
	const struct statement *statement = query->statement;
	char name[NAME_MAX_LENGTH];

	link->prepared = memory_resize(
		link->prepared, link->prepared_count + 1, sizeof(*link->prepared));
	link->prepared[link->prepared_count++] =
		(struct pool_prepared){ statement, ++link->last_number, false };
	query->prelude = PRELUDE_PREPARE;
	query->prepared = link->last_number;
	write_name(link, link->last_number, name);
	return PQsendPrepare(
		link->conn, name, statement->sql, statement->param_count, statement->types);
}

/* Brings the statement's text along. */
static int send_text(struct pool_link *link, const struct pool_query *query)
{
	const struct statement *statement = query->statement;
	const struct statement_args *args = &query->args;

	return PQsendQueryParams(link->conn, statement->sql, statement->param_count,
		statement->types, args->values, args->lengths, args->formats,
		statement->binary_result);
}

/* Statements of a pipeline are of one transaction. That the settings are answered at once shows
 * that the query is being worked on. */
static int send_with_settings(struct pool_link *link, struct pool_query *query)
{
	query->prelude = PRELUDE_SETTINGS;
	if (PQsendQueryParams(link->conn, buffer_text(&link->pool->settings), 0, NULL, NULL,
		    NULL, NULL, 0) != 1 ||
		PQsendFlushRequest(link->conn) != 1) {
		return 0;
	}
	return send_text(link, query);
}

/* Until the server has said that a statement is prepared, others that use it bring
 * its text along: they must not fail for a reason that is not theirs. */
static int send_statement(struct pool_link *link, struct pool_query *query)
{
	const struct pool_prepared *prepared = find_statement(link, query->statement);
	const struct statement_args *args = &query->args;
	char name[NAME_MAX_LENGTH];

	if (!link->direct) {
		return send_with_settings(link, query);
	}
	if (prepared != NULL && !prepared->ready) {
		return send_text(link, query);
	}
	if (prepared != NULL) {
		query->prepared = prepared->number;
	} else if (send_prepare(link, query) != 1) {
		return 0;
	}
	write_name(link, query->prepared, name);
	return PQsendQueryPrepared(link->conn, name, query->statement->param_count,
		args->values, args->lengths, args->formats, query->statement->binary_result);
}

static int flush(struct pool_link *link)
{
	int left = PQflush(link->conn);

	if (left < 0) {
		return -1;
	}
	if (link->wants_write != (left > 0)) {
		link->wants_write = left > 0;
		uv_poll_start(
			&link->poll, UV_READABLE | (left > 0 ? UV_WRITABLE : 0), link_on_ready);
	}
	return 0;
}

int link_send(struct pool_link *link, struct pool_query *query)
{
	if (link->sent.first == NULL) {
		link->turn = uv_now(link->pool->loop);
		link->silence = 0;
	}
	query_push(&link->sent, query);
	link->depth++;
	if (send_statement(link, query) != 1 || PQpipelineSync(link->conn) != 1 ||
		flush(link) != 0) {
		link->lost = true;
		return -1;
	}
	return 0;
}

struct pool_query *link_take_query(struct pool_link *link)
{
	link->depth--;
	link->turn = uv_now(link->pool->loop);
	return query_pop(&link->sent);
}

/* -- Receiving ---------------------------------------------------------- */

/* Forgets a prepared statement that turned out to be of no use. It is prepared anew, under
 * another name, by the next query that needs it. */
static void forget_prepared(struct pool_link *link, unsigned number)
{
	struct pool_prepared *prepared = find_number(link, number);

	if (prepared != NULL) {
		*prepared = link->prepared[--link->prepared_count];
	}
}

static void settle_prelude(struct pool_link *link, struct pool_query *query, bool good)
{
	struct pool_prepared *prepared = find_number(link, query->prepared);

	if (query->prelude == PRELUDE_PREPARE && good && prepared != NULL) {
		prepared->ready = true;
	} else if (query->prelude == PRELUDE_PREPARE && !good) {
		forget_prepared(link, query->prepared);
	}
	query->prelude = PRELUDE_NONE;
}

static const char *find_state(const struct pool_query *query)
{
	const char *state = PQresultErrorField(query->result, PG_DIAG_SQLSTATE);

	return state != NULL ? state : "";
}

static enum pool_outcome judge(const struct pool *pool, const struct pool_query *query)
{
	if (query->result != NULL && PQresultStatus(query->result) == PGRES_TUPLES_OK) {
		return PQresultMemorySize(query->result) > pool->result_max ? POOL_TOO_LARGE
									    : POOL_OK;
	}
	if (find_state(query)[0] == '\0') {
		return POOL_UNAVAILABLE;
	}
	return strcmp(find_state(query), "57014") == 0 ? POOL_TIMEOUT : POOL_FAILED;
}

/* Whether the query failed for a reason that another try does not have. Where prepared
 * statements are lost or are there already, others use the session too, whatever it looked
 * like. */
static bool may_try_again(struct pool_link *link, struct pool_query *query)
{
	const char *state = find_state(query);
	bool foreign = strcmp(state, missing) == 0 || strcmp(state, present) == 0;

	if (!foreign && strcmp(state, stale) != 0 && strcmp(state, in_conflict) != 0) {
		return false;
	}
	forget_prepared(link, query->prepared);
	link->direct = link->direct && !foreign;
	return query->done != NULL && !query->repeated && !link->pool->closing;
}

static void repeat(struct pool_link *link, struct pool_query *query)
{
	query_rewind(query);
	query->repeated = true;
	query_push(&link->pool->waiting, query);
	pool_stir(link->pool);
}

static void answer(struct pool *pool, struct pool_query *query)
{
	enum pool_outcome outcome = judge(pool, query);
	bool has_result = outcome == POOL_OK || outcome == POOL_FAILED;

	pool->answered = query;
	query_answer(query, outcome, has_result ? query->result : NULL);
	query_destroy(query);
}

static void renew_if_old(struct pool_link *link)
{
	if (link->depth == 0 && link->expires != 0 && !link->connecting && !link->lost &&
		uv_now(link->pool->loop) >= link->expires) {
		link_connect(link);
	}
}

static void finish_first(struct pool_link *link)
{
	struct pool_query *query = link_take_query(link);

	link->received = 0;
	if (may_try_again(link, query)) {
		repeat(link, query);
	} else {
		answer(link->pool, query);
	}
	renew_if_old(link);
}

/* The server ends the connection: shut down, or told to by an administrator. The query is still
 * to be answered. */
static bool is_farewell(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state != NULL && strncmp(state, "57P", 3) == 0;
}

static void keep_first(struct pool_query *query, PGresult *result)
{
	if (query->result == NULL) {
		query->result = result;
	} else {
		PQclear(result);
	}
}

/* Results of a query: that of what was sent before the statement, that of the statement, and
 * the end of its part of the pipeline. */
static void take_result(struct pool_link *link, PGresult *result)
{
	struct pool_query *query = link->sent.first;
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (is_farewell(result)) {
		PQclear(result);
		link->lost = true;
	} else if (status == PGRES_PIPELINE_SYNC) {
		PQclear(result);
		finish_first(link);
	} else if (query->prelude == PRELUDE_NONE) {
		keep_first(query, result);
	} else {
		settle_prelude(link, query, good);
		if (good) {
			PQclear(result);
		} else {
			keep_first(query, result);
		}
	}
}

static void receive(struct pool_link *link)
{
	int nulls = 0; /* in a row: one ends a statement, two mean that there is no more */

	while (link->sent.first != NULL && !link->lost && nulls < 2 && !PQisBusy(link->conn)) {
		PGresult *result = PQgetResult(link->conn);

		nulls = result == NULL ? nulls + 1 : 0;
		if (result != NULL) {
			take_result(link, result);
		}
	}
}

/* Answers that are too large are stopped while they come, since libpq holds them until all of
 * them is there; only the end of the connection ends them. What comes while libpq reads is not
 * counted, so that one somewhat beyond the limit may get through to judge(). */
static void limit_first(struct pool_link *link)
{
	struct pool_query *query = link->sent.first;
	int bytes = 0;

	if (ioctl(PQsocket(link->conn), FIONREAD, &bytes) == 0) {
		link->received += (size_t)bytes;
	}
	if (query != NULL && link->received > link->pool->result_max) {
		link->received = 0;
		query_answer(query, POOL_TOO_LARGE, NULL);
		link_lose(link, "an answer of the database is too large");
	}
}

void link_on_ready(uv_poll_t *poll, int status, int events)
{
	struct pool_link *link = poll->data;

	if (status < 0) {
		link_lose(link, uv_strerror(status));
		return;
	}
	if (events & UV_READABLE) {
		limit_first(link);
	}
	if (link->conn == NULL) {
		return;
	}
	if (events & UV_READABLE) {
		link->lost = link->lost || PQconsumeInput(link->conn) != 1;
		link_hear(link);
		receive(link);
	}
	if (link->lost || PQstatus(link->conn) == CONNECTION_BAD || flush(link) != 0) {
		link_lose(link, PQerrorMessage(link->conn));
	}
}

#include "db/pool_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/connect.h"

enum {
	RETRY_FIRST = 50,     /* ms until the second attempt to connect */
	RETRY_MAX = 5000,     /* ms between attempts, at the most */
	RETRY_DOUBLED = 7,    /* times until that is reached */
	RETRY_AWAITED = 1000, /* ms, at the most, while another login may come any moment */
	GRACE = 1000,         /* ms after which a server that should have given up is lost */
	NAME_MAX_LENGTH = 16
};

/* An attempt to connect: filled in by a worker thread. */
struct attempt {
	uv_work_t work;
	struct pool_link *link;
	const struct db_target *target;
	uint64_t timeout;
	PGconn *conn;
	struct error err;
};

/* Answers are the work of milliseconds: what a plan is compiled or made again for
 * each set of parameters costs more than it saves. */
static const char session_settings[] = "set default_transaction_read_only = on; set jit = off; "
				       "set plan_cache_mode = force_generic_plan; "
				       "set statement_timeout = %llu";

void link_init(struct pool_link *link, struct pool *pool)
{
	link->pool = pool;
	uv_timer_init(pool->loop, &link->retry);
	link->retry.data = link;
	pool->open++;
}

/* -- Connecting --------------------------------------------------------- */

static void run_attempt(uv_work_t *work)
{
	struct attempt *attempt = work->data;
	char sql[sizeof(session_settings) + 24];

	attempt->conn = db_connect(attempt->target, &attempt->err);
	if (attempt->conn == NULL) {
		return;
	}
	snprintf(sql, sizeof(sql), session_settings, (unsigned long long)attempt->timeout);
	if (db_run(attempt->conn, sql, &attempt->err) != 0) {
		PQfinish(attempt->conn);
		attempt->conn = NULL;
	}
}

static void on_retry(uv_timer_t *timer)
{
	link_connect(timer->data);
}

/* Half to all of a delay that doubles: many servers that lost one database do not
 * come back at once. */
static void connect_later(struct pool_link *link)
{
	unsigned doubled = link->failures < RETRY_DOUBLED ? link->failures : RETRY_DOUBLED;
	uint64_t delay = (uint64_t)RETRY_FIRST << doubled;
	bool awaited = db_login_is_awaited(link->pool->target);
	uint64_t most = awaited ? RETRY_AWAITED : RETRY_MAX;
	unsigned random = 0;

	delay = delay < most ? delay : most;
	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	uv_timer_start(&link->retry, on_retry, delay / 2 + random % (delay / 2 + 1), 0);
}

/* At once after a connection that has stood for a while; one that is lost as soon as it is made
 * would be made without end. */
static void connect_again(struct pool_link *link)
{
	if (uv_now(link->pool->loop) - link->begun >= RETRY_MAX) {
		link_connect(link);
	} else {
		connect_later(link);
	}
}

bool link_is_coming(const struct pool_link *link)
{
	return link->conn == NULL &&
	       (link->failures == 0 || db_login_is_awaited(link->pool->target));
}

static void note(struct pool *pool, const char *why)
{
	int length = (int)strcspn(why, "\n");

	snprintf(pool->why, sizeof(pool->why), "%.*s", length, why);
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Three to five quarters of the lifetime: not all connections at once. */
static uint64_t choose_end(const struct pool *pool)
{
	unsigned random = 0;

	if (pool->lifetime == 0) {
		return 0;
	}
	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	return uv_now(pool->loop) + pool->lifetime * 3 / 4 + random % (pool->lifetime / 2);
}

static int adopt(struct pool_link *link, PGconn *conn)
{
	if (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1 ||
		uv_poll_init(link->pool->loop, &link->poll, PQsocket(conn)) != 0) {
		note(link->pool, "cannot use the connection");
		return -1;
	}
	link->poll.data = link;
	link->pool->open++;
	link->conn = conn;
	link->failures = 0;
	link->begun = uv_now(link->pool->loop);
	link->expires = choose_end(link->pool);
	link->pool->figures->connects++;
	uv_poll_start(&link->poll, UV_READABLE, on_ready);
	return 0;
}

/* One that has been up too long is replaced only now that there is another. */
static void replace(struct pool_link *link, PGconn *conn)
{
	link->newer = conn;
	link_lose(link, "replaced");
}

static void use(struct pool_link *link, PGconn *conn)
{
	if (!link->pool->closing && link->conn != NULL) {
		replace(link, conn);
	} else if (link->pool->closing || adopt(link, conn) != 0) {
		PQfinish(conn);
	}
}

static void on_attempt(uv_work_t *work, int status)
{
	struct attempt *attempt = work->data;
	struct pool_link *link = attempt->link;
	struct pool *pool = link->pool;

	link->connecting = false;
	if (attempt->conn != NULL) {
		use(link, attempt->conn);
	} else if (status == 0) {
		note(pool, attempt->err.text);
	}
	if (link->conn == NULL && link->newer == NULL && !pool->closing) {
		link->failures++;
		connect_later(link);
	} else if (attempt->conn == NULL) {
		link->expires = choose_end(pool); /* the old one serves till the next attempt */
	}
	pool_stir(pool);
	free(attempt);
	pool_drop(pool);
}

void link_connect(struct pool_link *link)
{
	struct attempt *attempt = memory_new(struct attempt);

	attempt->work.data = attempt;
	attempt->link = link;
	attempt->target = link->pool->target;
	attempt->timeout = link->pool->timeout;
	link->connecting = true;
	link->pool->open++;
	uv_queue_work(link->pool->loop, &attempt->work, run_attempt, on_attempt);
}

/* -- Ending ------------------------------------------------------------- */

/* Takes the query that is being answered off the queue. */
static struct pool_query *take(struct pool_link *link)
{
	link->depth--;
	link->turn = uv_now(link->pool->loop);
	return query_pop(&link->sent);
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct pool_link *link = handle->data;
	PGconn *newer = link->newer;

	link->newer = NULL;
	if (link->pool->closing || (newer != NULL && adopt(link, newer) != 0)) {
		PQfinish(newer);
	}
	if (link->conn == NULL && !link->pool->closing && !link->connecting) {
		connect_again(link);
	}
	pool_stir(link->pool);
	pool_drop(link->pool);
}

/* Queries only read, so that what was lost on the way may be asked again: as often as there are
 * connections that may have ended at the same time, which is noticed of one after the other. */
static bool may_repeat(const struct pool *pool, const struct pool_query *query)
{
	return !pool->closing && query->losses < pool->link_count + 1;
}

static void save_queries(struct pool_link *link)
{
	while (link->sent.first != NULL) {
		struct pool_query *query = take(link);

		if (query->done != NULL && may_repeat(link->pool, query)) {
			PQclear(query->result);
			query->result = NULL;
			query->prepares = false;
			query->losses++;
			query_push(&link->pool->waiting, query);
		} else {
			query_answer(query, POOL_UNAVAILABLE, NULL);
			query_destroy(query);
		}
	}
	pool_stir(link->pool);
}

void link_lose(struct pool_link *link, const char *why)
{
	if (link->conn == NULL) {
		return;
	}
	note(link->pool, why);
	uv_close((uv_handle_t *)&link->poll, on_poll_closed);
	PQfinish(link->conn);
	link->conn = NULL;
	link->lost = link->wants_write = false;
	free(link->prepared);
	link->prepared = NULL;
	link->prepared_count = 0;
	save_queries(link);
}

static void on_closed(uv_handle_t *handle)
{
	struct pool_link *link = handle->data;

	pool_drop(link->pool);
}

void link_close(struct pool_link *link)
{
	link_lose(link, "closing");
	uv_close((uv_handle_t *)&link->retry, on_closed);
}

void link_check_time(struct pool_link *link, uint64_t now)
{
	for (struct pool_query *query = link->sent.first; query != NULL; query = query->next) {
		if (now >= query->deadline) {
			query_answer(query, POOL_TIMEOUT, NULL);
		}
	}
	/* The server ends a statement after the same time, counted from its turn. */
	if (link->sent.first != NULL && now >= link->turn + link->pool->timeout + GRACE) {
		link_lose(link, "the database did not answer in time");
	}
}

/* -- Sending ------------------------------------------------------------ */

static struct pool_prepared *find_prepared(
	struct pool_link *link, const struct statement *statement)
{
	for (size_t i = 0; i < link->prepared_count; i++) {
		if (link->prepared[i].statement == statement) {
			return &link->prepared[i];
		}
	}
	return NULL;
}

static int send_prepare(struct pool_link *link, const struct statement *statement)
{
	struct pool_prepared *prepared;
	char name[NAME_MAX_LENGTH];

	link->prepared = memory_resize(
		link->prepared, link->prepared_count + 1, sizeof(*link->prepared));
	prepared = &link->prepared[link->prepared_count++];
	*prepared = (struct pool_prepared){ statement, link->next_number++, false };
	snprintf(name, sizeof(name), "s%u", prepared->number);
	return PQsendPrepare(
		link->conn, name, statement->sql, statement->param_count, statement->types);
}

/* Until the server has said that a statement is prepared, others that use it bring
 * its text along: they must not fail for a reason that is not theirs. */
static int send_statement(struct pool_link *link, struct pool_query *query)
{
	const struct statement *statement = query->statement;
	const struct statement_args *args = &query->args;
	struct pool_prepared *prepared = find_prepared(link, statement);
	char name[NAME_MAX_LENGTH];

	if (prepared != NULL && !prepared->ready) {
		return PQsendQueryParams(link->conn, statement->sql, statement->param_count,
			statement->types, args->values, args->lengths, args->formats,
			statement->binary_result);
	}
	if (prepared == NULL) {
		if (send_prepare(link, statement) != 1) {
			return 0;
		}
		query->prepares = true;
		prepared = find_prepared(link, statement);
	}
	snprintf(name, sizeof(name), "s%u", prepared->number);
	return PQsendQueryPrepared(link->conn, name, statement->param_count, args->values,
		args->lengths, args->formats, statement->binary_result);
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
			&link->poll, UV_READABLE | (left > 0 ? UV_WRITABLE : 0), on_ready);
	}
	return 0;
}

int link_send(struct pool_link *link, struct pool_query *query)
{
	if (link->sent.first == NULL) {
		link->turn = uv_now(link->pool->loop);
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

/* -- Receiving ---------------------------------------------------------- */

static void settle_prepare(struct pool_link *link, const struct pool_query *query, bool good)
{
	struct pool_prepared *prepared = find_prepared(link, query->statement);

	assert(prepared != NULL);
	if (good) {
		prepared->ready = true;
	} else {
		*prepared = link->prepared[--link->prepared_count];
	}
}

/* What became of the statement itself, not of this query: it was prepared before
 * the tables were changed. It is prepared anew, under another name. */
static bool is_stale(const char *state)
{
	return strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0;
}

static enum pool_outcome judge(struct pool_link *link, const struct pool_query *query)
{
	const char *state = PQresultErrorField(query->result, PG_DIAG_SQLSTATE);

	if (query->result == NULL) {
		return POOL_UNAVAILABLE;
	}
	if (PQresultStatus(query->result) == PGRES_TUPLES_OK) {
		return POOL_OK;
	}
	if (state == NULL) {
		return POOL_UNAVAILABLE;
	}
	if (is_stale(state) && find_prepared(link, query->statement) != NULL) {
		settle_prepare(link, query, false);
	}
	return strcmp(state, "57014") == 0 ? POOL_TIMEOUT : POOL_FAILED;
}

static void renew_if_old(struct pool_link *link)
{
	if (link->depth == 0 && link->expires != 0 && !link->connecting &&
		uv_now(link->pool->loop) >= link->expires) {
		link_connect(link);
	}
}

static void finish_first(struct pool_link *link)
{
	struct pool_query *query = take(link);
	enum pool_outcome outcome = judge(link, query);
	bool has_result = outcome == POOL_OK || outcome == POOL_FAILED;

	query_answer(query, outcome, has_result ? query->result : NULL);
	query_destroy(query);
	renew_if_old(link);
}

/* The server ends the connection: shut down, or told to by an administrator. The query is still
 * to be answered. */
static bool is_farewell(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state != NULL && strncmp(state, "57P", 3) == 0;
}

/* Results of a query: that of PREPARE if it was sent, that of the statement, and
 * the end of its part of the pipeline. */
static void take_result(struct pool_link *link, PGresult *result)
{
	struct pool_query *query = link->sent.first;

	if (is_farewell(result)) {
		PQclear(result);
		link->lost = true;
		return;
	}
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		finish_first(link);
		return;
	case PGRES_COMMAND_OK:
		if (query->prepares) {
			query->prepares = false;
			settle_prepare(link, query, true);
		}
		PQclear(result);
		return;
	default:
		if (query->prepares) {
			query->prepares = false;
			settle_prepare(link, query, false);
		}
		if (query->result == NULL) {
			query->result = result;
		} else {
			PQclear(result);
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

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct pool_link *link = poll->data;

	if (status < 0) {
		link_lose(link, uv_strerror(status));
		return;
	}
	if (events & UV_READABLE) {
		link->lost = link->lost || PQconsumeInput(link->conn) != 1;
		receive(link);
	}
	if (link->lost || PQstatus(link->conn) == CONNECTION_BAD || flush(link) != 0) {
		link_lose(link, PQerrorMessage(link->conn));
	}
}

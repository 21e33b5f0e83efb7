/* Queries of one connection in pipeline mode: sending, receiving, answering. */
#include "db/pool_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/memory.h"

/* -- Queries ------------------------------------------------------------ */

static size_t value_length(const struct statement_args *args, int i)
{
	bool binary = args->formats != NULL && args->formats[i] != 0;

	return binary ? (size_t)args->lengths[i] : strlen(args->values[i]) + 1;
}

static size_t values_length(const struct statement_args *args, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++) {
		length += args->values[i] != NULL ? value_length(args, i) : 0;
	}
	return length;
}

static const int *copy_integers(int *to, const int *from, int count)
{
	if (from == NULL) {
		return NULL;
	}
	memcpy(to, from, (size_t)count * sizeof(*to));
	return to;
}

/* Copies the arguments behind the query, into its allocation: pointers, integers, bytes. */
static void copy_args(
	struct pool_query *query, const struct statement_args *from, int count, char *memory)
{
	const char **values = (const char **)(void *)memory;
	int *integers = (int *)(void *)(values + count);
	char *bytes = (char *)(integers + 2 * count);

	for (int i = 0; i < count; i++) {
		size_t length = from->values[i] != NULL ? value_length(from, i) : 0;

		values[i] = from->values[i] != NULL ? bytes : NULL;
		if (length > 0) {
			memcpy(bytes, from->values[i], length);
		}
		bytes += length;
	}
	query->args =
		(struct statement_args){ values, copy_integers(integers, from->lengths, count),
			copy_integers(integers + count, from->formats, count) };
}

struct pool_query *query_create(
	const struct statement *statement, const struct statement_args *args)
{
	int count = statement->param_count;
	size_t size = sizeof(struct pool_query) + (size_t)count * sizeof(char *) +
		      2 * (size_t)count * sizeof(int) + values_length(args, count);
	struct pool_query *query = memory_array(1, size);

	query->statement = statement;
	copy_args(query, args, count, (char *)(query + 1));
	return query;
}

void query_rewind(struct pool_query *query)
{
	PQclear(query->result);
	query->result = NULL;
	query->prelude = PRELUDE_NONE;
	query->prepared = 0;
}

void query_answer(struct pool_query *query, enum pool_outcome outcome, const PGresult *result)
{
	pool_done_fn *done = query->done;

	query->done = NULL;
	if (done != NULL) {
		query->figures->outcomes[outcome]++;
		done(query->arg, outcome, result);
	}
}

void query_destroy(struct pool_query *query)
{
	PQclear(query->result);
	free(query);
}

void query_push(struct query_list *list, struct pool_query *query)
{
	query->next = NULL;
	if (list->last != NULL) {
		list->last->next = query;
	} else {
		list->first = query;
	}
	list->last = query;
}

struct pool_query *query_pop(struct query_list *list)
{
	struct pool_query *query = list->first;

	if (query != NULL) {
		list->first = query->next;
		list->last = list->first != NULL ? list->last : NULL;
	}
	return query;
}

static struct pool_query *find_late(const struct query_list *list, uint64_t now)
{
	struct pool_query *query = list->first;

	while (query != NULL && (query->done == NULL || now < query->deadline)) {
		query = query->next;
	}
	return query;
}

void query_answer_late(struct query_list *list, uint64_t now)
{
	struct pool_query *query;

	while ((query = find_late(list, now)) != NULL) {
		query_answer(query, POOL_TIMEOUT, NULL);
	}
}

void query_remove_late(struct query_list *list, uint64_t now)
{
	struct query_list all = *list;
	struct pool_query *query;

	*list = (struct query_list){ NULL, NULL };
	while ((query = query_pop(&all)) != NULL) {
		if (now < query->deadline) {
			query_push(list, query);
		} else {
			query_answer(query, POOL_TIMEOUT, NULL);
			query_destroy(query);
		}
	}
}

/* -- Sending ------------------------------------------------------------ */

enum { NAME_MAX_LENGTH = 48 };

/* SQLSTATEs after which a query is sent once more: the query is not their cause. */
static const char stale_plan[] = "0A000"; /* a cached plan of tables that have changed */
static const char missing_statement[] = "26000";
static const char duplicate_statement[] = "42P05";
static const char serialization_failure[] = "40001";

/* Names a prepared statement. The random mark keeps names of connections apart that a pooler
 * puts on one session. */
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

/* NULL: forgotten already, because another query failed with it. */
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

/* Sends statement and parameters, unprepared. */
static int send_text(struct pool_link *link, const struct pool_query *query)
{
	const struct statement *statement = query->statement;
	const struct statement_args *args = &query->args;

	return PQsendQueryParams(link->conn, statement->sql, statement->param_count,
		statement->types, args->values, args->lengths, args->formats,
		statement->binary_result);
}

/* Sends the transaction's settings before the statement: statements of a pipeline up to its
 * Sync share a transaction. The flush shows early that a backend works on the query. */
static int send_with_settings(struct pool_link *link, struct pool_query *query)
{
	query->prelude = PRELUDE_SETTINGS;
	if (PQsendQueryParams(link->conn, buffer_text(&link->pool->transaction_settings), 0,
		    NULL, NULL, NULL, NULL, 0) != 1 ||
		PQsendFlushRequest(link->conn) != 1) {
		return 0;
	}
	return send_text(link, query);
}

/* Sends the query by its prepared statement, which the first query prepares. Until the server
 * has confirmed that, further queries are sent unprepared: a failure to prepare must not be
 * theirs. */
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

/* Forgets an unusable prepared statement. The next query that needs it prepares it anew, under
 * another name. */
static void forget_prepared(struct pool_link *link, unsigned number)
{
	struct pool_prepared *prepared = find_number(link, number);

	if (prepared != NULL) {
		*prepared = link->prepared[--link->prepared_count];
	}
}

static void finish_prelude(struct pool_link *link, struct pool_query *query, bool good)
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

static enum pool_outcome classify_result(
	const struct pool *pool, const struct pool_query *query)
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

/* Whether another try of the failed query may succeed. A missing or duplicate prepared
 * statement shows that the session is shared after all: from now on the link prepares none. */
static bool may_retry(struct pool_link *link, struct pool_query *query)
{
	const char *state = find_state(query);
	bool foreign = strcmp(state, missing_statement) == 0 ||
		       strcmp(state, duplicate_statement) == 0;

	if (!foreign && strcmp(state, stale_plan) != 0 &&
		strcmp(state, serialization_failure) != 0) {
		return false;
	}
	forget_prepared(link, query->prepared);
	link->direct = link->direct && !foreign;
	return query->done != NULL && !query->repeated && !link->pool->closing;
}

static void retry(struct pool_link *link, struct pool_query *query)
{
	query_rewind(query);
	query->repeated = true;
	query_push(&link->pool->waiting, query);
	pool_wake(link->pool);
}

static void answer(struct pool *pool, struct pool_query *query)
{
	enum pool_outcome outcome = classify_result(pool, query);
	bool has_result = outcome == POOL_OK || outcome == POOL_FAILED;

	pool->answered = query;
	query_answer(query, outcome, has_result ? query->result : NULL);
	query_destroy(query);
}

static void replace_if_old(struct pool_link *link)
{
	if (link->depth == 0 && link->expires != 0 && !link->connecting && !link->lost &&
		uv_now(link->pool->loop) >= link->expires) {
		link_connect(link);
	}
}

static void finish_first(struct pool_link *link)
{
	struct pool_query *query = link_take_query(link);

	link->received = link->unread;
	if (may_retry(link, query)) {
		retry(link, query);
	} else {
		answer(link->pool, query);
	}
	replace_if_old(link);
}

/* Whether the server is closing the connection (shutdown, or by an administrator). The query is
 * still unanswered then. */
static bool is_shutdown(const PGresult *result)
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

/* Takes one of a query's results: of its prelude, of its statement, then the Sync. */
static void take_result(struct pool_link *link, PGresult *result)
{
	struct pool_query *query = link->sent.first;
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (is_shutdown(result)) {
		PQclear(result);
		link->lost = true;
	} else if (status == PGRES_PIPELINE_SYNC) {
		PQclear(result);
		finish_first(link);
	} else if (query->prelude == PRELUDE_NONE) {
		keep_first(query, result);
	} else {
		finish_prelude(link, query, good);
		if (good) {
			PQclear(result);
		} else {
			keep_first(query, result);
		}
	}
}

static void receive(struct pool_link *link)
{
	int nulls = 0; /* in a row: one ends a statement, two the input */

	while (link->sent.first != NULL && !link->lost && nulls < 2 && !PQisBusy(link->conn)) {
		PGresult *result = PQgetResult(link->conn);

		nulls = result == NULL ? nulls + 1 : 0;
		if (result != NULL) {
			take_result(link, result);
		}
	}
}

/* Bytes that the socket holds. */
static size_t count_unread(const struct pool_link *link)
{
	int bytes = 0;

	return ioctl(PQsocket(link->conn), FIONREAD, &bytes) == 0 ? (size_t)bytes : 0;
}

/* Ends an answer beyond the limit while it arrives: libpq collects all of it, and only closing
 * the connection stops it. Bytes that arrive while libpq reads are not counted, so that
 * classify_result() checks again. */
static void limit_first(struct pool_link *link)
{
	struct pool_query *query = link->sent.first;
	size_t unread = count_unread(link);

	if (unread > link->unread) {
		link->received += unread - link->unread;
	}
	if (query != NULL && link->received > link->pool->result_max) {
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
		link->unread = count_unread(link);
		link_note_traffic(link);
		receive(link);
	}
	if (link->lost || PQstatus(link->conn) == CONNECTION_BAD || flush(link) != 0) {
		link_lose(link, PQerrorMessage(link->conn));
	}
}

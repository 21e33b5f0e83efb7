/* One connection of a pool: made, watched, replaced and closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

#include "base/memory.h"
#include "db/pool_link.h"

enum {
	GRACE_MS = 1000,    /* beyond a query's timeout, before a server that should have
			     * cancelled it counts as lost */
	STOOD_MS = 5000,    /* a connection lost after this long is replaced without delay */
	PROBE_MS = 5000,    /* without traffic, before an idle connection is probed */
	QUIET_MAX_MS = 1000 /* without an answer, before a connection counts as silent */
};

void link_init(struct pool_link *link, struct pool *pool)
{
	link->pool = pool;
	uv_timer_init(pool->loop, &link->retry);
	link->retry.data = link;
	pool->open++;
}

static void set_reason(struct pool *pool, const char *why)
{
	int length = (int)strcspn(why, "\n");

	snprintf(pool->why, sizeof(pool->why), "%.*s", length, why);
}

/* -- Silence: queries under way, nothing received ------------------------ */

/* Ticks of silence that raise suspicion: well before a query's timeout, so that another
 * connection can still answer it. Longer behind a pooler, where queries queue for backends. */
static unsigned quiet_ticks(const struct pool_link *link)
{
	uint64_t ms = link->pool->timeout / (link->direct ? 4 : 2);
	uint64_t most = link->direct ? QUIET_MAX_MS : ms;

	return (unsigned)((ms < most ? ms : most) / POOL_TICK_MS) + 1;
}

static bool is_silent(const struct pool_link *link)
{
	return link->conn != NULL && !link->lost && link->silence >= quiet_ticks(link);
}

void link_note_traffic(struct pool_link *link)
{
	link->heard = uv_now(link->pool->loop);
	link->silence = 0;
	link->doubted = false;
}

bool link_is_usable(const struct pool_link *link)
{
	return link->conn != NULL && !link->lost && !is_silent(link);
}

bool link_may_recover(const struct pool_link *link)
{
	return (link->conn == NULL || is_silent(link)) &&
	       (link->failures == 0 || db_login_is_rotating(link->pool->target));
}

static void check_silence(struct pool_link *link)
{
	link->silence = link->sent.first != NULL ? link->silence + 1 : 0;
	if (is_silent(link) && !link->connecting &&
		!uv_is_active((uv_handle_t *)&link->retry)) {
		link_connect(link);
	}
}

void link_check_time(struct pool_link *link, uint64_t now)
{
	query_answer_late(&link->sent, now);
	if (link->conn == NULL || link->lost || link->pool->closing) {
		return;
	}
	/* The server cancels a statement after the same time, counted from its start. */
	if (link->sent.first != NULL && now >= link->turn + link->pool->timeout + GRACE_MS) {
		link_lose(link, "the database did not answer in time");
		return;
	}
	check_silence(link);
}

void link_probe(struct pool_link *link, uint64_t now)
{
	static const struct statement statement = { .sql = "select" };
	static const struct statement_args none = { 0 };
	struct pool_query *query;

	if (!link_is_usable(link) || link->depth > 0 || now < link->heard + PROBE_MS) {
		return;
	}
	query = query_create(&statement, &none);
	query->deadline = now + link->pool->timeout;
	if (link_send(link, query) != 0) {
		pool_wake(link->pool);
	}
}

/* -- Retries with back-off ------------------------------------------------- */

enum {
	RETRY_FIRST_MS = 50,      /* before the second attempt */
	RETRY_MAX_MS = 5000,      /* between attempts */
	RETRY_DOUBLINGS = 7,      /* from the first to the greatest delay */
	RETRY_ROTATION_MS = 1000, /* the greatest, while credentials are being rotated */
	RETRY_WANTED_MS = 500,    /* the greatest, while queries wait */
};

static void on_retry(uv_timer_t *timer)
{
	struct pool_link *link = timer->data;

	if (!link->connecting && (link->conn == NULL || is_silent(link))) {
		link_connect(link);
	}
}

/* Starts the retry timer with half to all of the delay, at random: many servers that lost one
 * database do not reconnect all at once. */
static void retry_within(struct pool_link *link, uint64_t delay)
{
	unsigned random = 0;

	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	uv_timer_start(&link->retry, on_retry, delay / 2 + random % (delay / 2 + 1), 0);
}

static void connect_later(struct pool_link *link)
{
	unsigned doubled = link->failures < RETRY_DOUBLINGS ? link->failures : RETRY_DOUBLINGS;
	uint64_t delay = (uint64_t)RETRY_FIRST_MS << doubled;
	uint64_t most =
		db_login_is_rotating(link->pool->target) ? RETRY_ROTATION_MS : RETRY_MAX_MS;

	retry_within(link, delay < most ? delay : most);
}

void link_hurry(struct pool_link *link)
{
	if (uv_is_active((uv_handle_t *)&link->retry) &&
		uv_timer_get_due_in(&link->retry) > RETRY_WANTED_MS) {
		retry_within(link, RETRY_WANTED_MS);
	}
}

/* -- Replacing the connection -------------------------------------------- */

/* Sets `expires` to 3/4 to 5/4 of the lifetime from now, at random: connections of a pool do
 * not expire all at once. */
static void set_expiry(struct pool_link *link)
{
	uint64_t lifetime = link->pool->lifetime;
	unsigned random = 0;

	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	link->expires = lifetime == 0 ? 0
				      : uv_now(link->pool->loop) + lifetime * 3 / 4 +
						random % (lifetime / 2);
}

static int adopt(struct pool_link *link, const struct pool_conn *conn)
{
	if (PQsetnonblocking(conn->conn, 1) != 0 || PQenterPipelineMode(conn->conn) != 1 ||
		uv_poll_init(link->pool->loop, &link->poll, PQsocket(conn->conn)) != 0) {
		set_reason(link->pool, "cannot use the connection");
		return -1;
	}
	link->poll.data = link;
	link->polling = true;
	link->pool->open++;
	link->conn = conn->conn;
	link->direct = conn->direct;
	memcpy(link->server, conn->server, sizeof(link->server));
	link->failures = 0;
	link->last_number = 0;
	link->received = link->unread = 0;
	uv_random(NULL, NULL, &link->mark, sizeof(link->mark), 0, NULL);
	link->begun = uv_now(link->pool->loop);
	link_note_traffic(link);
	set_expiry(link);
	link->pool->figures->connects++;
	uv_timer_stop(&link->retry);
	uv_poll_start(&link->poll, UV_READABLE, link_on_ready);
	return 0;
}

/* Puts the new connection in place of the present one, whose poll handle has to be closed
 * first. */
static void replace_conn(struct pool_link *link, const struct pool_conn *conn)
{
	if (link->polling) {
		PQfinish(link->newer.conn);
		link->newer = *conn;
		link_lose(link, "replaced");
	} else if (adopt(link, conn) != 0) {
		PQfinish(conn->conn);
		connect_later(link);
	}
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct pool_link *link = handle->data;
	struct pool_conn newer = link->newer;

	link->polling = false;
	link->newer.conn = NULL;
	if (newer.conn != NULL && (link->pool->closing || adopt(link, &newer) != 0)) {
		PQfinish(newer.conn);
	}
	if (link->conn == NULL && !link->pool->closing && !link->connecting) {
		/* A connection that is lost as soon as it is made must not be made endlessly.
		 */
		if (uv_now(link->pool->loop) - link->begun >= STOOD_MS) {
			link_connect(link);
		} else {
			connect_later(link);
		}
	}
	pool_wake(link->pool);
	pool_drop(link->pool);
}

/* Queues the queries of a lost connection again: they only read. A query may be lost once with
 * each connection, since those that end together are noticed one after the other. */
static void requeue_queries(struct pool_link *link)
{
	struct pool *pool = link->pool;

	while (link->sent.first != NULL) {
		struct pool_query *query = link_take_query(link);

		if (query->done != NULL && !pool->closing &&
			query->losses <= pool->link_count) {
			query_rewind(query);
			query->losses++;
			query_push(&pool->waiting, query);
		} else {
			query_answer(query, POOL_UNAVAILABLE, NULL);
			query_destroy(query);
		}
	}
	pool_wake(pool);
}

void link_lose(struct pool_link *link, const char *why)
{
	if (link->conn == NULL) {
		return;
	}
	if (link->newer.conn == NULL) {
		set_reason(link->pool, why);
	}
	uv_close((uv_handle_t *)&link->poll, on_poll_closed);
	PQfinish(link->conn);
	link->conn = NULL;
	link->lost = link->wants_write = link->doubted = false;
	link->silence = 0;
	free(link->prepared);
	link->prepared = NULL;
	link->prepared_count = 0;
	requeue_queries(link);
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

/* -- Connection attempts, on worker threads ------------------------------ */

enum {
	REACH_MS = 2000,        /* see struct db_limits */
	BACKEND_QUERY_MS = 1000 /* timeout of the query about a silent connection's backend */
};

/* State of a silent connection's backend. */
enum backend { BACKEND_UNKNOWN, BACKEND_BUSY, BACKEND_GONE };

/* An attempt to connect, filled in by a worker thread. If the link's connection is silent, the
 * attempt asks the server, through the new connection, what the old one's backend is doing. */
struct attempt {
	uv_work_t work;
	struct pool_link *link;
	const struct db_target *target;
	struct db_opened opened;
	PGconn *conn;
	/* The silent connection to be replaced: */
	const PGconn *suspect; /* NULL: none; compared only, never used */
	int process;           /* id of its backend */
	char server[DB_SERVER_MAX];
	enum backend backend;
	struct error err;
};

/* The state of the old backend. One that waits for a query of ours, or for the socket to take
 * its answer, while we wait for that answer, is not connected to us any more. */
static enum backend ask_backend(PGconn *conn, int process, struct error *err)
{
	char sql[256];
	PGresult *result;
	enum backend backend = BACKEND_UNKNOWN;

	snprintf(sql, sizeof(sql),
		"select case when state is null or state = 'disabled' then null else "
		"state = 'active' and wait_event is distinct from 'ClientWrite' end "
		"from pg_stat_activity where pid = %d",
		process);
	result = db_query_within(conn, sql, 0, BACKEND_QUERY_MS, err);
	if (result != NULL && PQntuples(result) == 0) {
		backend = BACKEND_GONE;
	} else if (result != NULL && !PQgetisnull(result, 0, 0)) {
		backend = PQgetvalue(result, 0, 0)[0] == 't' ? BACKEND_BUSY : BACKEND_GONE;
	}
	PQclear(result);
	return backend;
}

static void run_attempt(uv_work_t *work)
{
	struct attempt *attempt = work->data;

	attempt->conn = db_open(attempt->target, &attempt->opened, &attempt->err);
	if (attempt->conn == NULL || attempt->suspect == NULL) {
		return;
	}
	if (attempt->server[0] != '\0' &&
		strcmp(attempt->opened.server, attempt->server) == 0) {
		attempt->backend = ask_backend(attempt->conn, attempt->process, &attempt->err);
	}
	if (PQstatus(attempt->conn) != CONNECTION_OK || error_is_set(&attempt->err)) {
		PQfinish(attempt->conn);
		attempt->conn = NULL;
	}
}

/* Whether TCP has retransmitted more than once without an acknowledgement. */
static bool is_cut_off(const PGconn *conn)
{
#if defined(__linux__) && defined(TCP_INFO)
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	return getsockopt(PQsocket(conn), IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
	       info.tcpi_unacked > 0 && info.tcpi_retransmits > 1;
#else
	(void)conn;
	return false;
#endif
}

/* Whether the first query has no backend yet: its settings have not been answered. Behind a
 * pooler, a query that has one must not be sent again, or it would queue for one anew. */
static bool lacks_backend(const struct pool_link *link)
{
	const struct pool_query *query = link->sent.first;

	return !link->direct && query != NULL && query->prelude == PRELUDE_SETTINGS;
}

/* Whether the silent connection is to be replaced by the new one. */
static bool is_dead(const struct pool_link *link, const struct attempt *attempt)
{
	return attempt->backend == BACKEND_GONE || is_cut_off(link->conn) ||
	       (attempt->backend == BACKEND_UNKNOWN && lacks_backend(link));
}

static void use_attempt(struct pool_link *link, const struct attempt *attempt)
{
	struct pool_conn conn = { attempt->conn, attempt->opened.direct, "" };

	memcpy(conn.server, attempt->opened.server, sizeof(conn.server));
	replace_conn(link, &conn);
}

static void resolve_suspicion(struct pool_link *link, struct attempt *attempt)
{
	link->failures = 0;
	if (link->conn != attempt->suspect) {
		use_attempt(link, attempt); /* the old one was lost meanwhile */
	} else if (is_silent(link) && is_dead(link, attempt)) {
		set_reason(link->pool, "the connection to the database is dead");
		use_attempt(link, attempt);
	} else {
		PQfinish(attempt->conn);
		link_note_traffic(link); /* the server is slow: start the silence anew */
	}
}

static void fail_attempt(struct pool_link *link, const struct attempt *attempt)
{
	struct pool *pool = link->pool;

	if (error_is_set(&attempt->err)) { /* else it was cancelled before it began */
		set_reason(pool, attempt->err.text);
	}
	if (pool->closing) {
		return;
	}
	if (link->conn == NULL || is_silent(link)) {
		link->failures++;
		connect_later(link);
	}
	if (link->conn != NULL && is_silent(link)) {
		/* A server that refuses another connection is up all the same. */
		link->doubted = !attempt->opened.reached || is_cut_off(link->conn);
	}
}

static void on_attempt(uv_work_t *work, int status)
{
	struct attempt *attempt = work->data;
	struct pool_link *link = attempt->link;
	struct pool *pool = link->pool;

	(void)status; /* UV_ECANCELED: handled as a failed attempt */
	link->connecting = false;
	if (attempt->conn == NULL) {
		fail_attempt(link, attempt);
	} else if (pool->closing) {
		PQfinish(attempt->conn);
	} else if (attempt->suspect != NULL) {
		resolve_suspicion(link, attempt);
	} else {
		use_attempt(link, attempt);
	}
	if (link->conn != NULL && attempt->conn == NULL) {
		set_expiry(link); /* the old one serves until the next attempt */
	}
	pool_wake(pool);
	free(attempt);
	pool_drop(pool);
}

void link_connect(struct pool_link *link)
{
	struct attempt *attempt = memory_new(struct attempt);

	attempt->work.data = attempt;
	attempt->link = link;
	attempt->target = link->pool->target;
	attempt->opened.use = SETUP_READS;
	attempt->opened.timeout = link->pool->timeout;
	attempt->opened.limits.reach = REACH_MS;
	attempt->opened.limits.cancel = &link->pool->cancelled;
	if (link->conn != NULL && is_silent(link)) {
		attempt->suspect = link->conn;
		attempt->process = PQbackendPID(link->conn);
		memcpy(attempt->server, link->server, sizeof(attempt->server));
	}
	link->connecting = true;
	link->pool->open++;
	uv_queue_work(link->pool->loop, &attempt->work, run_attempt, on_attempt);
}

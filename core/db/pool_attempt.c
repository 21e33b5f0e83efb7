/* Connecting, on worker threads. An attempt for a connection that is silent also asks the
 * database, by the new connection, what the old one's backend is doing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

#include "base/memory.h"
#include "db/connect.h"
#include "db/pool_link.h"

enum {
	RETRY_FIRST = 50,     /* ms until the second attempt to connect */
	RETRY_MAX = 5000,     /* ms between attempts, at the most */
	RETRY_DOUBLED = 7,    /* times until that is reached */
	RETRY_AWAITED = 1000, /* ms, at the most, while another login may come any moment */
	RETRY_WANTED = 500,   /* ms, at the most, while somebody asks */
	REACH = 2000,         /* ms to reach an address, see struct db_limits */
	QUESTION = 1000       /* ms that the question about another backend may take */
};

/* What is known of a silent connection's backend. */
enum backend { BACKEND_UNKNOWN, BACKEND_BUSY, BACKEND_GONE };

/* An attempt to connect: filled in by a worker thread. */
struct attempt {
	uv_work_t work;
	struct pool_link *link;
	const struct db_target *target;
	struct db_opened opened;
	PGconn *conn;
	/* Of the connection that is to be replaced because it is silent: */
	const PGconn *suspect; /* NULL: none; only to know it again */
	int process;           /* of its backend */
	char server[DB_SERVER_MAX];
	enum backend backend;
	struct error err;
};

/* A backend that waits for us, or for the socket to take its answer, while we wait for it, has
 * no connection to us any more. */
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
	result = db_query_within(conn, sql, 0, QUESTION, err);
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

static void on_retry(uv_timer_t *timer)
{
	struct pool_link *link = timer->data;

	if (!link->connecting && (link->conn == NULL || link_is_silent(link))) {
		link_connect(link);
	}
}

/* Half to all of a delay that doubles: many servers that lost one database do not
 * come back at once. */
static void retry_within(struct pool_link *link, uint64_t delay)
{
	unsigned random = 0;

	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	uv_timer_start(&link->retry, on_retry, delay / 2 + random % (delay / 2 + 1), 0);
}

void link_connect_later(struct pool_link *link)
{
	unsigned doubled = link->failures < RETRY_DOUBLED ? link->failures : RETRY_DOUBLED;
	uint64_t delay = (uint64_t)RETRY_FIRST << doubled;
	uint64_t most = db_login_is_awaited(link->pool->target) ? RETRY_AWAITED : RETRY_MAX;

	retry_within(link, delay < most ? delay : most);
}

void link_hurry(struct pool_link *link)
{
	if (uv_is_active((uv_handle_t *)&link->retry) &&
		uv_timer_get_due_in(&link->retry) > RETRY_WANTED) {
		retry_within(link, RETRY_WANTED);
	}
}

/* Whether what was sent last was sent again and again, and nobody said that it came. */
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

/* A pooler may let a query wait for a backend, which is not to be waited for from the beginning
 * again. Where a query has one, its settings have been answered. */
static bool is_unanswered(const struct pool_link *link)
{
	const struct pool_query *query = link->sent.first;

	return !link->direct && query != NULL && query->prelude == PRELUDE_SETTINGS;
}

/* Whether the silent connection has to go, now that there is another. */
static bool is_dead(const struct pool_link *link, const struct attempt *attempt)
{
	return attempt->backend == BACKEND_GONE || is_cut_off(link->conn) ||
	       (attempt->backend == BACKEND_UNKNOWN && is_unanswered(link));
}

static void take(struct pool_link *link, const struct attempt *attempt)
{
	struct pool_conn conn = { attempt->conn, attempt->opened.direct, "" };

	memcpy(conn.server, attempt->opened.server, sizeof(conn.server));
	link_take(link, &conn);
}

static void end_suspicion(struct pool_link *link, struct attempt *attempt)
{
	link->failures = 0;
	if (link->conn != attempt->suspect) {
		take(link, attempt); /* it was lost meanwhile */
	} else if (link_is_silent(link) && is_dead(link, attempt)) {
		link_note(link->pool, "the connection to the database is dead");
		take(link, attempt);
	} else {
		PQfinish(attempt->conn);
		link_hear(link); /* it is slow, and may be so for a while */
	}
}

static void fail_attempt(struct pool_link *link, const struct attempt *attempt)
{
	struct pool *pool = link->pool;

	if (error_is_set(&attempt->err)) { /* else it was not even begun */
		link_note(pool, attempt->err.text);
	}
	if (pool->closing) {
		return;
	}
	if (link->conn == NULL || link_is_silent(link)) {
		link->failures++;
		link_connect_later(link);
	}
	if (link->conn != NULL && link_is_silent(link)) {
		/* A server that has no room for another connection is there all the same. */
		link->doubted = !attempt->opened.reached || is_cut_off(link->conn);
	}
}

static void on_attempt(uv_work_t *work, int status)
{
	struct attempt *attempt = work->data;
	struct pool_link *link = attempt->link;
	struct pool *pool = link->pool;

	(void)status; /* cancelled: as if it had failed */
	link->connecting = false;
	if (attempt->conn == NULL) {
		fail_attempt(link, attempt);
	} else if (pool->closing) {
		PQfinish(attempt->conn);
	} else if (attempt->suspect != NULL) {
		end_suspicion(link, attempt);
	} else {
		take(link, attempt);
	}
	if (link->conn != NULL && attempt->conn == NULL) {
		link_postpone(link); /* the old one serves till the next attempt */
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
	attempt->opened.use = SETUP_READS;
	attempt->opened.timeout = link->pool->timeout;
	attempt->opened.limits.reach = REACH;
	attempt->opened.limits.cancel = &link->pool->cancelled;
	if (link->conn != NULL && link_is_silent(link)) {
		attempt->suspect = link->conn;
		attempt->process = PQbackendPID(link->conn);
		memcpy(attempt->server, link->server, sizeof(attempt->server));
	}
	link->connecting = true;
	link->pool->open++;
	uv_queue_work(link->pool->loop, &attempt->work, run_attempt, on_attempt);
}

#include "db/pool_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	GRACE = 1000,    /* ms after which a server that should have given up is lost */
	STOOD = 5000,    /* ms after which a connection is worth being replaced at once */
	PROBE = 5000,    /* ms after which one of which nothing is heard is asked */
	QUIET_MAX = 1000 /* ms of silence after which something may be wrong */
};

void link_init(struct pool_link *link, struct pool *pool)
{
	link->pool = pool;
	uv_timer_init(pool->loop, &link->retry);
	link->retry.data = link;
	pool->open++;
}

void link_note(struct pool *pool, const char *why)
{
	int length = (int)strcspn(why, "\n");

	snprintf(pool->why, sizeof(pool->why), "%.*s", length, why);
}

/* -- Silence ------------------------------------------------------------ */

/* Well before the query's time is over, so that another connection can still answer it. A query
 * may wait for a pooler's connections. */
static unsigned quiet_ticks(const struct pool_link *link)
{
	uint64_t ms = link->pool->timeout / (link->direct ? 4 : 2);
	uint64_t most = link->direct ? QUIET_MAX : ms;

	return (unsigned)((ms < most ? ms : most) / POOL_TICK) + 1;
}

bool link_is_silent(const struct pool_link *link)
{
	return link->conn != NULL && !link->lost && link->silence >= quiet_ticks(link);
}

void link_hear(struct pool_link *link)
{
	link->heard = uv_now(link->pool->loop);
	link->silence = 0;
	link->doubted = false;
}

bool link_is_usable(const struct pool_link *link)
{
	return link->conn != NULL && !link->lost && !link_is_silent(link);
}

bool link_is_coming(const struct pool_link *link)
{
	return (link->conn == NULL || link_is_silent(link)) &&
	       (link->failures == 0 || db_login_is_awaited(link->pool->target));
}

static void check_silence(struct pool_link *link)
{
	link->silence = link->sent.first != NULL ? link->silence + 1 : 0;
	if (link_is_silent(link) && !link->connecting &&
		!uv_is_active((uv_handle_t *)&link->retry)) {
		link_connect(link);
	}
}

void link_check_time(struct pool_link *link, uint64_t now)
{
	query_tell_late(&link->sent, now);
	if (link->conn == NULL || link->lost || link->pool->closing) {
		return;
	}
	/* The server ends a statement after the same time, counted from its turn. */
	if (link->sent.first != NULL && now >= link->turn + link->pool->timeout + GRACE) {
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

	if (!link_is_usable(link) || link->depth > 0 || now < link->heard + PROBE) {
		return;
	}
	query = query_create(&statement, &none);
	query->deadline = now + link->pool->timeout;
	if (link_send(link, query) != 0) {
		pool_stir(link->pool);
	}
}

/* -- A new connection --------------------------------------------------- */

/* Three to five quarters of the lifetime: not all connections at once. */
void link_postpone(struct pool_link *link)
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
		link_note(link->pool, "cannot use the connection");
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
	uv_random(NULL, NULL, &link->mark, sizeof(link->mark), 0, NULL);
	link->begun = uv_now(link->pool->loop);
	link_hear(link);
	link_postpone(link);
	link->pool->figures->connects++;
	uv_timer_stop(&link->retry);
	uv_poll_start(&link->poll, UV_READABLE, link_on_ready);
	return 0;
}

static void drop_newer(struct pool_link *link)
{
	PQfinish(link->newer.conn);
	link->newer.conn = NULL;
}

/* The old one's poll has to be closed before there can be another. */
void link_take(struct pool_link *link, const struct pool_conn *conn)
{
	if (link->polling) {
		drop_newer(link);
		link->newer = *conn;
		link_lose(link, "replaced");
	} else if (adopt(link, conn) != 0) {
		PQfinish(conn->conn);
		link_connect_later(link);
	}
}

/* -- The end of one ----------------------------------------------------- */

/* At once after a connection that has stood for a while; one that is lost as soon as it is made
 * would be made without end. */
static void connect_again(struct pool_link *link)
{
	if (uv_now(link->pool->loop) - link->begun >= STOOD) {
		link_connect(link);
	} else {
		link_connect_later(link);
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
		struct pool_query *query = link_take_query(link);

		if (query->done != NULL && may_repeat(link->pool, query)) {
			query_rewind(query);
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
	if (link->newer.conn == NULL) {
		link_note(link->pool, why);
	}
	uv_close((uv_handle_t *)&link->poll, on_poll_closed);
	PQfinish(link->conn);
	link->conn = NULL;
	link->lost = link->wants_write = link->doubted = false;
	link->silence = 0;
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

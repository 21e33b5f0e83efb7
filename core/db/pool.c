#include "db/pool.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/settings.h"
#include "db/pool_link.h"

enum {
	TICK = 50,        /* ms between looks at the deadlines */
	DEPTH_MAX = 1024, /* queries under way on one connection */
};

/* Those that have waited too long are answered now, and go when their turn comes. */
static void check_waiting(struct pool *pool)
{
	for (struct pool_query *query = pool->waiting.first; query != NULL;
		query = query->next) {
		if (uv_now(pool->loop) >= query->deadline) {
			query_answer(query, POOL_TIMEOUT, NULL);
		}
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	bool idle = pool->waiting.first == NULL;

	for (size_t i = 0; i < pool->link_count; i++) {
		link_check_time(&pool->links[i], uv_now(pool->loop));
		idle = idle && pool->links[i].depth == 0;
	}
	check_waiting(pool);
	if (idle) {
		uv_timer_stop(timer);
	}
}

/* The connection with the fewest queries under way; NULL: none is up. */
static struct pool_link *choose(struct pool *pool)
{
	struct pool_link *best = NULL;

	for (size_t i = 0; i < pool->link_count; i++) {
		struct pool_link *link = &pool->links[i];

		if (link->conn != NULL && !link->lost && link->depth < DEPTH_MAX &&
			(best == NULL || link->depth < best->depth)) {
			best = link;
		}
	}
	return best;
}

static void start_tick(struct pool *pool)
{
	if (!uv_is_active((uv_handle_t *)&pool->tick)) {
		uv_timer_start(&pool->tick, on_tick, TICK, TICK);
	}
}

static void lose_lost(struct pool *pool)
{
	for (size_t i = 0; i < pool->link_count; i++) {
		if (pool->links[i].lost) {
			link_lose(&pool->links[i], PQerrorMessage(pool->links[i].conn));
		}
	}
}

/* Whether it is worth waiting for a connection. */
static bool is_coming(const struct pool *pool)
{
	bool coming = false;

	for (size_t i = 0; i < pool->link_count; i++) {
		coming = coming || link_is_coming(&pool->links[i]);
	}
	return coming && !pool->closing;
}

static void refuse_all(struct query_list *list)
{
	struct pool_query *query;

	while ((query = query_pop(list)) != NULL) {
		query_answer(query, POOL_UNAVAILABLE, NULL);
		query_destroy(query);
	}
}

/* Sends what waits, or gives it up. */
static void serve_waiting(struct pool *pool)
{
	struct pool_link *link;

	while (pool->waiting.first != NULL && (link = choose(pool)) != NULL) {
		struct pool_query *query = query_pop(&pool->waiting);

		if (query->done == NULL) {
			query_destroy(query);
		} else if (link_send(link, query) != 0) {
			pool_stir(pool);
			return;
		}
	}
	if (pool->waiting.first != NULL && !is_coming(pool)) {
		refuse_all(&pool->waiting);
	}
	start_tick(pool);
}

static void on_soon(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	struct query_list refused = pool->refused; /* answering may ask anew */

	pool->refused = (struct query_list){ NULL, NULL };
	lose_lost(pool);
	serve_waiting(pool);
	refuse_all(&refused);
}

void pool_stir(struct pool *pool)
{
	if (!pool->closing) {
		uv_timer_start(&pool->soon, on_soon, 0, 0);
	}
}

static void init_timer(struct pool *pool, uv_timer_t *timer)
{
	uv_timer_init(pool->loop, timer);
	timer->data = pool;
	pool->open++;
}

struct pool *pool_create(uv_loop_t *loop, const struct db_target *target,
	const struct settings *settings, struct pool_figures *figures)
{
	struct pool *pool = memory_new(struct pool);

	pool->figures = figures;

	pool->loop = loop;
	pool->target = target;
	pool->timeout = (uint64_t)settings_integer(settings, SETTING_QUERY_TIMEOUT);
	pool->lifetime =
		(uint64_t)settings_integer(settings, SETTING_CONNECTION_LIFETIME) * 1000;
	pool->link_count = (size_t)settings_integer(settings, SETTING_DB_CONNECTIONS);
	pool->links = memory_array(pool->link_count, sizeof(*pool->links));
	snprintf(pool->why, sizeof(pool->why), "not connected yet");
	init_timer(pool, &pool->tick);
	init_timer(pool, &pool->soon);
	for (size_t i = 0; i < pool->link_count; i++) {
		link_init(&pool->links[i], pool);
		link_connect(&pool->links[i]);
	}
	return pool;
}

void pool_drop(struct pool *pool)
{
	void (*closed)(void *arg) = pool->closed;
	void *arg = pool->closed_arg;

	assert(pool->open > 0);
	if (--pool->open > 0) {
		return;
	}
	free(pool->links);
	free(pool);
	if (closed != NULL) {
		closed(arg);
	}
}

static void on_closed(uv_handle_t *handle)
{
	pool_drop(handle->data);
}

void pool_close(struct pool *pool, void (*closed)(void *arg), void *arg)
{
	pool->closing = true;
	pool->closed = closed;
	pool->closed_arg = arg;
	lose_lost(pool);
	refuse_all(&pool->waiting);
	refuse_all(&pool->refused);
	for (size_t i = 0; i < pool->link_count; i++) {
		link_close(&pool->links[i]);
	}
	uv_close((uv_handle_t *)&pool->tick, on_closed);
	uv_close((uv_handle_t *)&pool->soon, on_closed);
}

void pool_query(struct pool *pool, const struct statement *statement,
	const struct statement_args *args, pool_done_fn *done, void *arg)
{
	struct pool_query *query = query_create(statement, args);
	struct pool_link *link = choose(pool);

	assert(!pool->closing);
	pool->figures->sent++;
	query->figures = pool->figures;
	query->done = done;
	query->arg = arg;
	query->deadline = uv_now(pool->loop) + pool->timeout;
	if (link == NULL) {
		query_push(is_coming(pool) ? &pool->waiting : &pool->refused, query);
		pool_stir(pool);
	} else if (link_send(link, query) != 0) {
		pool_stir(pool);
	}
	start_tick(pool);
}

bool pool_is_ready(const struct pool *pool, const char **why)
{
	for (size_t i = 0; i < pool->link_count; i++) {
		if (pool->links[i].conn != NULL && !pool->links[i].lost) {
			return true;
		}
	}
	if (why != NULL) {
		*why = pool->why;
	}
	return false;
}

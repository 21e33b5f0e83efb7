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

static void on_tick(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	bool idle = true;

	for (size_t i = 0; i < pool->link_count; i++) {
		link_check_time(&pool->links[i], uv_now(pool->loop));
		idle = idle && pool->links[i].depth == 0;
	}
	if (idle) {
		uv_timer_stop(timer);
	}
}

static void on_soon(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	struct pool_query *query = pool->refused;

	pool->refused = NULL;
	for (size_t i = 0; i < pool->link_count; i++) {
		if (pool->links[i].lost) {
			link_lose(&pool->links[i], PQerrorMessage(pool->links[i].conn));
		}
	}
	while (query != NULL) {
		struct pool_query *next = query->next;

		pool->figures->outcomes[POOL_UNAVAILABLE]++;
		query->done(query->arg, POOL_UNAVAILABLE, NULL);
		free(query);
		query = next;
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
	on_soon(&pool->soon);
	for (size_t i = 0; i < pool->link_count; i++) {
		link_close(&pool->links[i]);
	}
	uv_close((uv_handle_t *)&pool->tick, on_closed);
	uv_close((uv_handle_t *)&pool->soon, on_closed);
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

static void start_soon(struct pool *pool)
{
	uv_timer_start(&pool->soon, on_soon, 0, 0);
}

void pool_query(struct pool *pool, const struct statement *statement,
	const struct statement_args *args, pool_done_fn *done, void *arg)
{
	struct pool_query *query = memory_new(struct pool_query);
	struct pool_link *link = pool->closing ? NULL : choose(pool);

	assert(!pool->closing);
	pool->figures->sent++;
	query->figures = pool->figures;
	query->statement = statement;
	query->done = done;
	query->arg = arg;
	query->deadline = uv_now(pool->loop) + pool->timeout;
	if (link == NULL) {
		query->next = pool->refused;
		pool->refused = query;
		start_soon(pool);
		return;
	}
	if (link_send(link, query, args) != 0) {
		start_soon(pool);
	}
	if (!uv_is_active((uv_handle_t *)&pool->tick)) {
		uv_timer_start(&pool->tick, on_tick, TICK, TICK);
	}
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

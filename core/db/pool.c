#include "db/pool.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/settings.h"
#include "db/pool_link.h"

enum {
	IDLE_TICK_MS = 1000,
	DEPTH_MAX = 1024 /* queries under way on one connection */
};

static void on_tick(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	uint64_t now = uv_now(pool->loop);
	uint64_t next;
	bool idle = true;

	for (size_t i = 0; i < pool->link_count && !pool->closing; i++) {
		struct pool_link *link = &pool->links[i];

		link_probe(link, now);
		link_check_time(link, now);
		idle = idle && link->depth == 0;
	}
	query_remove_late(&pool->waiting, now);
	next = idle && pool->waiting.first == NULL ? IDLE_TICK_MS : POOL_TICK_MS;
	if (uv_timer_get_repeat(timer) != next && !pool->closing) {
		uv_timer_start(timer, on_tick, next, next);
	}
}

/* The usable connection with the fewest queries under way; NULL: none. */
static struct pool_link *choose_link(struct pool *pool)
{
	struct pool_link *best = NULL;

	for (size_t i = 0; i < pool->link_count; i++) {
		struct pool_link *link = &pool->links[i];

		if (link_is_usable(link) && link->depth < DEPTH_MAX &&
			(best == NULL || link->depth < best->depth)) {
			best = link;
		}
	}
	return best;
}

static void hasten_tick(struct pool *pool)
{
	if (uv_timer_get_repeat(&pool->tick) != POOL_TICK_MS) {
		uv_timer_start(&pool->tick, on_tick, POOL_TICK_MS, POOL_TICK_MS);
	}
}

/* Whether a connection may be usable again soon. */
static bool may_recover(const struct pool *pool)
{
	bool may = false;

	for (size_t i = 0; i < pool->link_count; i++) {
		may = may || link_may_recover(&pool->links[i]);
	}
	return may && !pool->closing;
}

static void refuse_all(struct query_list *list)
{
	struct pool_query *query;

	while ((query = query_pop(list)) != NULL) {
		query_answer(query, POOL_UNAVAILABLE, NULL);
		query_destroy(query);
	}
}

/* Sends the waiting queries, or refuses them if no connection may recover. */
static void serve_waiting(struct pool *pool)
{
	struct pool_link *link;

	while (pool->waiting.first != NULL && (link = choose_link(pool)) != NULL) {
		struct pool_query *query = query_pop(&pool->waiting);

		if (query->done == NULL) {
			query_destroy(query);
		} else if (link_send(link, query) != 0) {
			pool_wake(pool);
			return;
		}
	}
	if (pool->waiting.first != NULL && !may_recover(pool)) {
		refuse_all(&pool->waiting);
	}
	hasten_tick(pool);
}

static void on_closed(uv_handle_t *handle)
{
	pool_drop(handle->data);
}

static void tear_down(struct pool *pool)
{
	refuse_all(&pool->waiting);
	refuse_all(&pool->refused);
	for (size_t i = 0; i < pool->link_count; i++) {
		link_close(&pool->links[i]);
	}
	uv_close((uv_handle_t *)&pool->tick, on_closed);
	uv_close((uv_handle_t *)&pool->wake, on_closed);
}

static void on_wake(uv_timer_t *timer)
{
	struct pool *pool = timer->data;
	struct query_list refused = pool->refused; /* callbacks may add queries */

	if (pool->closing) {
		tear_down(pool);
		return;
	}
	pool->refused = (struct query_list){ NULL, NULL };
	for (size_t i = 0; i < pool->link_count; i++) {
		if (pool->links[i].lost) {
			link_lose(&pool->links[i], PQerrorMessage(pool->links[i].conn));
		}
	}
	serve_waiting(pool);
	refuse_all(&refused);
}

void pool_wake(struct pool *pool)
{
	if (!pool->closing) {
		uv_timer_start(&pool->wake, on_wake, 0, 0);
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
	pool->result_max = (size_t)settings_integer(settings, SETTING_QUERY_MEMORY) << 20;
	pool->lifetime =
		(uint64_t)settings_integer(settings, SETTING_CONNECTION_LIFETIME) * 1000;
	pool->link_count = (size_t)settings_integer(settings, SETTING_DB_CONNECTIONS);
	pool->links = memory_array(pool->link_count, sizeof(*pool->links));
	setup_write_reading(&pool->transaction_settings, pool->timeout);
	snprintf(pool->why, sizeof(pool->why), "not connected yet");
	init_timer(pool, &pool->tick);
	init_timer(pool, &pool->wake);
	for (size_t i = 0; i < pool->link_count; i++) {
		link_init(&pool->links[i], pool);
		link_connect(&pool->links[i]);
	}
	uv_timer_start(&pool->tick, on_tick, IDLE_TICK_MS, IDLE_TICK_MS);
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
	buffer_finish(&pool->transaction_settings);
	free(pool->links);
	free(pool);
	if (closed != NULL) {
		closed(arg);
	}
}

/* Closes in the next iteration of the loop: the caller may be a callback of the pool. */
void pool_close(struct pool *pool, void (*closed)(void *arg), void *arg)
{
	pool->closing = true;
	atomic_store(&pool->cancelled, true);
	pool->closed = closed;
	pool->closed_arg = arg;
	uv_timer_start(&pool->wake, on_wake, 0, 0);
}

void pool_query(struct pool *pool, const struct statement *statement,
	const struct statement_args *args, pool_done_fn *done, void *arg)
{
	struct pool_query *query = query_create(statement, args);
	struct pool_link *link = choose_link(pool);

	assert(!pool->closing);
	pool->figures->sent++;
	query->figures = pool->figures;
	query->done = done;
	query->arg = arg;
	query->deadline = uv_now(pool->loop) + pool->timeout;
	if (link == NULL) {
		for (size_t i = 0; i < pool->link_count; i++) {
			link_hurry(&pool->links[i]);
		}
		query_push(may_recover(pool) ? &pool->waiting : &pool->refused, query);
		pool_wake(pool);
	} else if (link_send(link, query) != 0) {
		pool_wake(pool);
	}
	hasten_tick(pool);
}

PGresult *pool_take_result(struct pool *pool)
{
	PGresult *result = pool->answered->result;

	pool->answered->result = NULL;
	return result;
}

bool pool_is_ready(const struct pool *pool, const char **why)
{
	for (size_t i = 0; i < pool->link_count; i++) {
		const struct pool_link *link = &pool->links[i];

		if (link->conn != NULL && !link->lost && !link->doubted) {
			return true;
		}
	}
	if (why != NULL) {
		*why = pool->why;
	}
	return false;
}

#include "server/loop.h"

#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "db/connect.h"
#include "db/pool.h"
#include "document/reply_document.h"
#include "document/response_cache.h"
#include "fetch/fetch.h"
#include "http/connection.h"
#include "http/transport.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/request.h"
#include "route/router.h"
#include "scan/scan.h"
#include "schedule/run_queue.h"
#include "server/access_log.h"
#include "server/dispatch.h"
#include "server/metrics.h"
#include "server/shared.h"

enum {
	TICK_MS = 1000,
	TRIM_COUNT = 16,    /* spare requests freed a tick */
	MANY_REQUESTS = 64, /* at a time, after which malloc_trim() pays */
	UNCONNECTED_TICKS = 2
};

/* -- Log of the database's availability --------------------------------------------- */

/* Logs each new reason why the stored data are unavailable, and their return. On the leader
 * only. */
static void log_availability(struct loop *loop)
{
	char why[ERROR_TEXT_MAX] = "";

	if (catalog_watcher_is_ready(loop->services.watcher, why)) {
		why[0] = '\0';
	}
	if (!loop->is_leader || strcmp(why, loop->unavailable) == 0) {
		return;
	}
	if (why[0] != '\0') {
		log_write(LOG_ERROR, "the stored data is not available, trying again: %s", why);
	} else {
		log_write(LOG_INFO, "the stored data is available again");
	}
	memcpy(loop->unavailable, why, sizeof(why));
}

/* Logs that this thread has had no connection for UNCONNECTED_TICKS, unless log_availability()
 * tells it for all, and its return. */
static void log_connections(struct loop *loop)
{
	const char *why = "";

	if (pool_is_ready(loop->services.pool, &why)) {
		if (loop->unconnected >= UNCONNECTED_TICKS) {
			log_write(LOG_INFO, "a thread has the database again");
		}
		loop->unconnected = 0;
	} else if (loop->unconnected < UNCONNECTED_TICKS &&
		   catalog_watcher_is_ready(loop->services.watcher, NULL) &&
		   ++loop->unconnected == UNCONNECTED_TICKS) {
		log_write(LOG_ERROR,
			"a thread has no connection to the database, trying again: %s", why);
	}
}

/* -- Clock and iterations --------------------------------------------------------- */

/* Returns the memory of many requests to the system once they have ended; free() alone does
 * not. */
static void trim_memory(struct loop *loop)
{
	struct services *services = &loop->services;

	request_trim(services,
		services->spare_count > TRIM_COUNT ? services->spare_count - TRIM_COUNT : 0);
#ifdef __GLIBC__
	if (services->busiest > MANY_REQUESTS && loop->http.exchange_count == 0 &&
		services->spare_count == 0) {
		malloc_trim(0);
		services->busiest = 0;
	}
#endif
}

static void on_clock(uv_timer_t *clock)
{
	struct loop *loop = clock->data;

	loop->turned = uv_hrtime();
	http_tick(&loop->http);
	trim_memory(loop);
	if (loop->services.pool != NULL && !loop->services.closing) {
		log_connections(loop);
	}
	if (loop->is_leader) {
		response_cache_evict_idle(loop->services.response_cache);
		catalog_watcher_check_time(loop->services.watcher);
	}
}

static void measure_turn(struct loop *loop)
{
	uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&loop->uv);
	uint64_t took = now - loop->turn_began, waited = idle - loop->turn_idle;

	metrics_turn(loop->metrics, took > waited ? took - waited : 0);
	loop->turn_began = now;
	loop->turn_idle = idle;
}

static void on_turn(uv_check_t *turn)
{
	struct loop *loop = turn->data;
	bool connected = pool_is_ready(loop->services.pool, NULL);

	measure_turn(loop);
	access_log_flush(loop->access_log);
	if (connected != loop->connected) {
		loop->connected = connected;
	}
}

/* -- The catalog -------------------------------------------------------------------- */

/* Takes the newest catalog for the requests of this loop: the watcher's lock is shared by all
 * loops. */
static void on_catalog(uv_async_t *changed)
{
	struct loop *loop = changed->data;
	const struct catalog *newest = catalog_watcher_newest(loop->services.watcher);

	log_availability(loop);
	if (loop->http.operation.open && !loop->services.closing) {
		observed_refresh(&loop->observed, &loop->uv, loop->services.pool);
	}
	catalog_release(loop->services.catalog);
	loop->services.catalog = newest;
	scan_cache_renew(loop->services.scan_cache, newest);
	if (!loop->services.closing) {
		fetcher_catalog_changed(loop->services.fetcher);
	}
}

/* -- Stopping -------------------------------------------------------------------------- */

static void on_pool_closed(void *arg)
{
	struct loop *loop = arg;

	loop->services.pool = NULL;
	fetcher_close(loop->services.fetcher);
	loop->services.fetcher = NULL;
}

/* Closes the loop once nothing is under way, except for handles that the server signals. */
static void end_if_idle(struct loop *loop)
{
	struct services *services = &loop->services;

	if (!loop->http.ending || services->closing || loop->http.connection_count > 0 ||
		loop->http.exchange_count > 0) {
		return;
	}
	services->closing = true;
	uv_close((uv_handle_t *)&loop->clock, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	http_close(&loop->http);
	run_queue_close(services->run_queue);
	admission_close(services->admission);
	uv_unref((uv_handle_t *)&loop->stop);
	if (atomic_fetch_add(&loop->shared->loops_ending, 1) + 1 == loop->shared->loop_count) {
		db_target_stop(loop->shared->target);
	}
	pool_close(services->pool, on_pool_closed, loop);
}

static void on_stop(uv_async_t *stop)
{
	struct loop *loop = stop->data;
	enum server_phase phase = (enum server_phase)atomic_load(&loop->shared->phase);

	loop->http.draining = phase >= SERVER_DRAINING;
	if (phase >= SERVER_ENDING && !loop->http.ending) {
		http_end(&loop->http);
	}
	if (phase >= SERVER_ABORTING) {
		connection_close_all(&loop->http);
	}
	end_if_idle(loop);
}

/* -- Callbacks of the transport ----------------------------------------- */

static struct loop *loop_at(struct http *http)
{
	return container_of(http, struct loop, http);
}

struct loop *loop_of(const struct alm_request *request)
{
	return loop_at(request->services->http);
}

static struct exchange *on_begin(struct http *http)
{
	return &request_create(&loop_at(http)->services)->http;
}

static bool on_body(const struct http *http, const struct parser_head *head)
{
	const struct loop *loop =
		(const struct loop *)((const char *)http - offsetof(struct loop, http));

	return dispatch_takes(&loop->services, head->method, head->target, head->target_length);
}

static void on_answer(struct exchange *exchange)
{
	dispatch_request(request_of(exchange));
}

static void on_refuse(struct exchange *exchange, int status, int retry_after, const char *why)
{
	struct problem problem = { .status = status, .retry_after = retry_after };

	reply_problem(exchange, &problem, "%s", why);
}

static void on_finish(struct exchange *exchange)
{
	request_finish(request_of(exchange));
}

static void on_idle(struct http *http)
{
	end_if_idle(loop_at(http));
}

static const struct http_handler handler = { .begin = on_begin,
	.takes_body = on_body,
	.answer = on_answer,
	.refuse = on_refuse,
	.chunk_sent = reply_chunk_sent,
	.finish = on_finish,
	.idle = on_idle };

/* Counts and logs a finished request. */
static void on_finished(struct alm_request *request)
{
	struct loop *loop = loop_of(request);

	metrics_count(loop->metrics, request);
	access_log_add(loop->access_log, request);
}

/* -- Create and destroy ---------------------------------------------------------------- */

/* Handles with file descriptors come first: the others cannot fail. */
static int init_handles(struct loop *loop, struct error *err)
{
	int code = uv_async_init(&loop->uv, &loop->stop, on_stop);

	if (code == 0) {
		code = uv_async_init(&loop->uv, &loop->catalog_changed, on_catalog);
	}
	if (code < 0) {
		return error_set(err, "cannot make an event loop: %s", uv_strerror(code));
	}
	uv_unref((uv_handle_t *)&loop->catalog_changed); /* closed by loop_destroy() */
	uv_timer_init(&loop->uv, &loop->clock);
	uv_check_init(&loop->uv, &loop->turn);
	loop->stop.data = loop->catalog_changed.data = loop;
	loop->clock.data = loop->turn.data = loop;
	uv_timer_start(&loop->clock, on_clock, TICK_MS, TICK_MS);
	return 0;
}

int loop_listen_to_operators(struct loop *loop, int socket, struct error *err)
{
	return http_open_operation(&loop->http, socket, err);
}

/* Initialises the members that exist before the loop runs. */
static void init_members(struct loop *loop, struct server_shared *shared)
{
	static const char stations[] = "/api/stations";

	loop->shared = shared;
	loop->services = (struct services){ .uv = &loop->uv,
		.settings = shared->settings,
		.router = shared->router,
		.name_search =
			router_searches_names(shared->router, stations) ? stations : NULL,
		.clients = shared->clients,
		.cache = shared->cache,
		.response_cache = shared->response_cache,
		.scan_cache = shared->scan_cache,
		.identity = shared->fingerprint,
		.http = &loop->http,
		.dispatch = dispatch_request,
		.finished = on_finished };
	loop->http = (struct http){ .uv = &loop->uv,
		.settings = shared->settings,
		.handler = &handler,
		.clients = shared->clients,
		.capacity = &shared->capacity };
	loop->metrics = metrics_create(shared->router);
	loop->access_log = access_log_create(shared->settings);
	loop->turned = uv_hrtime();
	observed_init(&loop->observed);
}

struct loop *loop_create(struct server_shared *shared, int socket, struct error *err)
{
	struct loop *loop = memory_new(struct loop);
	int code = uv_loop_init(&loop->uv);

	if (code < 0) {
		close(socket);
		free(loop);
		error_set(err, "cannot make an event loop: %s", uv_strerror(code));
		return NULL;
	}
	uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
	init_members(loop, shared);
	if (init_handles(loop, err) < 0) {
		close(socket);
		loop_destroy(loop);
		return NULL;
	}
	if (http_open(&loop->http, socket, err) < 0) {
		loop_destroy(loop);
		return NULL;
	}
	return loop;
}

static bool is_busy(void *http)
{
	return http_is_busy(http);
}

void loop_run(struct loop *loop)
{
	const struct server_shared *shared = loop->shared;
	struct services *services = &loop->services;

	services->watcher = shared->watcher;
	services->pool =
		pool_create(&loop->uv, shared->target, services->settings, &loop->queries);
	services->fetcher = fetcher_create(services);
	services->run_queue = run_queue_create(
		&loop->uv, is_busy, &loop->http, &loop->metrics->longest_piece);
	services->admission = admission_create(services->run_queue, &loop->uv,
		services->clients, services->settings, shared->loop_count, &loop->admission);
	uv_check_start(&loop->turn, on_turn);
	loop->turn_began = uv_hrtime();
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

void loop_destroy(struct loop *loop)
{
	int code;

	if (loop == NULL) {
		return;
	}
	http_close_listeners(&loop->http);
	uv_walk(&loop->uv, close_handle, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	code = uv_loop_close(&loop->uv);
	assert(code == 0 && loop->http.exchange_count == 0);
	request_trim(&loop->services, 0);
	catalog_release(loop->services.catalog);
	http_free(&loop->http);
	metrics_destroy(loop->metrics);
	access_log_destroy(loop->access_log);
	free(loop);
}

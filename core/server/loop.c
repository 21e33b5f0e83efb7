#include "server/loop.h"

#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "db/pool.h"
#include "fetch/fetch.h"
#include "http/connection.h"
#include "http/request_life.h"
#include "query/walk.h"
#include "schedule/admission.h"
#include "schedule/turns.h"
#include "server/access_log.h"
#include "server/metrics.h"
#include "server/responses.h"
#include "server/server.h"

enum {
	TICK = 1000,    /* ms */
	TRIM = 16,      /* spare requests given back a tick */
	BUSY_TIME = 20, /* ms after a request in which the next one is expected */
	CROWD = 64,     /* requests at a time whose memory is worth the trouble */
	UNCONNECTED_TICKS = 2
};

/* -- What is wrong with the database ------------------------------------------------ */

/* Once when the stored data go away, for each new reason, and once when they are
 * back. One loop speaks for all. */
static void log_availability(struct loop *loop)
{
	char why[ERROR_TEXT_MAX] = "";

	if (catalog_feed_is_ready(loop->feed, why)) {
		why[0] = '\0';
	}
	if (!loop->speaks || strcmp(why, loop->unavailable) == 0) {
		return;
	}
	if (why[0] != '\0') {
		log_write(LOG_ERROR, "the stored data is not available, trying again: %s", why);
	} else {
		log_write(LOG_INFO, "the stored data is available again");
	}
	memcpy(loop->unavailable, why, sizeof(why));
}

/* The same for a thread's own connections, where the catalog's does not say it already. Those
 * that are being made, or replaced, need not be told of. */
static void log_connections(struct loop *loop)
{
	const char *why = "";

	if (pool_is_ready(loop->pool, &why)) {
		if (loop->unconnected >= UNCONNECTED_TICKS) {
			log_write(LOG_INFO, "a thread has the database again");
		}
		loop->unconnected = 0;
	} else if (loop->unconnected < UNCONNECTED_TICKS &&
		   catalog_feed_is_ready(loop->feed, NULL) &&
		   ++loop->unconnected == UNCONNECTED_TICKS) {
		log_write(LOG_ERROR,
			"a thread has no connection to the database, trying again: %s", why);
	}
}

/* -- Time ------------------------------------------------------------------------- */

/* IMF-fixdate (RFC 9110, 5.6.7), whatever the locale. */
static void set_date(struct loop *loop)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	snprintf(loop->date, sizeof(loop->date), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
		utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* What a crowd of requests took is given back once it has gone, which free() alone
 * does not do. */
static void give_back(struct loop *loop)
{
	exchange_trim(loop, loop->spare_count > TRIM ? loop->spare_count - TRIM : 0);
#ifdef __GLIBC__
	if (loop->busiest > CROWD && loop->exchange_count == 0 && loop->spare_count == 0) {
		malloc_trim(0);
		loop->busiest = 0;
	}
#endif
}

static void on_clock(uv_timer_t *clock)
{
	struct loop *loop = clock->data;

	loop->turned = uv_hrtime();
	set_date(loop);
	connection_check_times(loop);
	give_back(loop);
	if (loop->pool != NULL && !loop->closing) {
		log_connections(loop);
	}
	if (loop->speaks) {
		responses_tire(loop->responses);
		catalog_feed_check_time(loop->feed);
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
	bool connected = pool_is_ready(loop->pool, NULL);

	measure_turn(loop);
	access_log_flush(loop->access_log);
	if (connected != loop->connected) {
		loop->connected = connected;
	}
}

/* -- The catalog -------------------------------------------------------------------- */

/* Requests take this one without asking the feed, whose lock all loops share. */
static void on_catalog(uv_async_t *changed)
{
	struct loop *loop = changed->data;
	const struct catalog *newest = catalog_feed_newest(loop->feed);

	log_availability(loop);
	if (loop->operation.open && !loop->closing) {
		observed_refresh(loop);
	}
	catalog_release(loop->catalog);
	loop->catalog = newest;
	walk_cache_renew(loop->walk_cache, newest);
	if (!loop->closing) {
		fetcher_catalog_changed(loop->fetcher);
	}
}

/* -- Begin and end --------------------------------------------------------------------- */

static void on_pool_closed(void *arg)
{
	struct loop *loop = arg;

	loop->pool = NULL;
	fetcher_close(loop->fetcher);
	loop->fetcher = NULL;
}

void loop_end_if_idle(struct loop *loop)
{
	if (!loop->ending || loop->closing || loop->connection_count > 0 ||
		loop->exchange_count > 0) {
		return;
	}
	loop->closing = true;
	uv_close((uv_handle_t *)&loop->clock, NULL);
	uv_close((uv_handle_t *)&loop->writer, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	turns_close(loop->turns);
	admission_close(loop->admission);
	uv_unref((uv_handle_t *)&loop->stop); /* the server may still use it */
	server_loop_ending(loop->server);
	pool_close(loop->pool, on_pool_closed, loop);
}

static void on_stop(uv_async_t *stop)
{
	struct loop *loop = stop->data;
	enum server_phase phase = server_phase(loop->server);

	loop->draining = phase >= SERVER_DRAINING;
	if (phase >= SERVER_ENDING && !loop->ending) {
		loop->ending = true;
		listener_close(&loop->listener);
		listener_close(&loop->operation);
		connection_close_idle(loop);
	}
	if (phase >= SERVER_ABORTING) {
		connection_close_all(loop);
	}
	loop_end_if_idle(loop);
}

/* Those that need descriptors of their own come first; the others cannot fail. */
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
	uv_idle_init(&loop->uv, &loop->writer);
	uv_check_init(&loop->uv, &loop->turn);
	loop->stop.data = loop->catalog_changed.data = loop;
	loop->clock.data = loop->writer.data = loop->turn.data = loop;
	uv_timer_start(&loop->clock, on_clock, TICK, TICK);
	return 0;
}

int loop_listen_to_operators(struct loop *loop, int socket, struct error *err)
{
	return listener_open(&loop->operation, loop, socket, true, err);
}

struct loop *loop_create(struct server *server, int socket, struct error *err)
{
	const struct settings *settings = server_parts(server)->settings;
	struct loop *loop = memory_new(struct loop);
	int code = uv_loop_init(&loop->uv);

	if (code < 0) {
		close(socket);
		free(loop);
		error_set(err, "cannot make an event loop: %s", uv_strerror(code));
		return NULL;
	}
	uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
	loop->server = server;
	loop->settings = settings;
	loop->router = server_router(server);
	loop->metrics = metrics_create(loop->router);
	loop->access_log = access_log_create(settings);
	loop->limits = (struct parser_limits){ (size_t)settings_integer(
						       settings, SETTING_MAX_HEADER_BYTES),
		(size_t)settings_integer(settings, SETTING_MAX_URL_BYTES) };
	loop->turned = uv_hrtime();
	observed_init(&loop->observed);
	set_date(loop);
	if (init_handles(loop, err) < 0) {
		close(socket);
		loop_destroy(loop);
		return NULL;
	}
	if (listener_open(&loop->listener, loop, socket, false, err) < 0) {
		loop_destroy(loop);
		return NULL;
	}
	return loop;
}

bool loop_is_busy(void *arg)
{
	const struct loop *loop = arg;

	return uv_now(&loop->uv) - loop->asked < BUSY_TIME;
}

void loop_run(struct loop *loop)
{
	loop->cache = server_cache(loop->server);
	loop->responses = server_responses(loop->server);
	loop->walk_cache = server_walk_cache(loop->server);
	loop->feed = server_feed(loop->server);
	loop->pool = pool_create(
		&loop->uv, server_parts(loop->server)->target, loop->settings, &loop->queries);
	loop->fetcher = fetcher_create(loop);
	loop->turns =
		turns_create(&loop->uv, loop_is_busy, loop, &loop->metrics->longest_piece);
	loop->admission = admission_create(loop);
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
	listener_close(&loop->listener);
	listener_close(&loop->operation);
	uv_walk(&loop->uv, close_handle, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	code = uv_loop_close(&loop->uv);
	assert(code == 0 && loop->exchange_count == 0);
	exchange_trim(loop, 0);
	catalog_release(loop->catalog);
	buffer_finish(&loop->headers);
	metrics_destroy(loop->metrics);
	access_log_destroy(loop->access_log);
	free(loop);
}

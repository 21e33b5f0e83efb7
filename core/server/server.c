#include "server/server.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <xxhash.h>

#include "base/container.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/settings.h"
#include "base/thread.h"
#include "catalog/catalog.h"
#include "db/connect.h"
#include "document/response_cache.h"
#include "fetch/value_cache.h"
#include "http/client.h"
#include "http/listener.h"
#include "plugin/registry.h"
#include "reply/cors.h"
#include "route/router.h"
#include "scan/scan.h"
#include "server/builtin.h"
#include "server/emf_metrics.h"
#include "server/files.h"
#include "server/loop.h"
#include "server/shared.h"
#include "site/openapi.h"

enum {
	LOOPS_MAX = 256,
	ABORT_MS = 2000,     /* for queries of cut connections to end */
	LAST_LINES_MS = 200, /* for the log, before an immediate exit */
	OTHER_THREADS = 3    /* catalog watcher, two log writers */
};

struct server {
	const struct registry *registry;
	struct server_shared shared;
	struct loop *loops[LOOPS_MAX];
	char address[LISTEN_TEXT_MAX], operation[LISTEN_TEXT_MAX]; /* "": none */
	struct files files; /* how many of each the file limit allows */
	atomic_size_t loops_ended;
	/* the main thread's loop: signals, and timeouts of stopping */
	uv_loop_t control;
	uv_signal_t terminate, interrupt;
	uv_timer_t timer;
	uv_async_t ended;
	bool controlled; /* `control` and its handles exist */
};

static enum server_phase phase_of(const struct server *server)
{
	return (enum server_phase)atomic_load(&server->shared.phase);
}

/* -- Stopping ----------------------------------------------------------------------- */

static void enter_phase(struct server *server, enum server_phase phase)
{
	atomic_store(&server->shared.phase, (int)phase);
	for (size_t i = 0; i < server->shared.loop_count; i++) {
		uv_async_send(&server->loops[i]->stop);
	}
}

/* Exits though queries are unanswered: they cannot be cancelled from here. */
static void on_abort_timeout(uv_timer_t *timer)
{
	(void)timer;
	log_write(LOG_WARN,
		"stopping: a query, or an attempt to reach the database, does not end; "
		"it is left alone");
	output_flush(LAST_LINES_MS);
	_exit(EXIT_SUCCESS);
}

static void on_drain_timeout(uv_timer_t *timer)
{
	struct server *server = timer->data;
	size_t connections = server->shared.capacity.open;

	enter_phase(server, SERVER_ABORTING);
	if (connections > 0) {
		log_write(LOG_WARN,
			"stopping: %zu connections were not finished in time and are cut",
			connections);
	}
	uv_timer_start(timer, on_abort_timeout, ABORT_MS, 0);
}

static void on_drain_delay(uv_timer_t *timer)
{
	struct server *server = timer->data;
	int64_t timeout = settings_integer(server->shared.settings, SETTING_DRAIN_TIMEOUT);
	size_t connections = server->shared.capacity.open;

	enter_phase(server, SERVER_ENDING);
	log_write(LOG_INFO, "stopping: finishing what is under way on %zu connections",
		connections);
	uv_timer_start(timer, on_drain_timeout, (uint64_t)timeout, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;
	const char *name = number == SIGTERM ? "SIGTERM" : "SIGINT";
	int64_t delay = settings_integer(server->shared.settings, SETTING_DRAIN_DELAY);

	if (phase_of(server) != SERVER_SERVING) {
		log_write(LOG_WARN, "%s again: stopping at once", name);
		output_flush(LAST_LINES_MS);
		signal(number, SIG_DFL);
		raise(number);
		_exit(EXIT_FAILURE); /* process 1 ignores signals by default */
	}
	enter_phase(server, SERVER_DRAINING);
	log_write(LOG_INFO, "%s: stopping; not ready any more%s", name,
		delay > 0 ? ", but still taking requests" : "");
	uv_timer_start(&server->timer, on_drain_delay, (uint64_t)delay, 0);
}

static void on_ended(uv_async_t *ended)
{
	struct server *server = ended->data;

	if (atomic_load(&server->loops_ended) == server->shared.loop_count) {
		uv_stop(&server->control);
	}
}

/* -- Starting --------------------------------------------------------------------------- */

enum { PIECE_SIZE = 64 * 1024 };

/* Adds the content of a file, or its path if it cannot be read. */
static void add_file(XXH3_state_t *state, const char *path)
{
	static char piece[PIECE_SIZE]; /* used once, at start-up */
	FILE *file = fopen(path, "rb");
	size_t length;

	if (file == NULL) {
		XXH3_64bits_update(state, path, strlen(path));
		return;
	}
	while ((length = fread(piece, 1, sizeof(piece), file)) > 0) {
		XXH3_64bits_update(state, piece, length);
	}
	fclose(file);
}

/* Hash of the files of program and plugins: servers with the same one answer alike from the
 * same data. */
static uint64_t make_fingerprint(const struct registry *registry)
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t fingerprint;

	XXH3_64bits_reset(state);
	add_file(state, "/proc/self/exe");
	for (size_t i = 0; i < registry->plugin_count; i++) {
		add_file(state, registry->plugins[i]->path);
	}
	fingerprint = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return fingerprint;
}

enum {
	WORKERS = 4, /* unless UV_THREADPOOL_SIZE says otherwise */
	WORKERS_MAX = 1024
};

/* Number of workers, as libuv derives it. */
static size_t count_workers(void)
{
	const char *given = getenv("UV_THREADPOOL_SIZE");
	long count = given != NULL ? strtol(given, NULL, 10) : WORKERS;

	if (count == 0) {
		return 1;
	}
	return count > 0 && count < WORKERS_MAX ? (size_t)count : WORKERS_MAX;
}

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

static void on_worker_started(uv_work_t *work, int status)
{
	bool *done = work->data;

	(void)status;
	*done = true;
}

/* Starts the workers of libuv, after checking that they and `others` more threads can be
 * started: libuv aborts the program without a message if it cannot start its own. Runs `loop`
 * briefly. */
static int start_workers(uv_loop_t *loop, size_t others, struct error *err)
{
	bool done = false;
	uv_work_t work = { .data = &done };

	if (thread_check(count_workers() + others, err) != 0) {
		return -1;
	}
	uv_queue_work(loop, &work, do_nothing, on_worker_started);
	while (!done) {
		uv_run(loop, UV_RUN_ONCE);
	}
	return 0;
}

static int init_control(struct server *server, struct error *err)
{
	int code = uv_loop_init(&server->control);

	server->controlled = code == 0;
	if (code == 0) {
		code = uv_signal_init(&server->control, &server->terminate);
	}
	if (code == 0) {
		code = uv_signal_init(&server->control, &server->interrupt);
	}
	if (code == 0) {
		code = uv_async_init(&server->control, &server->ended, on_ended);
	}
	if (code < 0) {
		return error_set(err, "cannot make an event loop: %s", uv_strerror(code));
	}
	uv_timer_init(&server->control, &server->timer);
	server->terminate.data = server->interrupt.data = server;
	server->timer.data = server->ended.data = server;
	return 0;
}

static int fit_files(struct server *server, struct error *err)
{
	const struct settings *settings = server->shared.settings;
	size_t threads = (size_t)settings_integer(settings, SETTING_THREADS);

	threads = threads > 0 ? threads : thread_cpus();
	server->files = (struct files){
		.threads = threads < LOOPS_MAX ? threads : LOOPS_MAX,
		.db_connections = (size_t)settings_integer(settings, SETTING_DB_CONNECTIONS),
		.connections = (size_t)settings_integer(settings, SETTING_MAX_CONNECTIONS),
	};
	if (files_fit(&server->files, err) < 0) {
		return -1;
	}
	server->shared.capacity.open_max = server->files.connections;
	server->shared.capacity.refused_max = server->files.refused;
	return 0;
}

static int open_loops(struct server *server, struct error *err)
{
	size_t count = server->files.threads;
	int sockets[LOOPS_MAX];

	if (listen_bind("listen", settings_text(server->shared.settings, SETTING_LISTEN),
		    sockets, count, server->address, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		server->loops[i] = loop_create(&server->shared, sockets[i], err);
		if (server->loops[i] == NULL) {
			while (++i < count) {
				close(sockets[i]);
			}
			return -1;
		}
		server->loops[i]->is_leader = i == 0;
		server->shared.loop_count++;
	}
	return 0;
}

/* Opens the listener of operators, on the first loop. */
static int open_operation(struct server *server, struct error *err)
{
	const char *address = settings_text(server->shared.settings, SETTING_OPERATION_LISTEN);
	int socket;

	if (address[0] == '\0') {
		return 0;
	}
	if (listen_bind("operation-listen", address, &socket, 1, server->operation, err) < 0) {
		return -1;
	}
	return loop_listen_to_operators(server->loops[0], socket, err);
}

static struct clients *make_clients(const struct settings *settings, struct error *err)
{
	const int64_t mebi = 1024 * 1024;
	const struct client_limits limits = {
		.each = { [CLIENT_CONNECTION] =
				  settings_integer(settings, SETTING_MAX_CLIENT_CONNECTIONS),
			[CLIENT_STREAM] =
				settings_integer(settings, SETTING_MAX_CLIENT_STREAMS),
			[CLIENT_QUERY] = settings_integer(settings, SETTING_MAX_CLIENT_QUERIES),
			[CLIENT_BYTES] =
				settings_integer(settings, SETTING_CLIENT_QUERY_MEMORY) * mebi,
			[CLIENT_ROWS] = settings_integer(settings, SETTING_MAX_CLIENT_ROWS) },
		.all = { [CLIENT_BYTES] =
				 settings_integer(settings, SETTING_QUERY_MEMORY) * mebi,
			[CLIENT_ROWS] = settings_integer(settings, SETTING_MAX_ROWS) }
	};

	return clients_create(settings_text(settings, SETTING_TRUSTED_PROXIES), &limits, err);
}

/* Writes the OpenAPI document in each content coding, once: compressing it takes milliseconds.
 */
static void write_openapi(struct server *server)
{
	struct buffer *all = server->shared.openapi;

	openapi_write(server->shared.router, &all[ENCODING_IDENTITY]);
	for (enum encoding e = ENCODING_IDENTITY + 1; e < ENCODINGS; e++) {
		buffer_append(
			&all[e], all[ENCODING_IDENTITY].data, all[ENCODING_IDENTITY].length);
		encoding_encode(e, &all[e]);
	}
}

struct server *server_create(const struct server_parts *parts, struct error *err)
{
	const struct settings *settings = parts->settings;
	struct server *server = memory_new(struct server);
	size_t builtin_count;
	const struct builtin *builtins = builtin_list(&builtin_count);

	server->registry = parts->registry;
	server->shared = (struct server_shared){ .settings = settings,
		.target = parts->target,
		.router = router_create(parts->registry, builtins, builtin_count,
			settings_integer(settings, SETTING_PAGE_SIZE_MAX), err),
		.clients = make_clients(settings, err),
		.cache = value_cache_create(
			(size_t)settings_integer(settings, SETTING_CACHE_MEMORY) << 20),
		.response_cache = response_cache_create(
			(size_t)settings_integer(settings, SETTING_ANSWER_MEMORY) << 20),
		.scan_cache = scan_cache_create(),
		.fingerprint = make_fingerprint(parts->registry),
		.started = time(NULL),
		.loops = server->loops };
	if (server->shared.router == NULL || server->shared.clients == NULL ||
		cors_check(settings_text(settings, SETTING_CORS_ORIGINS), err) < 0 ||
		fit_files(server, err) < 0 || init_control(server, err) < 0 ||
		start_workers(&server->control, server->files.threads + OTHER_THREADS, err) <
			0 ||
		open_loops(server, err) < 0 || open_operation(server, err) < 0) {
		server_destroy(server);
		return NULL;
	}
	write_openapi(server);
	return server;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

void server_destroy(struct server *server)
{
	if (server == NULL) {
		return;
	}
	if (server->controlled) {
		uv_walk(&server->control, close_handle, NULL);
		uv_run(&server->control, UV_RUN_DEFAULT);
		uv_loop_close(&server->control);
	}
	for (size_t i = 0; i < server->shared.loop_count; i++) {
		loop_destroy(server->loops[i]);
	}
	router_destroy(server->shared.router);
	value_cache_destroy(server->shared.cache);
	response_cache_destroy(server->shared.response_cache);
	scan_cache_destroy(server->shared.scan_cache);
	clients_destroy(server->shared.clients);
	for (enum encoding e = 0; e < ENCODINGS; e++) {
		buffer_finish(&server->shared.openapi[e]);
	}
	free(server);
}

/* -- Run ------------------------------------------------------------------------------- */

static void run_loop(void *arg)
{
	struct loop *loop = arg;
	struct server *server = container_of(loop->shared, struct server, shared);

	loop_run(loop);
	atomic_fetch_add(&server->loops_ended, 1);
	uv_async_send(&server->ended);
}

/* [watcher's thread] */
static void on_catalog_changed(void *arg)
{
	struct server *server = arg;

	for (size_t i = 0; i < server->shared.loop_count; i++) {
		uv_async_send(&server->loops[i]->catalog_changed);
	}
}

static int start_threads(struct server *server, size_t *started, struct error *err)
{
	for (*started = 0; *started < server->shared.loop_count; (*started)++) {
		struct loop *loop = server->loops[*started];
		int code = uv_thread_create(&loop->thread, run_loop, loop);

		if (code < 0) {
			return error_set(err, "cannot start a thread: %s", uv_strerror(code));
		}
	}
	return 0;
}

static void log_operation(const struct server *server)
{
	if (server->operation[0] != '\0') {
		log_write(LOG_INFO, "for operators: http://%s/metrics, /readyz and /livez",
			server->operation);
	}
}

int server_run(struct server *server, struct error *err)
{
	struct emf_metrics *emf;
	size_t started;
	int result;

	signal(SIGPIPE, SIG_IGN); /* raised by writing to a socket that the client has closed */
	server->shared.watcher =
		catalog_watcher_start(server->shared.target, on_catalog_changed, server, err);
	if (server->shared.watcher == NULL) {
		return -1;
	}
	uv_signal_start(&server->terminate, on_signal, SIGTERM);
	uv_signal_start(&server->interrupt, on_signal, SIGINT);
	result = start_threads(server, &started, err);
	if (result == 0) {
		log_write(LOG_INFO, "listening on http://%s with %zu threads", server->address,
			server->shared.loop_count);
		log_operation(server);
		emf = emf_metrics_start(&server->control, &server->shared);
		uv_run(&server->control, UV_RUN_DEFAULT);
		emf_metrics_close(emf);
		log_write(LOG_INFO, "stopped");
	} else {
		enter_phase(server, SERVER_ABORTING);
	}
	for (size_t i = 0; i < started; i++) {
		uv_thread_join(&server->loops[i]->thread);
	}
	catalog_watcher_stop(server->shared.watcher);
	return result;
}

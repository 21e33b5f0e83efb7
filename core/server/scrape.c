#include "server/scrape.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "catalog/catalog.h"
#include "config.h"
#include "document/response_cache.h"
#include "fetch/value_cache.h"
#include "http/client.h"
#include "reply/reply.h"
#include "route/router.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/shared.h"

enum { LABELS_MAX = 1024 };

/* A scrape under way. */
struct scrape {
	struct buffer out;
	struct alm_request *request;
	const struct server_shared *shared;
	size_t loop_count;
};

static uint64_t read_counter(const void *base, size_t offset)
{
	return atomic_load_explicit(
		(const _Atomic uint64_t *)(const void *)((const char *)base + offset),
		memory_order_relaxed);
}

static void put_head(
	struct scrape *scrape, const char *name, const char *type, const char *help)
{
	buffer_printf(&scrape->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct scrape *scrape, const char *name, const char *type,
	const char *help, double value)
{
	put_head(scrape, name, type, help);
	buffer_printf(&scrape->out, "%s %.15g\n", name, value);
}

/* -- Loops -------------------------------------------------------------- */

/* Sums a counter of struct metrics over the loops. */
static uint64_t sum(const struct scrape *scrape, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		total += read_counter(scrape->shared->loops[i]->metrics, offset);
	}
	return total;
}

/* Sums a counter of struct loop over the loops. */
static uint64_t sum_loops(const struct scrape *scrape, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		total += read_counter(scrape->shared->loops[i], offset);
	}
	return total;
}

/* The greatest of a counter of struct metrics, ns, in seconds. */
static double find_longest(const struct scrape *scrape, size_t offset)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		uint64_t one = read_counter(scrape->shared->loops[i]->metrics, offset);

		longest = one > longest ? one : longest;
	}
	return (double)longest / 1e9;
}

#define OF_HTTP(member) (offsetof(struct loop, http) + offsetof(struct http, member))
#define OF_ADMISSION(member) \
	(offsetof(struct loop, admission) + offsetof(struct admission_figures, member))
#define OF_LOOP(member) offsetof(struct metrics, member)
#define OF_ROUTE(route, member) \
	(offsetof(struct metrics, routes) + (route) * sizeof(struct route_metrics) + \
		offsetof(struct route_metrics, member))

/* Writes the rows of a histogram: `labels` is "" or "route=\"/path\"". Counters are consecutive
 * from `first` on; `total` counts ns. */
static void put_histogram(struct scrape *scrape, const char *name, const char *labels,
	const double *bounds, size_t bound_count, size_t first, size_t total)
{
	const char *comma = labels[0] != '\0' ? "," : "", *open = labels[0] != '\0' ? "{" : "",
		   *close = labels[0] != '\0' ? "}" : "";
	unsigned long long count = 0;

	for (size_t i = 0; i < bound_count; i++) {
		count += sum(scrape, first + i * sizeof(uint64_t));
		buffer_printf(&scrape->out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels,
			comma, bounds[i], count);
	}
	count += sum(scrape, first + bound_count * sizeof(uint64_t));
	buffer_printf(&scrape->out,
		"%s_bucket{%s%sle=\"+Inf\"} %llu\n%s_sum%s%s%s %.9f\n%s_count%s%s%s %llu\n",
		name, labels, comma, count, name, open, labels, close,
		(double)sum(scrape, total) / 1e9, name, open, labels, close, count);
}

static void put_loops(struct scrape *scrape)
{
	uint64_t begun = sum_loops(scrape, OF_HTTP(begun)), ended = sum(scrape, OF_LOOP(ended));

	put_value(scrape, "almanac_loops", "gauge", "Event loop threads.",
		(double)scrape->loop_count);
	put_value(scrape, "almanac_loop_turns_total", "counter",
		"Iterations of all event loops.", (double)sum(scrape, OF_LOOP(turns)));
	put_value(scrape, "almanac_requests_in_flight", "gauge",
		"Requests received and not yet finished.",
		begun > ended ? (double)(begun - ended) : 0);
	put_value(scrape, "almanac_connections", "gauge", "Open client connections.",
		(double)scrape->shared->capacity.open);
	put_value(scrape, "almanac_connections_accepted_total", "counter",
		"Client connections accepted.", (double)sum_loops(scrape, OF_HTTP(accepted)));
	put_value(scrape, "almanac_connections_refused_total", "counter",
		"Client connections refused because a limit was reached.",
		(double)sum_loops(scrape, OF_HTTP(refused)));
	put_value(scrape, "almanac_answers_cut_total", "counter",
		"Responses not sent completely: the client closed the connection, or the server "
		"aborted the response.",
		(double)sum(scrape, OF_LOOP(cut)));
	put_head(scrape, "almanac_loop_turn_seconds", "histogram",
		"Busy time of an iteration of an event loop, without waiting for events.");
	put_histogram(scrape, "almanac_loop_turn_seconds", "", metrics_turn_bounds,
		METRICS_TURN_BUCKETS, OF_LOOP(turn_durations), OF_LOOP(turn_nanoseconds));
	put_value(scrape, "almanac_loop_longest_turn_seconds", "gauge",
		"Longest busy time of an iteration of an event loop since the server started.",
		find_longest(scrape, OF_LOOP(longest_turn)));
	put_value(scrape, "almanac_longest_piece_seconds", "gauge",
		"Longest uninterrupted piece of work on a request since the server started.",
		find_longest(scrape, OF_LOOP(longest_piece)));
}

static void put_admission(struct scrape *scrape)
{
	struct clients *clients = scrape->shared->clients;

	put_value(scrape, "almanac_requests_waiting", "gauge",
		"Requests waiting until other requests release memory or rows to scan.",
		(double)sum_loops(scrape, OF_ADMISSION(waiting)));
	put_value(scrape, "almanac_requests_turned_away_total", "counter",
		"Requests refused because too many requests of their client, or of all, were "
		"waiting.",
		(double)sum_loops(scrape, OF_ADMISSION(refused)));
	put_value(scrape, "almanac_query_memory_bytes", "gauge",
		"Memory reserved for the data of requests.",
		(double)clients_total(clients, CLIENT_BYTES));
	put_value(scrape, "almanac_query_rows", "gauge", "Rows reserved for scans of requests.",
		(double)clients_total(clients, CLIENT_ROWS));
}

/* -- Routes ------------------------------------------------------------- */

static const char *path_of(const struct scrape *scrape, size_t route)
{
	size_t count;
	const struct route *routes = router_routes(scrape->request->services->router, &count);

	return route < count ? routes[route].declared->path : "none";
}

static void put_classes(struct scrape *scrape, size_t route)
{
	static const char *const names[METRICS_CLASSES] = { "none", "1xx", "2xx", "3xx", "4xx",
		"5xx" };

	for (size_t i = 0; i < METRICS_CLASSES; i++) {
		uint64_t count = sum(scrape, OF_ROUTE(route, classes) + i * sizeof(uint64_t));

		if (count > 0) {
			buffer_printf(&scrape->out,
				"almanac_requests_total{route=\"%s\",status=\"%s\"} %llu\n",
				path_of(scrape, route), names[i], (unsigned long long)count);
		}
	}
}

static void put_each_route(
	struct scrape *scrape, const char *name, const char *help, size_t member)
{
	size_t count = loop_of(scrape->request)->metrics->route_count;

	put_head(scrape, name, "counter", help);
	for (size_t route = 0; route < count; route++) {
		buffer_printf(&scrape->out, "%s{route=\"%s\"} %llu\n", name,
			path_of(scrape, route),
			(unsigned long long)sum(scrape, OF_ROUTE(route, durations) + member));
	}
}

static void put_routes(struct scrape *scrape)
{
	size_t count = loop_of(scrape->request)->metrics->route_count;

	put_head(scrape, "almanac_requests_total", "counter",
		"Requests by route and status class; none: the client closed the connection "
		"before an answer.");
	for (size_t route = 0; route < count; route++) {
		put_classes(scrape, route);
	}
	put_head(scrape, "almanac_request_duration_seconds", "histogram",
		"Time from the last header of a request to the last byte of its response.");
	for (size_t route = 0; route < count; route++) {
		char labels[LABELS_MAX];

		snprintf(labels, sizeof(labels), "route=\"%s\"", path_of(scrape, route));
		put_histogram(scrape, "almanac_request_duration_seconds", labels,
			metrics_bounds, METRICS_BUCKETS, OF_ROUTE(route, durations),
			OF_ROUTE(route, nanoseconds));
	}
	put_each_route(scrape, "almanac_rows_total", "Rows sent in responses, by route.",
		offsetof(struct route_metrics, rows));
	put_each_route(scrape, "almanac_bytes_total", "Bytes sent in responses, by route.",
		offsetof(struct route_metrics, bytes));
}

/* -- Stored data ------------------------------------------------------- */

static void put_catalog(struct scrape *scrape)
{
	const struct catalog *catalog = scrape->request->services->catalog;

	put_value(scrape, "almanac_database_up", "gauge",
		"1 if the stored data can be read, else 0.",
		catalog_watcher_is_ready(scrape->request->services->watcher, NULL));
	if (catalog == NULL) {
		return;
	}
	put_value(scrape, "almanac_dataset_version", "gauge", "Version of the stored data.",
		(double)catalog->id.version);
	put_value(scrape, "almanac_dataset_changed_seconds", "gauge",
		"Time of the last change of the stored data, in seconds since 1970.",
		(double)catalog->changed_at / 1e6);
	put_value(scrape, "almanac_stations", "gauge", "Stations stored.",
		(double)catalog->station_count);
}

static void put_cache(struct scrape *scrape)
{
	struct value_cache_figures figures;

	value_cache_figures(scrape->request->services->cache, &figures);
	put_value(scrape, "almanac_cache_hits_total", "counter",
		"Blocks and statistics read from the value cache.", (double)figures.hits);
	put_value(scrape, "almanac_cache_misses_total", "counter",
		"Blocks and statistics not found in the value cache.", (double)figures.misses);
	put_value(scrape, "almanac_cache_evictions_total", "counter",
		"Blocks and statistics evicted from the value cache.",
		(double)figures.evictions);
	put_value(scrape, "almanac_cache_entries", "gauge",
		"Blocks and statistics in the value cache.", (double)figures.entries);
	put_value(scrape, "almanac_cache_bytes", "gauge", "Memory used by the value cache.",
		(double)figures.bytes);
	put_value(scrape, "almanac_cache_limit_bytes", "gauge",
		"Memory limit of the value cache.", (double)figures.limit);
}

static void put_responses(struct scrape *scrape)
{
	struct response_cache_figures figures;

	response_cache_figures(scrape->request->services->response_cache, &figures);
	put_value(scrape, "almanac_answers_hits_total", "counter",
		"Requests answered from the response cache.", (double)figures.hits);
	put_value(scrape, "almanac_answers_misses_total", "counter",
		"Requests not found in the response cache.", (double)figures.misses);
	put_value(scrape, "almanac_answers_entries", "gauge",
		"Responses in the response cache.", (double)figures.entries);
	put_value(scrape, "almanac_answers_bytes", "gauge",
		"Memory used by the response cache.", (double)figures.bytes);
	put_value(scrape, "almanac_answers_limit_bytes", "gauge",
		"Memory limit of the response cache.", (double)figures.limit);
}

static void put_pools(struct scrape *scrape)
{
	uint64_t sent = 0, connects = 0, outcomes[POOL_UNAVAILABLE + 1] = { 0 }, done = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		const struct pool_figures *figures = &scrape->shared->loops[i]->queries;

		sent += atomic_load_explicit(&figures->sent, memory_order_relaxed);
		connects += atomic_load_explicit(&figures->connects, memory_order_relaxed);
		for (size_t o = 0; o <= POOL_UNAVAILABLE; o++) {
			outcomes[o] += atomic_load_explicit(
				&figures->outcomes[o], memory_order_relaxed);
			done += atomic_load_explicit(
				&figures->outcomes[o], memory_order_relaxed);
		}
	}
	put_value(
		scrape, "almanac_queries_total", "counter", "Database queries.", (double)sent);
	put_value(scrape, "almanac_queries_in_flight", "gauge", "Database queries under way.",
		sent > done ? (double)(sent - done) : 0);
	put_value(scrape, "almanac_queries_failed_total", "counter",
		"Database queries that failed with an SQL error.",
		(double)outcomes[POOL_FAILED]);
	put_value(scrape, "almanac_queries_timed_out_total", "counter",
		"Database queries without an answer within --query-timeout.",
		(double)outcomes[POOL_TIMEOUT]);
	put_value(scrape, "almanac_queries_unavailable_total", "counter",
		"Database queries not answered because no connection could be used.",
		(double)outcomes[POOL_UNAVAILABLE]);
	put_value(scrape, "almanac_database_connects_total", "counter",
		"Database connections opened.", (double)connects);
}

/* -- Process ----------------------------------------------------------- */

static double resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (file != NULL) {
		if (fscanf(file, "%*s %ld", &pages) != 1) {
			pages = 0;
		}
		fclose(file);
	}
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Metrics of the process, named as in Prometheus' client libraries. */
static void put_process(struct scrape *scrape)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	put_value(scrape, "process_cpu_seconds_total", "counter",
		"User and system CPU time in seconds.",
		(double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	put_value(scrape, "process_resident_memory_bytes", "gauge", "Resident memory in bytes.",
		resident_bytes());
	if (loop_of(scrape->request)->observed.files >= 0) {
		put_value(scrape, "process_open_fds", "gauge", "Open file descriptors.",
			(double)loop_of(scrape->request)->observed.files);
	}
	put_value(scrape, "process_start_time_seconds", "gauge",
		"Start time of the server, in seconds since 1970.",
		(double)scrape->shared->started);
	put_head(scrape, "almanac_build_info", "gauge",
		"Always 1; the label is the version of Almanac.");
	buffer_printf(&scrape->out, "almanac_build_info{version=\"%s\"} 1\n", ALMANAC_VERSION);
}

/* -- Last ingestion ------------------------------------------------- */

static void put_ingestion(struct scrape *scrape)
{
	static const char *const outcomes[] = { "success", "partial", "failure" };
	const struct observed *observed = &loop_of(scrape->request)->observed;

	if (!observed->run.known) {
		return;
	}
	put_head(scrape, "almanac_ingestion_outcome", "gauge",
		"1 for the outcome of the last finished ingestion, 0 for the other outcomes.");
	for (size_t i = 0; i < 3; i++) {
		buffer_printf(&scrape->out, "almanac_ingestion_outcome{outcome=\"%s\"} %d\n",
			outcomes[i], strcmp(observed->run.outcome, outcomes[i]) == 0);
	}
	put_value(scrape, "almanac_ingestion_finished_seconds", "gauge",
		"End of the last finished ingestion, in seconds since 1970.",
		(double)observed->run.finished);
}

void scrape_reply(struct alm_request *request)
{
	struct loop *loop = loop_of(request);
	struct scrape scrape = { .request = request, .shared = loop_of(request)->shared };

	observed_refresh(&loop->observed, &loop->uv, loop->services.pool);
	scrape.loop_count = scrape.shared->loop_count;
	put_routes(&scrape);
	put_loops(&scrape);
	put_admission(&scrape);
	put_pools(&scrape);
	put_catalog(&scrape);
	put_cache(&scrape);
	put_responses(&scrape);
	put_process(&scrape);
	put_ingestion(&scrape);
	reply_body(&request->http, 200, "text/plain; version=0.0.4; charset=utf-8",
		"Cache-Control: no-store\r\n", &scrape.out);
	buffer_finish(&scrape.out);
}

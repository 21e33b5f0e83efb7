/* GET /metrics. */
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
#include "server/scrape.h"
#include "server/shared.h"

/* What is written to, and from. */
struct scrape {
	struct buffer out;
	struct alm_request *request;
	const struct server_shared *shared;
	size_t loop_count;
};

static uint64_t read_number(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void head(struct scrape *scrape, const char *name, const char *type, const char *help)
{
	buffer_printf(&scrape->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void value(struct scrape *scrape, const char *name, const char *type, const char *help,
	double number)
{
	head(scrape, name, type, help);
	buffer_printf(&scrape->out, "%s %.15g\n", name, number);
}

/* -- Of loops ----------------------------------------------------------- */

static uint64_t sum(const struct scrape *scrape, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		const char *metrics = (const char *)scrape->shared->loops[i]->metrics;

		total +=
			read_number((const _Atomic uint64_t *)(const void *)(metrics + offset));
	}
	return total;
}

/* The same of what is not in struct metrics. */
static uint64_t sum_loops(const struct scrape *scrape, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		const char *loop = (const char *)scrape->shared->loops[i];

		total += read_number((const _Atomic uint64_t *)(const void *)(loop + offset));
	}
	return total;
}

#define OF_HTTP(member) (offsetof(struct loop, http) + offsetof(struct http, member))
#define OF_ADMISSION(member) \
	(offsetof(struct loop, admission) + offsetof(struct admission_figures, member))
#define OF_LOOP(member) offsetof(struct metrics, member)
#define OF_ROUTE(route, member) \
	(offsetof(struct metrics, routes) + (route) * sizeof(struct route_metrics) + \
		offsetof(struct route_metrics, member))

static void put_loops(struct scrape *scrape)
{
	uint64_t begun = sum_loops(scrape, OF_HTTP(begun)), ended = sum(scrape, OF_LOOP(ended));

	value(scrape, "almanac_loops", "gauge", "Event loop threads.",
		(double)scrape->loop_count);
	value(scrape, "almanac_loop_turns_total", "counter", "Turns of all event loops.",
		(double)sum(scrape, OF_LOOP(turns)));
	value(scrape, "almanac_requests_in_flight", "gauge",
		"Requests that have come and are not through.",
		begun > ended ? (double)(begun - ended) : 0);
	value(scrape, "almanac_connections", "gauge", "Open connections of clients.",
		(double)scrape->shared->capacity.open);
	value(scrape, "almanac_connections_accepted_total", "counter",
		"Connections of clients that were taken.",
		(double)sum_loops(scrape, OF_HTTP(accepted)));
	value(scrape, "almanac_connections_refused_total", "counter",
		"Connections of clients beyond a limit.",
		(double)sum_loops(scrape, OF_HTTP(refused)));
	value(scrape, "almanac_answers_cut_total", "counter",
		"Answers that were cut off, or whose client went away.",
		(double)sum(scrape, OF_LOOP(cut)));
}

/* -- Of what takes long, or much ---------------------------------------- */

static double longest(const struct scrape *scrape, size_t offset)
{
	uint64_t most = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		const char *metrics = (const char *)scrape->shared->loops[i]->metrics;
		uint64_t one =
			read_number((const _Atomic uint64_t *)(const void *)(metrics + offset));

		most = one > most ? one : most;
	}
	return (double)most / 1e9;
}

static void put_turns(struct scrape *scrape)
{
	static const char name[] = "almanac_loop_turn_seconds";
	uint64_t count = 0;

	head(scrape, name, "histogram",
		"What event loops did between two looks at their sockets.");
	for (size_t i = 0; i <= METRICS_TURN_BUCKETS; i++) {
		count += sum(scrape, OF_LOOP(turn_durations) + i * sizeof(uint64_t));
		if (i < METRICS_TURN_BUCKETS) {
			buffer_printf(&scrape->out, "%s_bucket{le=\"%g\"} %llu\n", name,
				metrics_turn_bounds[i], (unsigned long long)count);
		}
	}
	buffer_printf(
		&scrape->out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
	buffer_printf(&scrape->out, "%s_sum %.9f\n%s_count %llu\n", name,
		(double)sum(scrape, OF_LOOP(turn_nanoseconds)) / 1e9, name,
		(unsigned long long)count);
	value(scrape, "almanac_loop_longest_turn_seconds", "gauge", "The longest of them.",
		longest(scrape, OF_LOOP(longest_turn)));
	value(scrape, "almanac_longest_piece_seconds", "gauge",
		"The longest piece of work on a request that is done piece by piece.",
		longest(scrape, OF_LOOP(longest_piece)));
}

static void put_queries(struct scrape *scrape)
{
	struct clients *clients = scrape->shared->clients;

	value(scrape, "almanac_requests_waiting", "gauge",
		"Requests that wait for memory, or rows to look at, that others have.",
		(double)sum_loops(scrape, OF_ADMISSION(waiting)));
	value(scrape, "almanac_requests_turned_away_total", "counter",
		"Requests beyond what one client, or all, may have at a time.",
		(double)sum_loops(scrape, OF_ADMISSION(refused)));
	value(scrape, "almanac_query_memory_bytes", "gauge",
		"Memory that requests have been given.",
		(double)clients_total(clients, CLIENT_BYTES));
	value(scrape, "almanac_query_rows", "gauge", "Rows that requests are looking at.",
		(double)clients_total(clients, CLIENT_ROWS));
}

/* -- Of routes ---------------------------------------------------------- */

static const char *path_of(const struct scrape *scrape, size_t route)
{
	size_t count;
	const struct route *routes = router_routes(scrape->request->services->router, &count);

	return route < count ? routes[route].declared->path : "none";
}

static void put_histogram(struct scrape *scrape, size_t route)
{
	static const char name[] = "almanac_request_duration_seconds";
	const char *path = path_of(scrape, route);
	uint64_t count = 0;

	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		count += sum(scrape, OF_ROUTE(route, durations) + i * sizeof(uint64_t));
		buffer_printf(&scrape->out, "%s_bucket{route=\"%s\",le=\"%g\"} %llu\n", name,
			path, metrics_bounds[i], (unsigned long long)count);
	}
	count += sum(scrape, OF_ROUTE(route, durations) + METRICS_BUCKETS * sizeof(uint64_t));
	buffer_printf(&scrape->out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", name, path,
		(unsigned long long)count);
	buffer_printf(&scrape->out, "%s_sum{route=\"%s\"} %.9f\n", name, path,
		(double)sum(scrape, OF_ROUTE(route, nanoseconds)) / 1e9);
	buffer_printf(&scrape->out, "%s_count{route=\"%s\"} %llu\n", name, path,
		(unsigned long long)count);
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

static void put_of_each(
	struct scrape *scrape, const char *name, const char *help, size_t member)
{
	size_t count = loop_of(scrape->request)->metrics->route_count;

	head(scrape, name, "counter", help);
	for (size_t route = 0; route < count; route++) {
		buffer_printf(&scrape->out, "%s{route=\"%s\"} %llu\n", name,
			path_of(scrape, route),
			(unsigned long long)sum(scrape, OF_ROUTE(route, durations) + member));
	}
}

static void put_routes(struct scrape *scrape)
{
	size_t count = loop_of(scrape->request)->metrics->route_count;

	head(scrape, "almanac_requests_total", "counter",
		"Requests by route and class of status; none: the client went away first.");
	for (size_t route = 0; route < count; route++) {
		put_classes(scrape, route);
	}
	head(scrape, "almanac_request_duration_seconds", "histogram",
		"From the last header of a request to the last byte of its answer.");
	for (size_t route = 0; route < count; route++) {
		put_histogram(scrape, route);
	}
	put_of_each(scrape, "almanac_rows_total", "Rows of answers.",
		offsetof(struct route_metrics, rows));
	put_of_each(scrape, "almanac_bytes_total", "Bytes of answers.",
		offsetof(struct route_metrics, bytes));
}

/* -- Of the data -------------------------------------------------------- */

static void put_catalog(struct scrape *scrape)
{
	const struct catalog *catalog = scrape->request->services->catalog;

	value(scrape, "almanac_database_up", "gauge", "Whether stored data can be read.",
		catalog_watcher_is_ready(scrape->request->services->watcher, NULL));
	if (catalog == NULL) {
		return;
	}
	value(scrape, "almanac_dataset_version", "gauge", "Version of the stored data.",
		(double)catalog->id.version);
	value(scrape, "almanac_dataset_changed_seconds", "gauge",
		"When the stored data changed last, s since 1970.",
		(double)catalog->changed_at / 1e6);
	value(scrape, "almanac_stations", "gauge", "Stations that are stored.",
		(double)catalog->station_count);
}

static void put_cache(struct scrape *scrape)
{
	struct value_cache_figures figures;

	value_cache_figures(scrape->request->services->cache, &figures);
	value(scrape, "almanac_cache_hits_total", "counter",
		"Blocks and statistics that were in memory.", (double)figures.hits);
	value(scrape, "almanac_cache_misses_total", "counter", "Those that were not.",
		(double)figures.misses);
	value(scrape, "almanac_cache_evictions_total", "counter",
		"Those that were dropped for others.", (double)figures.evictions);
	value(scrape, "almanac_cache_entries", "gauge", "Those that are in memory.",
		(double)figures.entries);
	value(scrape, "almanac_cache_bytes", "gauge", "What they take.", (double)figures.bytes);
	value(scrape, "almanac_cache_limit_bytes", "gauge", "What they may take.",
		(double)figures.limit);
}

static void put_responses(struct scrape *scrape)
{
	struct response_cache_figures figures;

	response_cache_figures(scrape->request->services->response_cache, &figures);
	value(scrape, "almanac_answers_hits_total", "counter",
		"Answers that were in memory whole.", (double)figures.hits);
	value(scrape, "almanac_answers_misses_total", "counter", "Those that were not.",
		(double)figures.misses);
	value(scrape, "almanac_answers_entries", "gauge", "Those that are in memory.",
		(double)figures.entries);
	value(scrape, "almanac_answers_bytes", "gauge", "What they take.",
		(double)figures.bytes);
	value(scrape, "almanac_answers_limit_bytes", "gauge", "What they may take.",
		(double)figures.limit);
}

static void put_pools(struct scrape *scrape)
{
	uint64_t sent = 0, connects = 0, outcomes[POOL_UNAVAILABLE + 1] = { 0 }, done = 0;

	for (size_t i = 0; i < scrape->loop_count; i++) {
		const struct pool_figures *figures = &scrape->shared->loops[i]->queries;

		sent += read_number(&figures->sent);
		connects += read_number(&figures->connects);
		for (size_t o = 0; o <= POOL_UNAVAILABLE; o++) {
			outcomes[o] += read_number(&figures->outcomes[o]);
			done += read_number(&figures->outcomes[o]);
		}
	}
	value(scrape, "almanac_queries_total", "counter", "Queries for the database.",
		(double)sent);
	value(scrape, "almanac_queries_in_flight", "gauge", "Queries under way.",
		sent > done ? (double)(sent - done) : 0);
	value(scrape, "almanac_queries_failed_total", "counter",
		"Queries that the database refused.", (double)outcomes[POOL_FAILED]);
	value(scrape, "almanac_queries_timed_out_total", "counter",
		"Queries that took too long.", (double)outcomes[POOL_TIMEOUT]);
	value(scrape, "almanac_queries_unavailable_total", "counter",
		"Queries without a connection, or lost with it.",
		(double)outcomes[POOL_UNAVAILABLE]);
	value(scrape, "almanac_database_connects_total", "counter",
		"Connections to the database that were made.", (double)connects);
}

/* -- Of the process ----------------------------------------------------- */

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

/* Names as Prometheus' own libraries give them. */
static void put_process(struct scrape *scrape)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	value(scrape, "process_cpu_seconds_total", "counter", "CPU time, user and system.",
		(double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	value(scrape, "process_resident_memory_bytes", "gauge", "Resident memory.",
		resident_bytes());
	if (loop_of(scrape->request)->observed.files >= 0) {
		value(scrape, "process_open_fds", "gauge", "Open files.",
			(double)loop_of(scrape->request)->observed.files);
	}
	value(scrape, "process_start_time_seconds", "gauge",
		"When the server was started, s since 1970.", (double)scrape->shared->started);
	head(scrape, "almanac_build_info", "gauge", "1, labelled with the version.");
	buffer_printf(&scrape->out, "almanac_build_info{version=\"%s\"} 1\n", ALMANAC_VERSION);
}

/* -- The last ingestion ------------------------------------------------- */

static void put_ingestion(struct scrape *scrape)
{
	static const char *const outcomes[] = { "success", "partial", "failure" };
	const struct observed *observed = &loop_of(scrape->request)->observed;

	if (!observed->run.known) {
		return;
	}
	head(scrape, "almanac_ingestion_outcome", "gauge",
		"1 for the outcome of the last ingestion that has ended.");
	for (size_t i = 0; i < 3; i++) {
		buffer_printf(&scrape->out, "almanac_ingestion_outcome{outcome=\"%s\"} %d\n",
			outcomes[i], strcmp(observed->run.outcome, outcomes[i]) == 0);
	}
	value(scrape, "almanac_ingestion_finished_seconds", "gauge",
		"When it ended, s since 1970.", (double)observed->run.finished);
}

void scrape_reply(struct alm_request *request)
{
	struct loop *loop = loop_of(request);
	struct scrape scrape = { .request = request, .shared = loop_of(request)->shared };

	observed_refresh(&loop->observed, &loop->uv, loop->services.pool);
	scrape.loop_count = scrape.shared->loop_count;
	put_routes(&scrape);
	put_loops(&scrape);
	put_turns(&scrape);
	put_queries(&scrape);
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

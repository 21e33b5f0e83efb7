#include "server/metrics.h"

#include <stdlib.h>
#include <uv.h>

#include "base/counter.h"
#include "base/memory.h"
#include "route/request.h"
#include "route/router.h"

const double metrics_bounds[METRICS_BUCKETS] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
	0.01, 0.025, 0.1, 0.5, 2.5, 10 };

const double metrics_turn_bounds[METRICS_TURN_BUCKETS] = { 0.0001, 0.0005, 0.001, 0.002, 0.005,
	0.01, 0.025, 0.1, 0.5 };

struct metrics *metrics_create(const struct router *router)
{
	size_t count;
	struct metrics *metrics;

	router_routes(router, &count);
	metrics = memory_array(1, sizeof(*metrics) + (count + 1) * sizeof(metrics->routes[0]));
	metrics->route_count = count + 1;
	return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
	free(metrics);
}

static size_t bucket_of(uint64_t nanoseconds, const double *bounds, size_t count)
{
	size_t i = 0;

	while (i < count && (double)nanoseconds > bounds[i] * 1e9) {
		i++;
	}
	return i;
}

void metrics_turn(struct metrics *metrics, uint64_t nanoseconds)
{
	size_t bucket = bucket_of(nanoseconds, metrics_turn_bounds, METRICS_TURN_BUCKETS);

	counter_add(&metrics->turns, 1);
	counter_add(&metrics->turn_durations[bucket], 1);
	counter_add(&metrics->turn_nanoseconds, nanoseconds);
	counter_raise(&metrics->longest_turn, nanoseconds);
}

void metrics_count(struct metrics *metrics, const struct alm_request *request)
{
	const struct exchange *exchange = &request->http;
	size_t route =
		request->route != NULL ? request->route->number : metrics->route_count - 1;
	struct route_metrics *of = &metrics->routes[route];
	uint64_t nanoseconds = uv_hrtime() - exchange->begun;

	counter_add(&metrics->ended, 1);
	counter_add(&metrics->cut, exchange->cut);
	counter_add(&of->durations[bucket_of(nanoseconds, metrics_bounds, METRICS_BUCKETS)], 1);
	counter_add(&of->nanoseconds, nanoseconds);
	counter_add(&of->classes[exchange->status / 100 % METRICS_CLASSES], 1);
	counter_add(&of->rows, request->row_count);
	counter_add(&of->bytes, exchange->bytes);
}

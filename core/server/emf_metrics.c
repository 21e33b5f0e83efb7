#include "server/emf_metrics.h"

#include <stdlib.h>

#include "base/emf.h"
#include "base/memory.h"
#include "base/settings.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/shared.h"

enum { INTERVAL_MS = 60 * 1000 };

/* Counts since the start. */
struct totals {
	uint64_t requests, refused, failed; /* 4xx; 5xx or cut off */
	uint64_t nanoseconds;
};

struct emf_metrics {
	uv_timer_t timer;
	const struct server_shared *shared;
	struct totals written; /* so far */
};

static uint64_t read_number(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void add_route(struct totals *totals, const struct route_metrics *route)
{
	for (size_t i = 1; i < METRICS_CLASSES; i++) {
		totals->requests += read_number(&route->classes[i]);
	}
	totals->refused += read_number(&route->classes[4]);
	totals->failed += read_number(&route->classes[5]);
	totals->nanoseconds += read_number(&route->nanoseconds);
}

static struct totals sum_loops(const struct server_shared *shared)
{
	struct totals totals = { 0 };

	for (size_t i = 0; i < shared->loop_count; i++) {
		const struct metrics *metrics = shared->loops[i]->metrics;

		for (size_t r = 0; r < metrics->route_count; r++) {
			add_route(&totals, &metrics->routes[r]);
		}
		totals.failed += read_number(&metrics->cut);
	}
	return totals;
}

static void write_metrics(struct emf_metrics *emf)
{
	const struct server_shared *shared = emf->shared;
	struct totals now = sum_loops(shared), *written = &emf->written;
	uint64_t requests = now.requests - written->requests;
	double duration_ms = (double)(now.nanoseconds - written->nanoseconds) / 1e6;
	const struct emf_metric metrics[] = {
		{ "Requests", "Count", (double)requests },
		{ "RequestsRefused", "Count", (double)(now.refused - written->refused) },
		{ "RequestsFailed", "Count", (double)(now.failed - written->failed) },
		{ "RequestDuration", "Milliseconds",
			requests > 0 ? duration_ms / (double)requests : 0 },
		{ "Connections", "Count", (double)shared->capacity.open },
	};

	emf_write(settings_text(shared->settings, SETTING_EMF_NAMESPACE), "api", metrics,
		sizeof(metrics) / sizeof(metrics[0]));
	*written = now;
}

static void on_timer(uv_timer_t *timer)
{
	write_metrics(timer->data);
}

struct emf_metrics *emf_metrics_start(uv_loop_t *loop, const struct server_shared *shared)
{
	struct emf_metrics *emf;

	if (settings_text(shared->settings, SETTING_EMF_NAMESPACE)[0] == '\0') {
		return NULL;
	}
	emf = memory_new(struct emf_metrics);
	emf->shared = shared;
	uv_timer_init(loop, &emf->timer);
	emf->timer.data = emf;
	uv_timer_start(&emf->timer, on_timer, INTERVAL_MS, INTERVAL_MS);
	return emf;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void emf_metrics_close(struct emf_metrics *emf)
{
	if (emf != NULL) {
		write_metrics(emf);
		uv_close((uv_handle_t *)&emf->timer, on_closed);
	}
}

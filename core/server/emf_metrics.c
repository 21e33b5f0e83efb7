#include "server/emf_metrics.h"

#include <stdlib.h>

#include "base/emf.h"
#include "base/memory.h"
#include "base/settings.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/shared.h"

enum { INTERVAL = 60 * 1000 /* ms */ };

/* All that has been since the start. */
struct totals {
	uint64_t requests, refused, failed; /* refused: 4xx; failed: 5xx, or cut off */
	uint64_t nanoseconds;
};

struct figures {
	uv_timer_t timer;
	const struct server_shared *shared;
	struct totals told;
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

static struct totals count(const struct server_shared *shared)
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

static void write_figures(struct figures *figures)
{
	const struct server_shared *shared = figures->shared;
	struct totals now = count(shared), *told = &figures->told;
	uint64_t requests = now.requests - told->requests;
	double took = (double)(now.nanoseconds - told->nanoseconds) / 1e6;
	const struct emf_metric metrics[] = {
		{ "Requests", "Count", (double)requests },
		{ "RequestsRefused", "Count", (double)(now.refused - told->refused) },
		{ "RequestsFailed", "Count", (double)(now.failed - told->failed) },
		{ "RequestDuration", "Milliseconds",
			requests > 0 ? took / (double)requests : 0 },
		{ "Connections", "Count", (double)shared->capacity.open },
	};

	emf_write(settings_text(shared->settings, SETTING_EMF_NAMESPACE), "api", metrics,
		sizeof(metrics) / sizeof(metrics[0]));
	*told = now;
}

static void on_timer(uv_timer_t *timer)
{
	write_figures(timer->data);
}

struct figures *figures_start(uv_loop_t *loop, const struct server_shared *shared)
{
	struct figures *figures;

	if (settings_text(shared->settings, SETTING_EMF_NAMESPACE)[0] == '\0') {
		return NULL;
	}
	figures = memory_new(struct figures);
	figures->shared = shared;
	uv_timer_init(loop, &figures->timer);
	figures->timer.data = figures;
	uv_timer_start(&figures->timer, on_timer, INTERVAL, INTERVAL);
	return figures;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void figures_close(struct figures *figures)
{
	if (figures != NULL) {
		write_figures(figures);
		uv_close((uv_handle_t *)&figures->timer, on_closed);
	}
}

/* compute(): a statistic of one station, for a route of a plugin. */
#include <math.h>
#include <string.h>

#include "answer/computed.h"
#include "answer/host.h"
#include "document/answer.h"
#include "plugin/current.h"
#include "plugin/value.h"
#include "reply/problem.h"
#include "route/route.h"
#include "route/router.h"
#include "route/services.h"
#include "stat/rule.h"
#include "stat/stat.h"

enum { COMPUTATION_MAX = 4096, COUNTS = 2 };

struct receiver {
	alm_computed_fn *then;
	void *arg;
};

/* -- What the plugin gets --------------------------------------------------- */

static const char *const rule_names[] = {
#define AS_NAME(name, title, source) #name,
	STAT_RULES(AS_NAME) NULL
};

static void set_row(struct arena *arena, const struct computed *computed, size_t i,
	struct alm_computed_row *row)
{
	const struct stat_layout *layout = &computed->layout;
	const struct period *period = &computed->periods[i];
	const double *values = (const double *)((const char *)computed_row(computed, i) +
						sizeof(struct stat_head));
	const uint32_t *counts = (const uint32_t *)(values + layout->column_count);
	uint32_t *present = arena_alloc(arena, (layout->input_count + 1) * sizeof(*present));
	int32_t first = period->first_day - computed->record->first_day;

	for (size_t k = 0; k < layout->input_count; k++) {
		present[k] = counts[COUNTS * k];
	}
	*row = (struct alm_computed_row){
		.period = { .kind = period->kind,
			.year = period->year,
			.part = (uint32_t)period->part,
			.first = first > 0 ? (uint32_t)first : 0,
			.days = (uint32_t)period->days },
		.first_day = period->first_day,
		.days = (uint32_t)period->days,
		.value = values,
		.present = present,
		.complete = (const uint8_t *)(counts + COUNTS * layout->input_count),
	};
}

/* Values by declared column: those that the kind of period does not have are null. */
static void widen(
	struct arena *arena, const struct computed *computed, struct alm_computed_row *row)
{
	const struct stat_view *view = computed->view;
	size_t count = stat_count_columns(&view->of->stat);
	double *values = arena_alloc(arena, (count + 1) * sizeof(*values));
	uint8_t *complete = arena_alloc(arena, count + 1);

	for (size_t i = 0; i < count; i++) {
		values[i] = NAN;
	}
	for (size_t i = 0; i < view->column_count; i++) {
		values[view->columns[i]] = row->value[i];
		complete[view->columns[i]] = row->complete[i];
	}
	row->value = values;
	row->complete = complete;
}

static void tell_plugin(struct alm_request *request, struct computed *computed, void *arg)
{
	const struct receiver *receiver = arg;
	struct arena *arena = &request->http.arena;
	bool narrow =
		computed->view->column_count < stat_count_columns(&computed->view->of->stat);
	struct alm_computed_row *rows =
		arena_alloc(arena, (computed->count + 1) * sizeof(*rows));
	struct alm_computed *result = arena_alloc(arena, sizeof(*result));
	struct current_call call = route_call(request->route);

	for (size_t i = 0; i < computed->count; i++) {
		set_row(arena, computed, i, &rows[i]);
		if (narrow) {
			widen(arena, computed, &rows[i]);
		}
	}
	*result = (struct alm_computed){ .size = sizeof(*result),
		.stat = computed->view->of->declared,
		.station = computed->record->station,
		.params = computed->params,
		.count = computed->count,
		.rows = rows,
		.rules = rule_names,
		.first_day = computed->first_reported,
		.last_day = computed->last_reported };
	current_enter(&call);
	current_begin("the function given to compute()", 0);
	receiver->then(request, result, receiver->arg);
	current_leave(&call);
}

/* -- What the plugin asks for ------------------------------------------------ */

static int read_computation(struct alm_request *request, const struct alm_computation *from,
	struct alm_computation *to)
{
	const char *plugin = request->route->plugin->path;

	if (from == NULL ||
		from->size < offsetof(struct alm_computation, last_day) + sizeof(int32_t) ||
		from->size > COMPUTATION_MAX) {
		return answer_broken(request,
			"plugin %s: compute() needs a computation that begins with "
			"ALM_SIZED(alm_computation, ...)",
			plugin);
	}
	*to = (struct alm_computation){ .size = 0 };
	memcpy(to, from, from->size < sizeof(*to) ? from->size : sizeof(*to));
	if ((to->has & ~(uint32_t)(ALM_SINCE | ALM_UNTIL)) != 0 || to->station == NULL ||
		to->statistic == NULL) {
		return answer_broken(request,
			"plugin %s: compute() got unknown bits in `has`, or no statistic or "
			"station",
			plugin);
	}
	return 0;
}

static const struct stat_view *find_view(
	struct alm_request *request, const struct alm_computation *of)
{
	const struct registry *registry = router_registry(request->services->router);
	const struct plugin_stat *stat = registry_stat(registry, of->statistic);
	const struct stat_view *view = stat != NULL ? stat_view_find(stat, of->kind) : NULL;

	if (stat == NULL) {
		reply_problem(&request->http, &(struct problem){ .status = 503 },
			"the statistic '%s', which this is computed with, is of a plugin that the "
			"server has not loaded",
			of->statistic);
	} else if (view == NULL) {
		answer_broken(request,
			"plugin %s: the statistic '%s' has no periods of the kind 0x%x",
			request->route->plugin->path, of->statistic, (unsigned)of->kind);
	}
	return view;
}

/* -1: replied. */
static int set_param(struct alm_request *request, const struct plugin_stat *stat,
	const struct alm_header *given, struct alm_value *params)
{
	struct error err = { 0 };
	size_t i = 0;

	while (i < stat->param_count && strcmp(stat->stat.params[i].name, given->name) != 0) {
		i++;
	}
	if (i == stat->param_count) {
		return answer_broken(request,
			"plugin %s: the statistic '%s' has no parameter '%s'",
			request->route->plugin->path, stat->stat.name, given->name);
	}
	if (value_parse(&stat->stat.params[i],
		    arena_copy(&request->http.arena, given->value, strlen(given->value)),
		    &params[i], &err) == 0) {
		return 0;
	}
	reply_problem(&request->http,
		&(struct problem){ .status = 422, .param = given->name, .value = given->value },
		"%s: '%s' %s", given->name, given->value, err.text);
	return -1;
}

/* NULL: replied. */
static const struct alm_value *read_params(struct alm_request *request,
	const struct plugin_stat *stat, const struct alm_header *given)
{
	struct alm_value *params =
		arena_alloc(&request->http.arena, (stat->param_count + 1) * sizeof(*params));

	for (size_t i = 0; i < stat->param_count; i++) {
		params[i] = stat->defaults[i];
	}
	for (; given != NULL && given->name != NULL; given++) {
		if (given->value == NULL || set_param(request, stat, given, params) != 0) {
			return NULL;
		}
	}
	return params;
}

int compute_start(struct alm_request *request, const struct alm_computation *from,
	alm_computed_fn *then, void *arg)
{
	struct arena *arena = &request->http.arena;
	struct computed *computed = arena_alloc(arena, sizeof(*computed));
	struct receiver *receiver = arena_alloc(arena, sizeof(*receiver));
	struct alm_computation of = { .size = 0 };

	if (then == NULL) {
		return answer_broken(request,
			"plugin %s: compute() needs a function to call then, not NULL",
			request->route->plugin->path);
	}
	if (read_computation(request, from, &of) != 0) {
		return -1;
	}
	computed->view = find_view(request, &of);
	if (computed->view == NULL) {
		return -1;
	}
	computed->params = read_params(request, computed->view->of, of.params);
	if (computed->params == NULL) {
		return -1;
	}
	computed->station = arena_copy(arena, of.station, strlen(of.station));
	computed->first_day = (of.has & ALM_SINCE) != 0 ? of.first_day : INT32_MIN;
	computed->last_day = (of.has & ALM_UNTIL) != 0 ? of.last_day : INT32_MAX;
	computed->part = of.part;
	*receiver = (struct receiver){ then, arg };
	return computed_start(request, computed, tell_plugin, receiver);
}

/* What a plan must know before its first row is read: found a piece at a time, since there may
 * be a hundred thousand stations with millions of blocks. */
#include "query/plan_parts.h"
#include "route/services.h"
#include "route/station_filter.h"

/* Between two looks at the clock. */
enum { STATIONS_AT_ONCE = 1024, BLOCKS_AT_ONCE = 8 * 1024 };
enum { AT_ONCE_MAX = 1000 * 1000 /* ns of a piece */ };

void plan_forget(struct plan *plan)
{
	station_picking_finish(&plan->picking);
	scan_sums_finish(&plan->sums);
	plan->stage = PLAN_BEGUN;
}

static bool is_by_distance(const struct plan *plan)
{
	return plan->kind->of_stations && station_filter_has_point(plan->request->filter);
}

static void begin_sums(struct plan *plan)
{
	scan_sums_begin(
		&plan->sums, &plan->scan, plan->request->services->scan_cache, &plan->lists);
	plan->stage = PLAN_ADDING_UP;
}

/* The next stage, if what it rests on is there. */
static void begin(struct plan *plan)
{
	if (plan->request->filter == NULL) {
		begin_sums(plan);
		return;
	}
	station_picking_begin(
		&plan->picking, &plan->scan, plan->request->filter, is_by_distance(plan));
	plan->stage = PLAN_PICKING;
}

static void go_on(struct plan *plan)
{
	switch (plan->stage) {
	case PLAN_BEGUN:
		begin(plan);
		break;
	case PLAN_PICKING:
		if (station_picking_go_on(
			    &plan->picking, &plan->scan, STATIONS_AT_ONCE, &plan->lists)) {
			begin_sums(plan);
		}
		break;
	case PLAN_ADDING_UP:
		if (scan_sums_go_on(&plan->sums, &plan->scan, BLOCKS_AT_ONCE)) {
			plan->stage = PLAN_READY;
		}
		break;
	case PLAN_READY:
		break;
	}
}

enum plan_found plan_prepare(struct plan *plan)
{
	uint64_t begun = uv_hrtime();

	while (plan->stage != PLAN_READY) {
		go_on(plan);
		if (plan->stage != PLAN_READY && uv_hrtime() - begun >= AT_ONCE_MAX) {
			return PLAN_ASKED;
		}
	}
	return plan_find_rows(plan) == 0 ? PLAN_KNOWN : PLAN_REPLIED;
}

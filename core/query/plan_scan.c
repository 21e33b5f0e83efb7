/* Which stations, elements and days, or which calculator's rows, a plan is about. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "catalog/catalog.h"
#include "document/revalidate.h"
#include "query/plan_parts.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/nearest_station.h"
#include "route/route.h"
#include "route/services.h"
#include "route/value_words.h"

/* Each once. `compare`: codes of elements are the same in any letter case, ids of stations are
 * not. */
static const char *const *copy_texts(struct arena *arena, const char *const *texts,
	size_t *count, int (*compare)(const char *a, const char *b))
{
	const char **copy = arena_alloc(arena, (*count + 1) * sizeof(*copy));
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		size_t same = 0;

		while (same < kept && compare(copy[same], texts[i]) != 0) {
			same++;
		}
		if (same == kept) {
			copy[kept++] = arena_copy(arena, texts[i], strlen(texts[i]));
		}
	}
	*count = kept;
	return copy;
}

void plan_select(struct plan *plan, const struct alm_selection *from)
{
	struct selection *to = &plan->selection;
	struct arena *arena = &plan->request->http.arena;

	to->station_count = from->station_count;
	to->stations = copy_texts(arena, from->stations, &to->station_count, strcmp);
	to->element_count = from->element_count;
	to->elements = copy_texts(arena, from->elements, &to->element_count, strcasecmp);
	/* Days that no text can say are as good as no bound. */
	to->first_day =
		from->first_day <= date_day(DATE_YEAR_MIN, 1, 1) ? INT32_MIN : from->first_day;
	to->last_day =
		from->last_day >= date_day(DATE_YEAR_MAX, 12, 31) ? INT32_MAX : from->last_day;
	to->months = from->months;
}

static int compare_indexes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Those that were listed. -1: replied. */
static int list_stations(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	struct scan *scan = &plan->scan;
	uint32_t *stations =
		arena_alloc(&plan->lists, (selection->station_count + 1) * sizeof(*stations));

	for (size_t i = 0; i < selection->station_count; i++) {
		long found = catalog_find_station(scan->catalog, selection->stations[i]);

		if (found < 0) {
			nearest_reply(plan->request, scan->catalog, selection->stations[i]);
			return -1;
		}
		stations[i] = (uint32_t)found;
	}
	qsort(stations, selection->station_count, sizeof(*stations), compare_indexes);
	scan->stations = stations;
	scan->station_count = selection->station_count;
	return 0;
}

static int find_stations(struct plan *plan)
{
	struct scan *scan = &plan->scan;

	scan->station_count = scan->catalog->station_count;
	if (plan->kind->of_stations) {
		scan->calculator = WALK_STATIONS;
	}
	if (plan->selection.station_count > 0 && list_stations(plan) != 0) {
		return -1;
	}
	plan->request->narrowed = true;
	return 0;
}

/* Elements that nobody has stored are nobody's rows. */
static void find_elements(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	const struct catalog *catalog = plan->scan.catalog;
	bool *elements = arena_alloc(&plan->request->http.arena, catalog->element_count + 1);

	memset(elements, selection->element_count == 0, catalog->element_count);
	for (size_t i = 0; i < selection->element_count; i++) {
		long found = catalog_find_element(catalog, selection->elements[i]);

		if (found >= 0) {
			elements[found] = true;
		}
	}
	plan->scan.elements = elements;
}

/* The client names the statistic. */
static void reply_no_calculator(struct alm_request *request, void *arg)
{
	const struct plan *plan = arg;
	const struct catalog *catalog = request->catalog;
	const char **names = arena_alloc(
		&request->http.arena, (catalog->calculator_count + 1) * sizeof(*names));
	struct problem problem = { .status = 404, .value = plan->calculator, .allowed = names };

	for (size_t i = 0; i < catalog->calculator_count; i++) {
		names[i] = catalog->calculators[i].name;
	}
	reply_problem(&request->http, &problem, "there are no statistics '%s'; %s %s",
		plan->calculator, catalog->calculator_count == 1 ? "there is" : "there are",
		catalog->calculator_count > 0 ? words_list(&request->http.arena, names)
					      : "none yet");
}

static bool has_blocks(const struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->station_count; i++) {
		if (catalog->stations[i]->block_count > 0) {
			return true;
		}
	}
	return false;
}

static void reply_not_computed(struct alm_request *request, void *arg)
{
	const struct plan *plan = arg;

	reply_problem(&request->http, &(struct problem){ .status = 503 },
		"the statistics %s are not computed yet; the next ingestion with their plugin does "
		"that",
		plan->calculator);
}

static void reply_not_stored(struct alm_request *request, void *arg)
{
	const struct plan *plan = arg;

	reply_problem(&request->http, &(struct problem){ .status = 503 },
		"statistics '%s' are not stored; take data in with the plugin that computes them",
		plan->calculator);
}

/* Without data there is nothing to compute. */
static bool is_computed(const struct catalog *catalog, long calculator)
{
	return catalog->calculators[calculator].table != NULL || !has_blocks(catalog);
}

/* Another process may have stored or computed it since the catalog was read. */
static int refuse(struct plan *plan, revalidate_refuse_fn *reply)
{
	revalidate(plan->request, reply, plan);
	return -1;
}

static int find_calculator(struct plan *plan)
{
	const struct catalog *catalog = plan->scan.catalog;

	plan->scan.calculator = catalog_find_calculator(catalog, plan->calculator);
	if (plan->scan.calculator >= 0) {
		return is_computed(catalog, plan->scan.calculator)
			       ? 0
			       : refuse(plan, reply_not_computed);
	}
	if (member_is_per_column(plan->request)) {
		return refuse(plan, reply_no_calculator);
	}
	if (catalog->calculator_count > 0) {
		return refuse(plan, reply_not_stored);
	}
	/* Nothing was ever ingested: the walk has no station. */
	plan->scan.calculator = WALK_DAYS;
	plan->scan.station_count = 0;
	plan->scan.stations = arena_alloc(&plan->request->http.arena, sizeof(uint32_t));
	return 0;
}

int plan_make_walk(struct plan *plan)
{
	plan->scan = (struct scan){ .catalog = plan->request->catalog,
		.first_day = plan->selection.first_day,
		.last_day = plan->selection.last_day,
		.months = plan->selection.months,
		.calculator = WALK_DAYS };
	if (find_stations(plan) != 0) {
		return -1;
	}
	find_elements(plan);
	return plan->calculator != NULL ? find_calculator(plan) : 0;
}

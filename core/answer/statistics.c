/* ALM_STATISTICS: rows of a calculator's table. */
#include <stddef.h>
#include <string.h>

#include "answer/host.h"
#include "answer/statistics_computed.h"
#include "base/log.h"
#include "document/stat_choice.h"
#include "document/stat_member.h"
#include "fetch/stat_layout.h"
#include "fetch/value_cache.h"
#include "query/plan.h"
#include "reply/problem.h"
#include "route/params.h"
#include "route/route.h"
#include "route/services.h"
#include "stat/rule.h"
#include "stat/stat.h"

enum {
	KEYS = 3,       /* columns of a row: station, year, month or season */
	WHOLE_SHARE = 4 /* a part of this share of its station's rows makes it read them all */
};

struct statistics {
	struct plan plan; /* first: one is cast to the other */
	const struct catalog_calculator *calculator;
	const struct stat_layout *layout;
	const struct member *members;
	const struct stat_member *places;      /* in rows of that layout: */
	const struct stat_layout *places_from; /* the answer's */
	size_t member_count;
	uint8_t rules; /* that values must satisfy, by bit */
	double min_coverage;
	bool *judged; /* by input: whether it is about it */
	struct stat_fetch fetch;
	int written; /* rows of the part that is being written */
};

/* -- Reading ------------------------------------------------------------ */

static void on_rows(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct statistics *statistics =
		(struct statistics *)((char *)fetch - offsetof(struct statistics, fetch.fetch));

	plan_fetched(&statistics->plan, fetch, outcome, result);
}

static void set_calculator(struct statistics *statistics)
{
	struct plan *plan = &statistics->plan;

	statistics->calculator = &plan->scan.catalog->calculators[plan->scan.calculator];
	statistics->layout = stat_layout_get(
		fetcher_statements(plan->request->services->fetcher), statistics->calculator);
}

/* All rows of the part's station, if they are in memory. */
static const void *recall(const struct statistics *statistics, const struct scan_part *part)
{
	const struct plan *plan = &statistics->plan;
	size_t length;
	const void *rows = value_cache_read(plan->request->services->cache, part->station,
		value_cache_rows_key((size_t)plan->scan.calculator), plan->chunk.arena,
		&length);

	return rows != NULL && length == part->station->period_counts[plan->scan.calculator] *
						 statistics->layout->size
		       ? rows
		       : NULL;
}

/* Which rows are read for a part: those it needs, or all of its station, to be kept. */
static void set_run(
	const struct statistics *statistics, const struct scan_part *part, struct stat_run *run)
{
	size_t all = part->station->period_counts[statistics->plan.scan.calculator];

	run->first = part->first_period;
	run->count = (size_t)part->rows;
	if (run->count * WHOLE_SHARE >= all &&
		value_cache_keeps(statistics->plan.request->services->cache)) {
		run->first = 0;
		run->count = all;
	}
}

static bool recall_all(struct statistics *statistics)
{
	const struct plan *plan = &statistics->plan;

	for (size_t i = 0; i < plan->chunk.part_count; i++) {
		struct stat_run *run = &statistics->fetch.runs[i];

		run->rows = (char *)(uintptr_t)recall(statistics, &plan->chunk.parts[i]);
		if (run->rows == NULL) {
			return false;
		}
		run->first = 0;
		run->count = plan->chunk.parts[i].station->period_counts[plan->scan.calculator];
		run->found = run->count;
	}
	return true;
}

static enum plan_found find(struct plan *plan)
{
	struct statistics *statistics = (struct statistics *)plan;

	set_calculator(statistics);
	statistics->fetch = (struct stat_fetch){ .fetch.done = on_rows,
		.layout = statistics->layout,
		.parts = plan->chunk.parts,
		.part_count = plan->chunk.part_count,
		.calculator = plan->scan.calculator,
		.runs = arena_alloc(plan->chunk.arena,
			plan->chunk.part_count * sizeof(*statistics->fetch.runs)) };
	if (plan->tries == 0 && recall_all(statistics)) {
		return PLAN_KNOWN;
	}
	for (size_t i = 0; i < plan->chunk.part_count; i++) {
		struct stat_run *run = &statistics->fetch.runs[i];

		set_run(statistics, &plan->chunk.parts[i], run);
		run->found = 0;
		run->rows =
			arena_alloc(plan->chunk.arena, run->count * statistics->layout->size);
	}
	fetch_statistics(plan->request->services->fetcher, &statistics->fetch);
	return PLAN_ASKED;
}

static bool agrees(const struct plan *plan)
{
	const struct statistics *statistics = (const struct statistics *)plan;

	for (size_t i = 0; i < plan->chunk.part_count; i++) {
		if (statistics->fetch.runs[i].found != statistics->fetch.runs[i].count) {
			return false;
		}
	}
	return statistics->fetch.strays == 0;
}

static void keep(struct plan *plan)
{
	struct statistics *statistics = (struct statistics *)plan;

	for (size_t i = 0; agrees(plan) && i < plan->chunk.part_count; i++) {
		const struct stat_run *run = &statistics->fetch.runs[i];
		const struct catalog_station *station = plan->chunk.parts[i].station;
		struct value_cache_piece piece = { run->rows,
			run->count * statistics->layout->size };

		if (run->count == station->period_counts[plan->scan.calculator]) {
			value_cache_write(plan->request->services->cache, station,
				value_cache_rows_key((size_t)plan->scan.calculator), &piece, 1);
		}
	}
}

/* -- Writing ------------------------------------------------------------ */

/* Whether the route says the same unit as the columns of the stored rows. Those of another
 * version of the calculator's plugin than the route was made for may have another one. */
static bool has_unit(const struct statistics *statistics, const struct stat_member *place,
	const struct column *column)
{
	return place->kind != STAT_VALUE || column->unit == NULL ||
	       strcmp(column->unit, statistics->calculator->columns[place->index].unit) == 0;
}

/* Integers are numbers and the other way round, but no dates. */
static bool set_type(struct stat_member *place, const struct column *column)
{
	if (place->kind != STAT_VALUE) {
		return true;
	}
	if ((place->type == ALM_DATE) != (column->type == ALM_DATE)) {
		return false;
	}
	place->type = (uint32_t)column->type;
	return place->type == ALM_NUMBER || place->type == ALM_INTEGER ||
	       place->type == ALM_DATE;
}

static int reply_unit(const struct statistics *statistics, const struct stat_member *place,
	const struct column *column)
{
	struct alm_request *request = statistics->plan.request;
	const struct catalog_column *stored = &statistics->calculator->columns[place->index];

	log_write(LOG_ERROR,
		"%s: the field %s is in %s, but the rows of statistic %s have it in %s: they were "
		"computed by another version of its plugin than the route belongs to; use plugins "
		"of one version, migrate, and ingest",
		request->route->declared->path, column->name, column->unit,
		statistics->calculator->name, stored->unit);
	reply_problem(&request->http, &(struct problem){ .status = 503 },
		"%s is stored in %s at the moment, and this address tells it in %s: the statistics "
		"%s and the server are of different versions",
		column->name, stored->unit, column->unit, statistics->calculator->name);
	return -1;
}

/* The declared fields, each by its name among the calculator's members. */
static int find_declared(struct statistics *statistics)
{
	struct alm_request *request = statistics->plan.request;
	size_t count = request->route->field_count;
	const struct member *members = member_declared(request);
	struct stat_member *places =
		arena_alloc(&request->http.arena, (count + 1) * sizeof(*places));

	for (size_t i = 0; i < count; i++) {
		if (!stat_member_find(
			    statistics->calculator, members[i].column.name, &places[i])) {
			return answer_broken(request,
				"field %s is no column of the table of statistic %s",
				members[i].column.name, statistics->calculator->name);
		}
		if (!set_type(&places[i], &members[i].column)) {
			return answer_broken(request,
				"field %s and column %s of the table of statistic %s: one is a date",
				members[i].column.name, members[i].column.name,
				statistics->calculator->name);
		}
		if (!has_unit(statistics, &places[i], &members[i].column)) {
			return reply_unit(statistics, &places[i], &members[i].column);
		}
	}
	statistics->members = members;
	statistics->places = places;
	statistics->member_count = count;
	return 0;
}

static struct answer *begin(struct plan *plan)
{
	struct statistics *statistics = (struct statistics *)plan;
	struct alm_request *request = plan->request;
	struct answer *answer;

	if (plan->scan.calculator == SCAN_DAYS) {
		/* Nothing was ever ingested. */
		return answer_begin(request, member_declared(request),
			member_is_per_column(request) ? 0 : request->route->field_count);
	}
	set_calculator(statistics);
	if (member_is_per_column(request)) {
		statistics->member_count = stat_member_list(statistics->calculator,
			&request->http.arena, &statistics->members, &statistics->places);
	} else if (find_declared(statistics) != 0) {
		return NULL;
	}
	statistics->places_from = statistics->layout;
	answer = answer_begin(request, statistics->members, statistics->member_count);
	if (answer != NULL) {
		statistics->judged = stat_member_judged(statistics->calculator,
			&request->http.arena, statistics->places, answer->projection.members,
			answer->projection.count);
	}
	return answer;
}

static void write_row(
	struct statistics *statistics, const struct scan_part *part, const void *row)
{
	struct answer *answer = statistics->plan.answer;
	const struct projection *projection = &answer->projection;

	if (statistics->min_coverage > 0 &&
		stat_row_coverage(statistics->layout, row, statistics->judged) <
			statistics->min_coverage) {
		answer_skip_row(answer);
		return;
	}
	for (size_t i = 0; i < projection->count; i++) {
		stat_member_read(statistics->layout,
			&statistics->places[projection->members[i]], row, part->station->id,
			statistics->rules, &answer->cells[i]);
	}
	answer_row(answer, answer->cells);
}

/* A station may have thousands of periods. */
static enum plan_written write_part(struct plan *plan, size_t at)
{
	struct statistics *statistics = (struct statistics *)plan;
	const struct scan_part *part = &plan->chunk.parts[at];
	const struct stat_run *run = &statistics->fetch.runs[at];
	const char *row =
		run->rows + (part->first_period - run->first) * statistics->layout->size;

	if (statistics->layout != statistics->places_from) {
		answer_give_up(plan->request,
			&(struct problem){ .status = 503, .retry_after = 1 },
			"the data have changed");
		return -1;
	}
	if (run->found != run->count || statistics->fetch.strays > 0) {
		answer_broken(plan->request,
			"rows of %s have changed, but not the dataset version: has something "
			"else than almanac ingest written to it?",
			statistics->calculator->table);
		return PLAN_BROKEN;
	}
	row += (size_t)statistics->written * statistics->layout->size;
	while (statistics->written < part->rows) {
		write_row(statistics, part, row);
		row += statistics->layout->size;
		if (++statistics->written < part->rows && answer_is_due(plan->answer)) {
			return PLAN_PAUSED;
		}
	}
	statistics->written = 0;
	return PLAN_WRITTEN;
}

/* -- Beginning ---------------------------------------------------------- */

static size_t count_columns(const struct plan *plan)
{
	const struct catalog *catalog = plan->scan.catalog;
	const struct values *fields = request_values(plan->request, HOST_FIELDS);
	const struct catalog_calculator *calculator;

	if (!member_is_per_column(plan->request) || plan->scan.calculator < 0) {
		return plan->request->route->field_count;
	}
	calculator = &catalog->calculators[plan->scan.calculator];
	return fields->count == 0 ? KEYS + calculator->column_count
				  : KEYS + (1 + stat_rule_count) * calculator->column_count +
					    STAT_COUNTS * calculator->input_count;
}

static const struct plan_kind kind = { .fetch = find,
	.agrees = agrees,
	.keep = keep,
	.begin = begin,
	.write = write_part,
	.columns = count_columns,
	.part_weight = 32 };

/* "none" is no rule. */
static uint8_t rules_of(const struct alm_request *request)
{
	const struct values *rule = request_values(request, HOST_RULE);

	return rule->count > 0 ? stat_rule_set(rule->texts[0]) : 0;
}

int statistics_send(struct alm_request *request, const struct alm_selection *from)
{
	struct statistics *statistics = arena_alloc(&request->http.arena, sizeof(*statistics));
	const struct values *coverage = request_values(request, HOST_MIN_COVERAGE);
	struct alm_selection selection;

	if (answer_read_selection(request, "ALM_STATISTICS", from, &selection) != 0 ||
		answer_claim(request, "ALM_STATISTICS", ALM_STATISTICS) != 0) {
		return -1;
	}
	if (selection.statistic == NULL) {
		return answer_broken(request,
			"plugin %s: the selection for ALM_STATISTICS names no statistic",
			request->route->plugin->path);
	}
	if ((request->route->declared->flags & ALM_COMPUTED) != 0) {
		struct stat_choice choice = stat_choice_read(request);

		selection.period = choice.kind;
		if (!choice.stored) {
			return statistics_compute(request, &selection, &choice,
				rules_of(request),
				coverage->count > 0 ? coverage->list[0].number : 0);
		}
	}
	statistics->plan.request = request;
	statistics->plan.kind = &kind;
	statistics->plan.calculator = arena_copy(
		&request->http.arena, selection.statistic, strlen(selection.statistic));
	statistics->plan.period = selection.period;
	statistics->rules = rules_of(request);
	statistics->min_coverage = coverage->count > 0 ? coverage->list[0].number : 0;
	statistics->plan.filtered = statistics->min_coverage > 0;
	return plan_start(&statistics->plan, &selection);
}

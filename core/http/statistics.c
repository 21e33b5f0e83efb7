/* send_statistics(): rows of a calculator's table. */
#include <stddef.h>
#include <string.h>

#include "http/loop.h"
#include "http/plan.h"
#include "http/router.h"
#include "http/stat_statement.h"

struct statistics {
	struct plan plan; /* first: one is cast to the other */
	const struct stat_statement *statement;
	struct stat_fetch fetch;
};

static void on_rows(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct statistics *statistics =
		(struct statistics *)((char *)fetch - offsetof(struct statistics, fetch.fetch));

	plan_fetched(&statistics->plan, outcome, result, fetch->version);
}

static void lay_out_rows(struct plan *plan, struct stat_fetch *fetch)
{
	struct arena *arena = &plan->request->arena;
	size_t count = 0;

	fetch->rows = arena_alloc(arena, (size_t)plan->count * sizeof(*fetch->rows));
	fetch->part_starts = arena_alloc(arena, plan->part_count * sizeof(*fetch->part_starts));
	for (size_t i = 0; i < plan->part_count; i++) {
		fetch->part_starts[i] = count;
		for (int row = 0; row < plan->parts[i].rows; row++) {
			fetch->rows[count++] = -1;
		}
	}
}

static int ask(struct plan *plan)
{
	struct statistics *statistics = (struct statistics *)plan;

	statistics->statement = stat_statement_get(
		plan->request, &plan->walk.catalog->calculators[plan->walk.calculator]);
	if (statistics->statement == NULL) {
		return -1;
	}
	statistics->fetch = (struct stat_fetch){ .fetch.done = on_rows,
		.statement = &statistics->statement->kept.statement,
		.parts = plan->parts,
		.part_count = plan->part_count,
		.calculator = plan->walk.calculator };
	lay_out_rows(plan, &statistics->fetch);
	fetch_statistics(plan->request->loop->fetcher, &statistics->fetch);
	return 0;
}

static bool is_complete(const struct statistics *statistics)
{
	for (int64_t i = 0; i < statistics->plan.count; i++) {
		if (statistics->fetch.rows[i] < 0) {
			return false;
		}
	}
	return statistics->fetch.strays == 0;
}

static bool agrees(struct plan *plan, const PGresult *result)
{
	(void)result;
	return is_complete((struct statistics *)plan);
}

static void write_rows(struct plan *plan, const PGresult *result)
{
	struct statistics *statistics = (struct statistics *)plan;
	struct answer *answer;
	const int *row = statistics->fetch.rows;

	if (!is_complete(statistics)) {
		answer_broken(plan->request,
			"rows of stat_%s have changed, but not the dataset version: has something "
			"else than almanac ingest written to it?",
			plan->calculator);
		return;
	}
	answer = answer_begin(plan->request, answer_columns(plan->request),
		plan->request->route->field_count);
	answer_expect(answer, plan->count);
	for (size_t i = 0; i < plan->part_count; i++) {
		const struct walk_part *part = &plan->parts[i];
		const int32_t *keys =
			part->station->periods[plan->walk.calculator] + part->first_period;

		for (int n = 0; n < part->rows; n++) {
			stat_statement_read(statistics->statement, result, *row++,
				part->station, keys[n], answer->cells);
			answer_row(answer, answer->cells);
		}
	}
	plan_send(plan, answer);
}

static const struct plan_kind kind = { .fetch = ask, .agrees = agrees, .write = write_rows };

int statistics_send(struct alm_request *request, const char *calculator,
	const struct alm_selection *selection)
{
	struct statistics *statistics = arena_alloc(&request->arena, sizeof(*statistics));

	statistics->plan.request = request;
	statistics->plan.kind = &kind;
	statistics->plan.calculator =
		arena_copy(&request->arena, calculator, strlen(calculator));
	return plan_start(&statistics->plan, selection);
}

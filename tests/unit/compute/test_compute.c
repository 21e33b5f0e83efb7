/* Calculators over records: which periods get a row, and what is in it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "catalog/block.h"
#include "compute/compute.h"
#include "compute/record.h"
#include "plugin/registry.h"
#include "stat/rule.h"
#include "unit.h"

enum { ROWS_MAX = 40 };

enum { COLUMNS = 4, INPUTS = 2 };

static struct {
	struct row {
		struct period period;
		double value[COLUMNS];
		struct coverage coverage[INPUTS];
		bool wmo[COLUMNS], ncei[COLUMNS];
	} rows[ROWS_MAX];
	size_t count;
	int released;
} got;

static bool has(uint8_t verdicts, const char *rule)
{
	return (verdicts >> stat_rule_find(rule, strlen(rule)) & 1) != 0;
}

static void keep(const struct compute_row *row, void *arg)
{
	struct row *to = &got.rows[got.count++];

	(void)arg;
	assert_true(got.count <= ROWS_MAX);
	assert_int_equal(row->column_count, COLUMNS);
	assert_int_equal(row->input_count, INPUTS);
	to->period = row->period;
	memcpy(to->value, row->value, sizeof(to->value));
	memcpy(to->coverage, row->coverage, sizeof(to->coverage));
	for (size_t i = 0; i < COLUMNS; i++) {
		to->wmo[i] = has(row->verdicts[i], "wmo");
		to->ncei[i] = has(row->verdicts[i], "ncei");
	}
}

/* Columns: sum of A; first index of the period; what prepare() left. */
static void remember(const struct alm_task *task)
{
	const struct alm_record *record = task->record;

	assert_int_equal(task->size, sizeof(*task));
	assert_int_equal(record->size, sizeof(*record));
	assert_string_equal(record->series[1].element->code, task->stat->inputs[1].code);
	assert_string_equal(record->series[1].element->unit, "mm");
	assert_int_equal(record->series[1].element->decimals, 1);
	*(int64_t *)task->state = (int64_t)record->days;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_record *record = task->record;
	uint32_t first = period->first, days = period->days;
	double sum = 0;

	assert_ptr_equal(task->stat->data, &got);
	for (size_t i = first; i < first + days; i++) {
		sum += alm_is_value(record->series[0].value[i]) ? record->series[0].value[i]
								: 0;
	}
	result[0] = sum;
	result[1] = (double)first;
	result[2] = (double)*(const int64_t *)task->state;
	result[3] = sum > 0 ? INFINITY : NAN;
}

static void forget(const struct alm_task *task)
{
	assert_true(*(int64_t *)task->state > 0);
	assert_ptr_equal(task->stat->data, &got);
	got.released++;
}

static const struct alm_input inputs[] = {
	{ .code = "A", .unit = "degC" },
	{ .code = "B", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_column columns[] = {
	{ .name = "sum", .method = ALM_SUM, .inputs = "A" },
	{ .name = "first", .method = ALM_MEAN, .inputs = "B" },
	{ .name = "state", .method = ALM_MEAN, .inputs = NULL },
	{ .name = "odd", .method = ALM_MEAN, .inputs = "A" },
	{ 0 },
};

static const struct plugin plugin = { .table = { .name = "test", .version = "1" } };

static void run(uint32_t kind, const struct record *record)
{
	const struct alm_stat declared = { .name = "test",
		.periods = kind,
		.inputs = inputs,
		.columns = columns,
		.state_size = sizeof(int64_t),
		.data = &got,
		.prepare = remember,
		.compute = compute,
		.release = forget };
	struct plugin_stat stat = {
		.plugin = &plugin, .stat = declared, .declared = &declared
	};

	stat_views_make(&stat);
	got.count = 0;
	got.released = 0;
	compute_run(&stat.views[0], &record->view, keep, NULL);
	assert_int_equal(got.released, 1);
	stat_views_free(&stat);
}

/* One year of values, the same every day. */
static void fill(struct record *record, size_t input, int year, int32_t value)
{
	int32_t values[BLOCK_DAYS_MAX];

	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = value;
	}
	record_add(record, input, year, values, NULL);
}

static const struct alm_station station = { .id = "X" };

static void years_without_a_report_have_no_row(void **state)
{
	struct record record = { 0 };

	(void)state;
	record_init(&record, inputs);
	record_start(&record, &station, 1999, 2002);
	fill(&record, 0, 1999, 2);
	fill(&record, 1, 2001, BLOCK_MISSING); /* reported, if only as missing */
	fill(&record, 0, 2002, BLOCK_NOT_REPORTED);
	run(ALM_YEAR, &record);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.rows[0].period.year, 1999);
	assert_true(got.rows[0].value[0] == 730);
	assert_true(got.rows[0].value[1] == 0);
	assert_true(got.rows[0].value[2] == 365 + 366 + 365 + 365);
	assert_true(isnan(got.rows[0].value[3])); /* infinite is no answer either */
	assert_int_equal(got.rows[1].period.year, 2001);
	assert_true(got.rows[1].value[0] == 0);
	assert_true(got.rows[1].value[1] == 365 + 366);
	assert_true(isnan(got.rows[1].value[3]));
	assert_int_equal(got.rows[1].coverage[0].missing, 365);
	record_finish(&record);
}

static void verdicts_follow_the_inputs(void **state)
{
	struct record record = { 0 };

	(void)state;
	record_init(&record, inputs);
	record_start(&record, &station, 2001, 2001);
	fill(&record, 0, 2001, 1);
	run(ALM_YEAR, &record);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.rows[0].coverage[0].present, 365);
	assert_int_equal(got.rows[0].coverage[1].present, 0);
	assert_true(got.rows[0].wmo[0] && got.rows[0].ncei[0]);  /* rests on A */
	assert_false(got.rows[0].wmo[1] || got.rows[0].ncei[1]); /* on B */
	assert_false(got.rows[0].wmo[2] || got.rows[0].ncei[2]); /* on both */
	record_finish(&record);
}

/* The winter of a year begins in the December before. */
static void seasons_at_the_ends_of_a_record(void **state)
{
	static const struct {
		int year, season, days, present;
	} wanted[] = {
		{ 2000, 1, 91, 60 }, /* without December 1999 */
		{ 2000, 2, 92, 92 }, { 2000, 3, 92, 92 }, { 2000, 4, 91, 91 },
		{ 2001, 1, 90, 31 }, /* December 2000 only */
	};
	struct record record = { 0 };

	(void)state;
	record_init(&record, inputs);
	record_start(&record, &station, 2000, 2000);
	fill(&record, 0, 2000, 1);
	run(ALM_SEASON, &record);
	assert_int_equal(got.count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct row *row = &got.rows[i];

		assert_int_equal(row->period.year, wanted[i].year);
		assert_int_equal(row->period.part, wanted[i].season);
		assert_int_equal(row->period.days, wanted[i].days);
		assert_int_equal(row->coverage[0].present, wanted[i].present);
		assert_int_equal(row->coverage[0].missing, wanted[i].days - wanted[i].present);
		assert_true(row->value[0] == wanted[i].present);
	}
	assert_int_equal(got.rows[0].coverage[0].longest_gap, 31);
	assert_int_equal(got.rows[4].coverage[0].longest_gap, 59);
	assert_false(got.rows[0].wmo[0]);
	assert_true(got.rows[1].wmo[0]);
	record_finish(&record);
}

static void months(void **state)
{
	struct record record = { 0 };

	(void)state;
	record_init(&record, inputs);
	record_start(&record, &station, 2012, 2012);
	fill(&record, 0, 2012, 1);
	run(ALM_MONTH, &record);
	assert_int_equal(got.count, 12);
	assert_int_equal(got.rows[1].period.part, 2);
	assert_true(got.rows[1].value[0] == 29);
	assert_true(got.rows[11].value[1] == 366 - 31);
	record_finish(&record);
}

static void flagged_values_are_missing(void **state)
{
	int32_t values[BLOCK_DAYS_MAX];
	char quality[BLOCK_DAYS_MAX];
	struct record record = { 0 };

	(void)state;
	memset(quality, ' ', sizeof(quality));
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = i;
	}
	values[3] = BLOCK_MISSING;
	values[4] = BLOCK_NOT_REPORTED;
	quality[5] = 'D';
	record_init(&record, inputs);
	record_start(&record, &station, 2001, 2001);
	record_add(&record, 0, 2001, values, quality);
	assert_int_equal(record.view.days, 365);
	assert_int_equal(record.view.first_day, date_day(2001, 1, 1));
	assert_int_equal(record.view.series[0].value[2], 2);
	assert_int_equal(record.view.series[0].value[3], ALM_MISSING);
	assert_int_equal(record.view.series[0].value[4], ALM_NOT_REPORTED);
	assert_int_equal(record.view.series[0].value[5], ALM_MISSING);
	assert_int_equal(record.view.series[0].value[364], 364);
	assert_int_equal(record.view.series[1].value[3], ALM_NOT_REPORTED);
	record_finish(&record);
}

/* -- Several kinds, parameters, a base period --------------------------- */

/* Columns: threshold; base's sum; days; days of years only; 7.6. */
enum { SEVERAL = 5 };

static int64_t asked_days;

static void make_base(const struct alm_task *task, void *base)
{
	const struct alm_record *record = task->record;

	assert_null(task->base);
	asked_days = (int64_t)record->days;
	for (uint32_t i = 0; i < record->days; i++) {
		*(int64_t *)base += record->series[0].value[i];
	}
}

static void compute_several(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	result[0] = (double)task->params[1].integer;
	result[1] = (double)*(const int64_t *)task->base;
	result[2] = period->days;
	result[3] = period->days;
	result[4] = 7.6;
}

static const struct alm_param several_params[] = {
	{ .name = "base", .type = ALM_YEARS, .help = "b", .default_value = "2001-2002" },
	{ .name = "threshold", .type = ALM_INTEGER, .help = "t", .default_value = "25" },
	{ .name = NULL },
};

static const struct alm_column several_columns[] = {
	{ .name = "threshold", .method = ALM_MEAN },
	{ .name = "base", .method = ALM_SUM, .periods = ALM_MONTH | ALM_CALENDAR_MONTH },
	{ .name = "days", .method = ALM_COUNT, .inputs = "A" },
	{ .name = "yearly", .method = ALM_COUNT, .periods = ALM_YEAR },
	{ .name = "round", .type = ALM_INTEGER, .method = ALM_COUNT },
	{ .name = NULL },
};

static const struct alm_stat several = { .name = "several",
	.periods = ALM_YEAR | ALM_MONTH,
	.on_request = ALM_CALENDAR_MONTH | ALM_CALENDAR_DAY | ALM_DAY,
	.inputs = inputs,
	.columns = several_columns,
	.params = several_params,
	.lead_days = 2,
	.base = make_base,
	.base_size = sizeof(int64_t),
	.compute = compute_several };

static void a_view_for_each_kind(void **state)
{
	struct plugin_stat stat = { .plugin = &plugin, .stat = several, .declared = &several };

	(void)state;
	stat_views_make(&stat);
	assert_int_equal(stat.view_count, 5);
	assert_int_equal(stat.stored_count, 2);
	assert_string_equal(stat.views[0].name, "several_month");
	assert_string_equal(stat.views[1].stat.name, "several_year");
	assert_int_equal(stat.views[1].stat.periods, ALM_YEAR);
	assert_int_equal(stat.views[0].column_count, 4); /* without "yearly" */
	assert_string_equal(stat.views[0].stat.columns[3].name, "round");
	assert_int_equal(stat.views[1].column_count, 4); /* without "base" */
	assert_int_equal(stat.views[1].columns[1], 2);
	assert_int_equal(stat.defaults[0].first_year, 2001);
	assert_int_equal(stat.defaults[0].last_year, 2002);
	assert_int_equal(stat.defaults[1].integer, 25);
	assert_ptr_equal(stat_view_find(&stat, ALM_DAY), &stat.views[2]);
	assert_null(stat_view_find(&stat, ALM_SEASON));
	stat_views_free(&stat);
}

static struct {
	size_t count;
	struct compute_row rows[400];
	double values[400][SEVERAL];
	struct coverage coverage[400];
} seen;

static void see(const struct compute_row *row, void *arg)
{
	(void)arg;
	seen.rows[seen.count] = *row;
	memcpy(seen.values[seen.count], row->value, row->column_count * sizeof(double));
	seen.coverage[seen.count++] = row->coverage[0];
}

static bool is_april(const struct period *period, void *arg)
{
	(void)arg;
	return period->part == 4;
}

static void kinds_params_and_base(void **state)
{
	struct plugin_stat stat = { .plugin = &plugin, .stat = several, .declared = &several };
	struct alm_value params[2] = { { .first_year = 2001, .last_year = 2001 },
		{ .integer = 3 } };
	struct record record = { 0 };
	struct compute *compute;
	int64_t base = 5;

	(void)state;
	stat_views_make(&stat);
	record_init(&record, inputs);
	record_start(&record, &station, 2000, 2003);
	fill(&record, 0, 2000, 1);
	fill(&record, 0, 2001, 10);
	fill(&record, 0, 2002, 100);
	fill(&record, 0, 2003, 1000);
	compute_base(&stat, &record.view, stat.defaults, &base);
	assert_int_equal(base, 2 + 3650 + 36500); /* with two days before it */
	assert_int_equal(asked_days, 2 + 730);
	compute_base(&stat, &record.view, params, &base);
	assert_int_equal(base, 2 + 3650);
	compute = compute_begin(&stat, &record.view, params, &base);
	compute_rows(compute, &stat.views[0], is_april, see, NULL);
	assert_int_equal(seen.count, 4);
	assert_int_equal(seen.rows[3].period.year, 2003);
	assert_true(seen.values[3][0] == 3 && seen.values[3][1] == 3652);
	assert_true(seen.values[3][2] == 30 && seen.values[3][3] == 8);
	seen.count = 0;
	compute_rows(compute, &stat.views[1], NULL, see, NULL);
	assert_int_equal(seen.count, 4);
	assert_true(seen.values[0][1] == 366 && seen.values[0][2] == 366);
	seen.count = 0;
	compute_rows(compute, stat_view_find(&stat, ALM_CALENDAR_MONTH), NULL, see, NULL);
	assert_int_equal(seen.count, 12);
	assert_int_equal(seen.rows[1].period.part, 2);
	assert_int_equal(seen.rows[1].period.days, 29 + 28 + 28 + 28);
	assert_int_equal(seen.coverage[1].present, 113);
	assert_true(seen.values[1][2] == 1461); /* all of the record is the period's */
	seen.count = 0;
	compute_rows(compute, stat_view_find(&stat, ALM_CALENDAR_DAY), NULL, see, NULL);
	assert_int_equal(seen.count, 366);
	assert_int_equal(seen.coverage[59].present, 1); /* 29 February */
	assert_int_equal(seen.coverage[60].present, 4);
	compute_end(compute);
	record_finish(&record);
	stat_views_free(&stat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_for_each_kind),
		cmocka_unit_test(kinds_params_and_base),
		cmocka_unit_test(years_without_a_report_have_no_row),
		cmocka_unit_test(verdicts_follow_the_inputs),
		cmocka_unit_test(seasons_at_the_ends_of_a_record),
		cmocka_unit_test(months),
		cmocka_unit_test(flagged_values_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

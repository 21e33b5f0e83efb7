/* Calculators over records: which periods get a row, and what is in it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "catalog/block.h"
#include "compute/compute.h"
#include "compute/record.h"
#include "unit.h"

enum { ROWS_MAX = 40 };

static struct {
	struct compute_row rows[ROWS_MAX];
	size_t count;
} got;

static void keep(const struct compute_row *row, void *arg)
{
	(void)arg;
	assert_true(got.count < ROWS_MAX);
	got.rows[got.count++] = *row;
}

/* Columns: sum of A; first index of the period; what prepare() left. */
static void remember(void *state, const struct alm_record *record)
{
	*(int64_t *)state = (int64_t)record->days;
}

static void compute(const void *state, const struct alm_record *record, size_t first,
	size_t days, double *result)
{
	double sum = 0;

	for (size_t i = first; i < first + days; i++) {
		sum += record->value[0][i] != ALM_MISSING ? record->value[0][i] : 0;
	}
	result[0] = sum;
	result[1] = (double)first;
	result[2] = (double)*(const int64_t *)state;
	result[3] = sum > 0 ? INFINITY : NAN;
}

static const char *const inputs[] = { "A", "B", NULL };

static const struct alm_column columns[] = {
	{ .name = "sum", .method = ALM_SUM, .rests_on = 1 },
	{ .name = "first", .method = ALM_MEAN, .rests_on = 2 },
	{ .name = "state", .method = ALM_MEAN, .rests_on = 3 },
	{ .name = "odd", .method = ALM_MEAN, .rests_on = 1 },
	{ 0 },
};

static const struct plugin plugin = { .table = { .name = "test", .version = "1" } };

static void run(enum alm_period kind, const struct record *record)
{
	const struct plugin_stat stat = { .plugin = &plugin,
		.stat = { .name = "test",
			.period = kind,
			.inputs = inputs,
			.columns = columns,
			.state_size = sizeof(int64_t),
			.prepare = remember,
			.compute = compute } };

	got.count = 0;
	compute_run(&stat, &record->view, record->reported, keep, NULL);
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
	record_start(&record, &station, 2, 1999, 2002);
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
	record_start(&record, &station, 2, 2001, 2001);
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
	record_start(&record, &station, 2, 2000, 2000);
	fill(&record, 0, 2000, 1);
	run(ALM_SEASON, &record);
	assert_int_equal(got.count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct compute_row *row = &got.rows[i];

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
	record_start(&record, &station, 2, 2012, 2012);
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
	record_start(&record, &station, 1, 2001, 2001);
	record_add(&record, 0, 2001, values, quality);
	assert_int_equal(record.view.days, 365);
	assert_int_equal(record.view.first_day, date_day(2001, 1, 1));
	assert_int_equal(record.view.value[0][2], 2);
	for (int i = 3; i <= 5; i++) {
		assert_int_equal(record.view.value[0][i], ALM_MISSING);
	}
	assert_int_equal(record.view.value[0][364], 364);
	assert_true(record.reported[3] && !record.reported[4] && record.reported[5]);
	record_finish(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(years_without_a_report_have_no_row),
		cmocka_unit_test(verdicts_follow_the_inputs),
		cmocka_unit_test(seasons_at_the_ends_of_a_record),
		cmocka_unit_test(months),
		cmocka_unit_test(flagged_values_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

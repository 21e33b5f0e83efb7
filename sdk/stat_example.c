/* A statistic: days of frost, and the hottest day, of each month. Try it:
 *
 *	almanac check stat_example.so series.csv
 *
 * where series.csv begins with the line date,TMAX,TMIN. */
#include <almanac/plugin.h>
#include <math.h>

enum { TMAX, TMIN };
enum { FROST_DAYS, HOTTEST };

/* The unit and decimals that compute() reckons with: others are refused. */
static const struct alm_input inputs[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1 },
	{ .code = "TMIN", .unit = "degC", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_column columns[] = {
	{ .name = "frost_days",
		.unit = "day",
		.help = "Days with a minimum below 0 degC",
		.decimals = 0,
		.method = ALM_COUNT,
		.inputs = "TMIN" },
	{ .name = "hottest",
		.unit = "degC",
		.help = "Highest maximum",
		.decimals = 1,
		.method = ALM_MAXIMUM,
		.inputs = "TMAX" },
	{ .name = NULL },
};

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const int32_t *tmax = task->record->series[TMAX].value + period->first;
	const int32_t *tmin = task->record->series[TMIN].value + period->first;
	int32_t hottest = ALM_MISSING; /* the smallest number there is */
	int frost = 0, known = 0;

	for (uint32_t i = 0; i < period->days; i++) {
		hottest = tmax[i] > hottest ? tmax[i] : hottest;
		known += alm_is_value(tmin[i]);
		frost += alm_is_value(tmin[i]) && tmin[i] < 0;
	}
	result[FROST_DAYS] = known > 0 ? frost : NAN;
	result[HOTTEST] = alm_is_value(hottest) ? hottest / 10.0 : NAN;
}

static const struct alm_stat extremes = {
	.name = "extremes",
	.summary = "Frost days and hottest day of each month",
	.inputs = inputs,
	.columns = columns,
	.periods = ALM_MONTH,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &extremes, NULL };

ALM_PLUGIN(.name = "stat_example", .version = "1.0.0", .stats = stats);

/* For test_redefined.py: versions of the statistic "yearly" that differ in their columns;
 * EDITION says which. What they compute is simple enough to be compared to the last digit. */
#include <almanac/plugin.h>
#include <math.h>

enum { TMAX, TMIN, PRCP };

static const struct alm_input inputs[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1 },
	{ .code = "TMIN", .unit = "degC", .decimals = 1 },
	{ .code = "PRCP", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static double highest(const int32_t *values, size_t days)
{
	double result = NAN;

	for (size_t i = 0; i < days; i++) {
		if (alm_is_value(values[i]) && !(values[i] / 10.0 <= result)) {
			result = values[i] / 10.0;
		}
	}
	return result;
}

static double lowest(const int32_t *values, size_t days)
{
	double result = NAN;

	for (size_t i = 0; i < days; i++) {
		if (alm_is_value(values[i]) && !(values[i] / 10.0 >= result)) {
			result = values[i] / 10.0;
		}
	}
	return result;
}

/* Divided once. */
static double total(const int32_t *values, size_t days, double divisor)
{
	int64_t sum = 0;
	int any = 0;

	for (size_t i = 0; i < days; i++) {
		any |= alm_is_value(values[i]);
		sum += alm_is_value(values[i]) ? values[i] : 0;
	}
	return any ? (double)sum / divisor : NAN;
}

#define COLUMN(column, of, places, how, input) \
	{ \
		.name = column, .unit = of, .help = column " in " of, .decimals = places, \
		.method = how, .inputs = #input \
	}

#if EDITION == 1
#define VERSION "1.0.0"
static const struct alm_column columns[] = {
	COLUMN("avg_tmax", "degC", 2, ALM_MAXIMUM, TMAX),
	COLUMN("avg_tmin", "degC", 2, ALM_MINIMUM, TMIN),
	COLUMN("total_prcp", "cm", 2, ALM_SUM, PRCP),
	{ .name = NULL },
};

static void fill(const int32_t *tmax, const int32_t *tmin, const int32_t *prcp, size_t days,
	double *result)
{
	result[0] = highest(tmax, days);
	result[1] = lowest(tmin, days);
	result[2] = total(prcp, days, 100);
}
#elif EDITION == 2
/* Two change places, one its unit and decimals, forty are new. */
#define VERSION "1.1.0"
#define EXTRA(n) COLUMN("extra" #n, "1", 0, ALM_COUNT, TMAX)
#define EXTRAS(n) \
	EXTRA(n##0), EXTRA(n##1), EXTRA(n##2), EXTRA(n##3), EXTRA(n##4), EXTRA(n##5), \
		EXTRA(n##6), EXTRA(n##7), EXTRA(n##8), EXTRA(n##9)
static const struct alm_column columns[] = {
	COLUMN("avg_tmin", "degC", 2, ALM_MINIMUM, TMIN),
	COLUMN("avg_tmax", "degC", 2, ALM_MAXIMUM, TMAX),
	COLUMN("total_prcp", "mm", 1, ALM_SUM, PRCP),
	EXTRAS(0),
	EXTRAS(1),
	EXTRAS(2),
	EXTRAS(3),
	{ .name = NULL },
};

static void fill(const int32_t *tmax, const int32_t *tmin, const int32_t *prcp, size_t days,
	double *result)
{
	result[0] = lowest(tmin, days);
	result[1] = highest(tmax, days);
	result[2] = total(prcp, days, 10);
	for (int i = 0; i < 40; i++) {
		result[3 + i] = 1000.0 + i;
	}
}
#else
/* One has another name, another is gone, a third has other decimals. EDITION 4 computes
 * something else for the same columns. */
#if EDITION == 3
#define VERSION "1.2.0"
#else
#define VERSION "1.3.0"
#endif
static const struct alm_column columns[] = {
	COLUMN("rain", "cm", 3, ALM_SUM, PRCP),
	COLUMN("avg_tmax", "degC", 1, ALM_MAXIMUM, TMAX),
	{ .name = NULL },
};

static void fill(const int32_t *tmax, const int32_t *tmin, const int32_t *prcp, size_t days,
	double *result)
{
	(void)lowest(tmin, days);
	result[0] = total(prcp, days, 100);
	result[1] = EDITION == 3 ? highest(tmax, days) : -highest(tmax, days);
}
#endif

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	uint32_t first = period->first, days = period->days;

	fill(task->record->series[TMAX].value + first, task->record->series[TMIN].value + first,
		task->record->series[PRCP].value + first, days, result);
}

static const struct alm_stat yearly = {
	.name = "yearly",
	.summary = "Statistics that change",
	.periods = ALM_YEAR,
	.inputs = inputs,
	.columns = columns,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &yearly, NULL };

ALM_PLUGIN(.name = "redefined", .version = VERSION, .stats = stats);

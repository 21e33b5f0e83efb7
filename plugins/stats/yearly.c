/* Yearly means of maximum and minimum temperature and total precipitation. Missing
 * days are ignored; a year without any value of an input has no result. */
#include <almanac/plugin.h>
#include <math.h>

enum { TMAX, TMIN, PRCP };
enum { AVG_TMAX, AVG_TMIN, TOTAL_PRCP };

/* What the stored integers are multiples of. */
enum {
	TENTHS_PER_DEGREE = 10, /* 0.1 degC */
	TENTHS_PER_CM = 100     /* 0.1 mm */
};

struct total {
	int64_t sum;
	int64_t days;
};

static struct total add_up(const int32_t *values, size_t days)
{
	struct total total = { 0, 0 };

	for (size_t i = 0; i < days; i++) {
		int32_t good = alm_is_value(values[i]);

		total.sum += good ? values[i] : 0;
		total.days += good;
	}
	return total;
}

/* Exact sums, one division: the result is the double nearest to the mean. */
static double mean(const int32_t *values, size_t days)
{
	struct total total = add_up(values, days);

	return total.days > 0 ? (double)total.sum / (double)(total.days * TENTHS_PER_DEGREE)
			      : NAN;
}

static double sum(const int32_t *values, size_t days)
{
	struct total total = add_up(values, days);

	return total.days > 0 ? (double)total.sum / TENTHS_PER_CM : NAN;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_series *series = task->record->series;

	result[AVG_TMAX] = mean(series[TMAX].value + period->first, period->days);
	result[AVG_TMIN] = mean(series[TMIN].value + period->first, period->days);
	result[TOTAL_PRCP] = sum(series[PRCP].value + period->first, period->days);
}

static const struct alm_input inputs[] = {
	[TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1 },
	[TMIN] = { .code = "TMIN", .unit = "degC", .decimals = 1 },
	[PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_column columns[] = {
	[AVG_TMAX] = { .name = "avg_tmax",
		.unit = "degC",
		.help = "Mean of the daily maximum temperatures of the year",
		.decimals = 2,
		.method = ALM_MEAN,
		.inputs = "TMAX",
		.rules = "wmo,ncei" },
	[AVG_TMIN] = { .name = "avg_tmin",
		.unit = "degC",
		.help = "Mean of the daily minimum temperatures of the year",
		.decimals = 2,
		.method = ALM_MEAN,
		.inputs = "TMIN",
		.rules = "wmo,ncei" },
	[TOTAL_PRCP] = { .name = "total_prcp",
		.unit = "cm",
		.help = "Total precipitation of the year",
		.decimals = 2,
		.method = ALM_SUM,
		.inputs = "PRCP",
		.rules = "wmo,ncei" },
	{ .name = NULL },
};

static const struct alm_stat yearly = {
	.name = "yearly",
	.summary =
		"Mean temperatures and total precipitation of each year, missing days ignored",
	.periods = ALM_YEAR,
	.inputs = inputs,
	.columns = columns,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &yearly, NULL };

ALM_PLUGIN(.name = "yearly", .version = "1.0.0", .stats = stats);

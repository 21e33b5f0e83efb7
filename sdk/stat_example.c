/* A statistic: days of frost, and the hottest day, of each month. Try it:
 *
 *	almanac check stat_example.so series.csv
 *
 * where series.csv begins with the line date,TMAX,TMIN. */
#include <almanac/plugin.h>
#include <math.h>

enum { TMAX, TMIN };
enum { FROST_DAYS, HOTTEST };

static const char *const inputs[] = { "TMAX", "TMIN", NULL };

static const struct alm_column columns[] = {
	{ .name = "frost_days",
		.unit = "day",
		.help = "Days with a minimum below 0 degC",
		.decimals = 0,
		.method = ALM_COUNT,
		.rests_on = 1u << TMIN },
	{ .name = "hottest",
		.unit = "degC",
		.help = "Highest maximum",
		.decimals = 1,
		.method = ALM_MAXIMUM,
		.rests_on = 1u << TMAX },
	{ .name = NULL },
};

static void compute(const void *state, const struct alm_record *record, size_t first,
	size_t days, double *result)
{
	const int32_t *tmax = record->value[TMAX] + first;
	const int32_t *tmin = record->value[TMIN] + first;
	int32_t hottest = ALM_MISSING; /* the smallest number there is */
	int frost = 0, known = 0;

	(void)state;
	for (size_t i = 0; i < days; i++) {
		hottest = tmax[i] > hottest ? tmax[i] : hottest;
		known += tmin[i] != ALM_MISSING;
		frost += tmin[i] != ALM_MISSING && tmin[i] < 0;
	}
	result[FROST_DAYS] = known > 0 ? frost : NAN;
	result[HOTTEST] = hottest != ALM_MISSING ? hottest / 10.0 : NAN;
}

static const struct alm_stat extremes = {
	.name = "extremes",
	.summary = "Frost days and hottest day of each month",
	.period = ALM_MONTH,
	.inputs = inputs,
	.columns = columns,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &extremes, NULL };

ALM_PLUGIN(.name = "stat_example", .version = "1.0.0", .stats = stats);

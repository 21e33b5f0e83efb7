/* Days, months, seasons and years against the normals of a base period. */
#include <math.h>

#include "common/normal.h"

enum { TAVG = NORMAL_INPUTS, VALUES }; /* behind the inputs */
enum { VALUE, NORMAL, ANOMALY, PARTS };
enum { NORMAL_YEARS = VALUES * PARTS, PERCENT = NORMAL_YEARS + NORMAL_INPUTS };
enum { TENTHS = 10, SEASONS = 4 };

/* A December before the base period, and half a window. */
enum { LEAD_DAYS = 46 };

/* What is kept of a base period. */
struct base {
	struct normal day[DAYS_OF_LEAP_YEAR][NORMAL_INPUTS];
	struct normal month[MONTHS_OF_YEAR][NORMAL_INPUTS];
	struct normal season[SEASONS][NORMAL_INPUTS];
	struct normal year[1][NORMAL_INPUTS];
};

static void sum_up_base(const struct alm_task *task, void *memory)
{
	const struct alm_record *record = task->record;
	struct normal_rule rule = normal_rule_of(task->params);
	struct base *base = memory;

	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		for (int d = 0; d < DAYS_OF_LEAP_YEAR; d++) {
			base->day[d][input] = normal_of_day(record, &rule, input, d + 1);
		}
		for (uint32_t m = 0; m < MONTHS_OF_YEAR; m++) {
			base->month[m][input] = normal_of_months(
				record, &rule, input, ALM_CALENDAR_MONTH, m + 1);
		}
		for (uint32_t s = 0; s < SEASONS; s++) {
			base->season[s][input] = normal_of_months(
				record, &rule, input, ALM_CALENDAR_SEASON, s + 1);
		}
		base->year[0][input] =
			normal_of_months(record, &rule, input, ALM_CALENDAR_YEAR, 0);
	}
}

static const struct normal *normals_of(const struct base *base, const struct alm_period *period)
{
	switch (period->kind) {
	case ALM_DAY:
		return base->day[period->part - 1];
	case ALM_MONTH:
		return base->month[period->part - 1];
	case ALM_SEASON:
		return base->season[period->part - 1];
	default:
		return base->year[0];
	}
}

static double value_of(
	const struct alm_task *task, const struct alm_period *period, unsigned input)
{
	int32_t value = task->record->series[input].value[period->first];

	if (period->kind == ALM_DAY) {
		return alm_is_value(value) ? (double)value / TENTHS : NAN;
	}
	return value_of_months(task->record,
		completeness_of(&task->params[NORMAL_COMPLETENESS]), input,
		months_of_period(period, 1));
}

static void put(double *result, double value, double normal)
{
	result[VALUE] = value;
	result[NORMAL] = normal;
	result[ANOMALY] = value - normal;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct normal *normals = normals_of(task->base, period);
	double *tmax = result + NORMAL_TMAX * PARTS, *tmin = result + NORMAL_TMIN * PARTS;
	double *prcp = result + NORMAL_PRCP * PARTS;

	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		put(result + input * PARTS, value_of(task, period, input), normals[input].mean);
		result[NORMAL_YEARS + input] = normals[input].years;
	}
	put(result + TAVG * PARTS, (tmax[VALUE] + tmin[VALUE]) / 2,
		(tmax[NORMAL] + tmin[NORMAL]) / 2);
	result[PERCENT] = prcp[NORMAL] > 0 ? 100 * prcp[VALUE] / prcp[NORMAL] : NAN;
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = NORMAL_INPUT_TABLE;

static const struct alm_param params[] = {
	NORMAL_PARAM_ROWS,
	{ .name = NULL },
};

#define COLUMN(id, of, in, places, how, from, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = places, \
		.method = how, \
		.inputs = from, \
		.rules = "" }
#define AGAINST_NORMAL(i, of, in, difference, how, from, what) \
	COLUMN((i)*PARTS + VALUE, of, in, 2, how, from, what), \
		COLUMN((i)*PARTS + NORMAL, of "_normal", in, 2, how, from, \
			"Its mean over the base period"), \
		COLUMN((i)*PARTS + ANOMALY, of "_anomaly", difference, 2, how, from, \
			of " less " of "_normal")
#define YEARS(i, of, from) \
	[NORMAL_YEARS + (i)] = { .name = of "_normal_years", \
		.unit = "1", \
		.help = "Years of the base period that count; fewer than 80 %, or of a period " \
			"other than 30 years that end in 0, are a period average", \
		.method = ALM_COUNT, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_INTEGER }

static const struct alm_column columns[] = {
	AGAINST_NORMAL(NORMAL_TMAX, "tmax", "degC", "K", ALM_MEAN, "TMAX",
		"Mean maximum temperature; of a day its own"),
	AGAINST_NORMAL(NORMAL_TMIN, "tmin", "degC", "K", ALM_MEAN, "TMIN",
		"Mean minimum temperature; of a day its own"),
	AGAINST_NORMAL(
		TAVG, "tavg", "degC", "K", ALM_MEAN, "TMAX,TMIN", "Mean of tmax and tmin"),
	AGAINST_NORMAL(NORMAL_PRCP, "prcp", "mm", "mm", ALM_SUM, "PRCP", "Total precipitation"),
	YEARS(NORMAL_TMAX, "tmax", "TMAX"),
	YEARS(NORMAL_TMIN, "tmin", "TMIN"),
	YEARS(NORMAL_PRCP, "prcp", "PRCP"),
	COLUMN(PERCENT, "prcp_percent", "%", 1, ALM_SUM, "PRCP",
		"prcp in percent of prcp_normal; null if that is 0"),
	{ .name = NULL },
};

static const char help[] =
	"A value, the mean of that day, month, season or year over a base period, and the "
	"difference: positive is warmer or wetter. Precipitation is given in percent as well.\n\n"
	"Means of the base period are those of the statistic `normals`, which tells how they are "
	"made and from when on they may be called normals.\n\n"
	"A month has a value if it is complete enough (`completeness`), a season or a year if all "
	"its months have: the mean of the monthly means, or the sum of the monthly totals.\n\n"
	"What differs elsewhere: anomalies of gridded data sets (NOAA, GISTEMP, HadCRUT) are of "
	"homogenised series and of tavg as they define it; of a station's raw values a move of "
	"the station is part of the anomaly.\n";

static const struct alm_stat anomalies = {
	.name = "anomalies",
	.summary = "Days, months, seasons and years against the means of a base period",
	.on_request = ALM_DAY | ALM_MONTH | ALM_SEASON | ALM_YEAR,
	.lead_days = LEAD_DAYS,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.base = sum_up_base,
	.base_param = NORMAL_BASE,
	.base_size = sizeof(struct base),
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &anomalies, NULL };

ALM_PLUGIN(.name = "anomalies", .version = "1.0.0", .stats = stats);

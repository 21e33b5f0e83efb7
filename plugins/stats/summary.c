/* Months, seasons and years of temperature and precipitation: means, totals, extremes with
 * their dates, days over and under thresholds, freezes and the growing season. */
#include <almanac/plugin.h>
#include <math.h>

#include "common/tally.h"

enum { TMAX, TMIN, PRCP, INPUTS };
enum { START_MONTH, TMAX_THRESHOLD, TMIN_THRESHOLD, PRCP_THRESHOLD };
enum { LEVELS = 5 };
enum {
	MEAN_TMAX,
	MEAN_TMIN,
	MEAN_TAVG,
	MEAN_DTR,
	TOTAL_PRCP,
	NCEI_TMAX,
	NCEI_TMIN,
	NCEI_TAVG,
	NCEI_PRCP,
	TMAX_MAX,
	TMAX_MAX_DATE,
	TMIN_MIN,
	TMIN_MIN_DATE,
	PRCP_MAX,
	PRCP_MAX_DATE,
	DX90,
	DX70,
	DX32,
	DT32,
	DT00,
	DP01,
	DP10,
	DP1X,
	TMAX_OVER,
	TMIN_UNDER,
	PRCP_OVER,
	FREEZE_LAST,
	FREEZE_FIRST = FREEZE_LAST + LEVELS,
	GROWING_SEASON = FREEZE_FIRST + LEVELS
};
enum { TENTHS = 10, AUGUST = 8, FEBRUARY = 2 };

/* The days of a period by month, and in all. */
struct totals {
	struct months months;
	struct span span;
	struct tally month[INPUTS][MONTHS_OF_YEAR], all[INPUTS];
};

static void add_up(const struct alm_record *record, struct months months, struct totals *totals)
{
	*totals = (struct totals){ .months = months, .span = months_span(months) };
	for (unsigned input = 0; input < INPUTS; input++) {
		for (int32_t m = 0; m < months.count; m++) {
			struct span span = months_span((struct months){ months.first + m, 1 });

			totals->month[input][m] = tally_days(record, input, span);
			tally_add(&totals->all[input], &totals->month[input][m]);
		}
	}
}

/* Mean daily range, of the days that have both temperatures. */
static double mean_range(const struct alm_record *record, struct span span)
{
	struct span held = span_within(record, span);
	int64_t sum = 0, days = 0;

	if (held.days > 0) {
		const int32_t *high = values_at(record, TMAX, held);
		const int32_t *low = values_at(record, TMIN, held);

		for (int32_t i = 0; i < held.days; i++) {
			if (alm_is_value(high[i]) && alm_is_value(low[i])) {
				sum += (int64_t)high[i] - low[i];
				days++;
			}
		}
	}
	return days > 0 ? (double)sum / (double)(days * TENTHS) : NAN;
}

/* -- NCEI's variant ------------------------------------------------------- */

/* Mean of the months, each of the same weight; void with a void month. */
static double ncei_mean(const struct totals *totals, unsigned input)
{
	double sum = 0;

	for (int32_t m = 0; m < totals->months.count; m++) {
		if (!is_ncei_mean(&totals->month[input][m])) {
			return NAN;
		}
		sum += tally_mean(&totals->month[input][m]);
	}
	return sum / totals->months.count;
}

static double ncei_sum(const struct totals *totals, unsigned input)
{
	int64_t sum = 0;

	for (int32_t m = 0; m < totals->months.count; m++) {
		if (!is_ncei_sum(&totals->month[input][m])) {
			return NAN;
		}
		sum += totals->month[input][m].sum;
	}
	return (double)sum / TENTHS;
}

static void put_ncei(const struct totals *totals, double *result)
{
	result[NCEI_TMAX] = ncei_mean(totals, TMAX);
	result[NCEI_TMIN] = ncei_mean(totals, TMIN);
	result[NCEI_TAVG] = (result[NCEI_TMAX] + result[NCEI_TMIN]) / 2;
	result[NCEI_PRCP] = ncei_sum(totals, PRCP);
}

/* -- Means, totals, extremes ------------------------------------------------ */

static void put_means(
	const struct alm_record *record, const struct totals *totals, double *result)
{
	const struct tally *all = totals->all;

	result[MEAN_TMAX] = tally_mean(&all[TMAX]);
	result[MEAN_TMIN] = tally_mean(&all[TMIN]);
	result[MEAN_TAVG] = (result[MEAN_TMAX] + result[MEAN_TMIN]) / 2;
	result[MEAN_DTR] = mean_range(record, totals->span);
	result[TOTAL_PRCP] = all[PRCP].present > 0 ? (double)all[PRCP].sum / TENTHS : NAN;
}

static void put_extremes(const struct totals *totals, double *result)
{
	const struct tally *all = totals->all;

	result[TMAX_MAX] = all[TMAX].present > 0 ? (double)all[TMAX].high / TENTHS : NAN;
	result[TMAX_MAX_DATE] = all[TMAX].present > 0 ? (double)all[TMAX].high_day : NAN;
	result[TMIN_MIN] = all[TMIN].present > 0 ? (double)all[TMIN].low / TENTHS : NAN;
	result[TMIN_MIN_DATE] = all[TMIN].present > 0 ? (double)all[TMIN].low_day : NAN;
	result[PRCP_MAX] = all[PRCP].present > 0 ? (double)all[PRCP].high / TENTHS : NAN;
	result[PRCP_MAX_DATE] = all[PRCP].present > 0 ? (double)all[PRCP].high_day : NAN;
}

/* -- Days over and under thresholds ------------------------------------------- */

/* In tenths, as NCEI compares them: 90 degF are 32.2 degC, a tenth of an inch is 2.5 mm. */
static const struct {
	unsigned column, input;
	int32_t low, high;
} counts[] = {
	{ DX90, TMAX, 322, INT32_MAX },
	{ DX70, TMAX, 211, INT32_MAX },
	{ DX32, TMAX, INT32_MIN, 0 },
	{ DT32, TMIN, INT32_MIN, 0 },
	{ DT00, TMIN, INT32_MIN, -178 },
	{ DP01, PRCP, 3, INT32_MAX },
	{ DP10, PRCP, 25, INT32_MAX },
	{ DP1X, PRCP, 254, INT32_MAX },
};

static double count(const struct alm_record *record, const struct totals *totals,
	unsigned input, int32_t low, int32_t high)
{
	return totals->all[input].present > 0
		       ? (double)count_between(record, input, totals->span, low, high)
		       : NAN;
}

/* The tenths that are at least, or at most, a number of one decimal or more; its bounds keep
 * it in range. */
static int32_t tenths_up(double number)
{
	double nearest = round(number * TENTHS);

	return (int32_t)(nearest / TENTHS >= number ? nearest : nearest + 1);
}

static int32_t tenths_down(double number)
{
	return -tenths_up(-number);
}

static void put_counts(const struct alm_task *task, const struct totals *totals, double *result)
{
	const struct alm_record *record = task->record;
	const struct alm_value *params = task->params;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		result[counts[i].column] =
			count(record, totals, counts[i].input, counts[i].low, counts[i].high);
	}
	result[TMAX_OVER] = count(
		record, totals, TMAX, tenths_up(params[TMAX_THRESHOLD].number), INT32_MAX);
	result[TMIN_UNDER] = count(
		record, totals, TMIN, INT32_MIN, tenths_down(params[TMIN_THRESHOLD].number));
	result[PRCP_OVER] = count(
		record, totals, PRCP, tenths_up(params[PRCP_THRESHOLD].number), INT32_MAX);
}

/* -- Freezes ---------------------------------------------------------------- */

/* 32, 28, 24, 20 and 16 degF in tenths of a degree Celsius. */
static const int32_t levels[LEVELS] = { 0, -22, -44, -67, -89 };

/* The first or the last day of months on which the minimum is at most `level`. NAN: none. */
static double find_freeze(
	const struct alm_record *record, struct months months, int32_t level, bool last)
{
	struct span held = span_within(record, months_span(months));
	const int32_t *values = held.days > 0 ? values_at(record, TMIN, held) : NULL;

	for (int32_t i = 0; i < held.days; i++) {
		int32_t at = last ? held.days - 1 - i : i;

		if (alm_is_value(values[at]) && values[at] <= level) {
			return held.first_day + at;
		}
	}
	return NAN;
}

static bool is_south(const struct alm_station *station)
{
	return (station->has & ALM_HAS_POSITION) != 0 && station->latitude < 0;
}

/* North of the equator a calendar year has the end of one winter and the beginning of the
 * next, south of it one winter. */
static void put_freezes(
	const struct alm_record *record, const struct alm_period *period, double *result)
{
	bool south = is_south(record->station);
	int32_t january = month_number(period->year, 1);
	struct months spring = { january, AUGUST - 1 };
	struct months autumn = { january + AUGUST - 1, MONTHS_OF_YEAR - AUGUST + 1 };
	struct months winter = { january + FEBRUARY - 1, MONTHS_OF_YEAR - FEBRUARY + 1 };
	double before;

	for (unsigned i = 0; i < LEVELS; i++) {
		result[FREEZE_LAST + i] =
			find_freeze(record, south ? winter : spring, levels[i], true);
		result[FREEZE_FIRST + i] =
			find_freeze(record, south ? winter : autumn, levels[i], false);
	}
	winter.first -= MONTHS_OF_YEAR;
	before = south ? find_freeze(record, winter, levels[0], true) : result[FREEZE_LAST];
	result[GROWING_SEASON] = result[FREEZE_FIRST] - before - 1;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_record *record = task->record;
	int start_month = (int)task->params[START_MONTH].integer;
	struct totals totals;

	add_up(record, months_of_period(period, start_month), &totals);
	put_means(record, &totals, result);
	put_ncei(&totals, result);
	put_extremes(&totals, result);
	put_counts(task, &totals, result);
	if (period->kind == ALM_YEAR) {
		put_freezes(record, period, result);
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = {
	[TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1 },
	[TMIN] = { .code = "TMIN", .unit = "degC", .decimals = 1 },
	[PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_param params[] = {
	[START_MONTH] = { .name = "start_month",
		.type = ALM_INTEGER,
		.help = "Month with which years begin, 1 to 12. A year that begins with another "
			"month than January has the number of the year in which it ends: with "
			"10, the water year 2012 is October 2011 to September 2012. Freezes and "
			"growing seasons stay those of the calendar year",
		.example = "10",
		.default_value = "1",
		.min = 1,
		.max = 12 },
	[TMAX_THRESHOLD] = { .name = "tmax_threshold",
		.type = ALM_NUMBER,
		.help = "Degrees Celsius: tmax_over counts days with a maximum of at least this",
		.example = "35",
		.default_value = "30",
		.min = -200,
		.max = 200 },
	[TMIN_THRESHOLD] = { .name = "tmin_threshold",
		.type = ALM_NUMBER,
		.help = "Degrees Celsius: tmin_under counts days with a minimum of at most this",
		.example = "-5",
		.default_value = "-10",
		.min = -200,
		.max = 200 },
	[PRCP_THRESHOLD] = { .name = "prcp_threshold",
		.type = ALM_NUMBER,
		.help = "Millimetres: prcp_over counts days with at least this",
		.example = "50",
		.default_value = "20",
		.min = 0,
		.max = 100000 },
	{ .name = NULL },
};

#define RULES "wmo,ncei"
#define BOTH "TMAX,TMIN"
#define VALUE(id, of, in, places, how, from, judges, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = places, \
		.method = how, \
		.inputs = from, \
		.rules = judges }
#define DATE(id, of, how, from, text) \
	[id] = { .name = of, \
		.unit = "1", \
		.help = text, \
		.method = how, \
		.inputs = from, \
		.rules = RULES, \
		.type = ALM_DATE }
#define DAYS(id, of, from, text) \
	[id] = { .name = of, \
		.unit = "d", \
		.help = text, \
		.method = ALM_COUNT, \
		.inputs = from, \
		.rules = RULES, \
		.type = ALM_INTEGER }
#define FREEZE(id, of, how, text) \
	[id] = { .name = of, \
		.unit = "1", \
		.help = text, \
		.method = how, \
		.inputs = "TMIN", \
		.rules = RULES, \
		.type = ALM_DATE, \
		.periods = ALM_YEAR }
#define FREEZES(i, level, celsius) \
	FREEZE(FREEZE_LAST + (i), "freeze_last_" level "f", ALM_MAXIMUM, \
		"Last day of spring with a minimum of at most " celsius " (" level " degF)"), \
		FREEZE(FREEZE_FIRST + (i), "freeze_first_" level "f", ALM_MINIMUM, \
			"First day of autumn with a minimum of at most " celsius " (" level \
			" degF)")

static const struct alm_column columns[] = {
	VALUE(MEAN_TMAX, "tmax", "degC", 2, ALM_MEAN, "TMAX", RULES,
		"Mean of the daily maximum temperatures"),
	VALUE(MEAN_TMIN, "tmin", "degC", 2, ALM_MEAN, "TMIN", RULES,
		"Mean of the daily minimum temperatures"),
	VALUE(MEAN_TAVG, "tavg", "degC", 2, ALM_MEAN, BOTH, RULES, "Mean of tmax and tmin"),
	VALUE(MEAN_DTR, "dtr", "K", 2, ALM_MEAN, BOTH, RULES,
		"Mean daily range of temperature, of the days that have both temperatures"),
	VALUE(TOTAL_PRCP, "prcp", "mm", 1, ALM_SUM, "PRCP", RULES, "Total precipitation"),
	VALUE(NCEI_TMAX, "ncei_tmax", "degC", 2, ALM_MEAN, "TMAX", "",
		"tmax as NCEI has it: the mean of equally weighted months, void with a month that "
		"lacks more than 5 days or more than 3 in a row"),
	VALUE(NCEI_TMIN, "ncei_tmin", "degC", 2, ALM_MEAN, "TMIN", "",
		"tmin as NCEI has it, as ncei_tmax"),
	VALUE(NCEI_TAVG, "ncei_tavg", "degC", 2, ALM_MEAN, BOTH, "",
		"Mean of ncei_tmax and ncei_tmin"),
	VALUE(NCEI_PRCP, "ncei_prcp", "mm", 1, ALM_SUM, "PRCP", "",
		"prcp as NCEI has it: void with a month that lacks more than 5 days"),
	VALUE(TMAX_MAX, "tmax_max", "degC", 1, ALM_MAXIMUM, "TMAX", RULES,
		"Highest maximum temperature (NCEI: EMXT)"),
	DATE(TMAX_MAX_DATE, "tmax_max_date", ALM_MAXIMUM, "TMAX",
		"Day of tmax_max, the last of several"),
	VALUE(TMIN_MIN, "tmin_min", "degC", 1, ALM_MINIMUM, "TMIN", RULES,
		"Lowest minimum temperature (NCEI: EMNT)"),
	DATE(TMIN_MIN_DATE, "tmin_min_date", ALM_MINIMUM, "TMIN",
		"Day of tmin_min, the last of several"),
	VALUE(PRCP_MAX, "prcp_max", "mm", 1, ALM_MAXIMUM, "PRCP", RULES,
		"Greatest precipitation of a day (NCEI: EMXP)"),
	DATE(PRCP_MAX_DATE, "prcp_max_date", ALM_MAXIMUM, "PRCP",
		"Day of prcp_max, the last of several"),
	DAYS(DX90, "dx90", "TMAX", "Days with a maximum of at least 32.2 degC (90 degF)"),
	DAYS(DX70, "dx70", "TMAX", "Days with a maximum of at least 21.1 degC (70 degF)"),
	DAYS(DX32, "dx32", "TMAX", "Days with a maximum of at most 0 degC"),
	DAYS(DT32, "dt32", "TMIN", "Days with a minimum of at most 0 degC"),
	DAYS(DT00, "dt00", "TMIN", "Days with a minimum of at most -17.8 degC (0 degF)"),
	DAYS(DP01, "dp01", "PRCP", "Days with at least 0.3 mm (0.01 in)"),
	DAYS(DP10, "dp10", "PRCP", "Days with at least 2.5 mm (0.1 in)"),
	DAYS(DP1X, "dp1x", "PRCP", "Days with at least 25.4 mm (1 in)"),
	DAYS(TMAX_OVER, "tmax_over", "TMAX",
		"Days with a maximum of at least the parameter tmax_threshold"),
	DAYS(TMIN_UNDER, "tmin_under", "TMIN",
		"Days with a minimum of at most the parameter tmin_threshold"),
	DAYS(PRCP_OVER, "prcp_over", "PRCP", "Days with at least the parameter prcp_threshold"),
	FREEZES(0, "32", "0 degC"),
	FREEZES(1, "28", "-2.2 degC"),
	FREEZES(2, "24", "-4.4 degC"),
	FREEZES(3, "20", "-6.7 degC"),
	FREEZES(4, "16", "-8.9 degC"),
	[GROWING_SEASON] = { .name = "growing_season",
		.unit = "d",
		.help = "Days between the last freeze of spring and the first of autumn, at 0 degC",
		.method = ALM_COUNT,
		.inputs = "TMIN",
		.rules = RULES,
		.type = ALM_INTEGER,
		.periods = ALM_YEAR },
	{ .name = NULL },
};

static const char help[] =
	"Months, seasons and years of one station. Sums are of integers and exact; there is one "
	"division at the end.\n\n"
	"Columns without a prefix are of all days with a value, however few: `rule=` and the "
	"verdicts tell how complete they are. A column is null if no day has a value.\n\n"
	"| columns | formula | source |\n"
	"|---|---|---|\n"
	"| `tmax`, `tmin` | sum of the daily values / days with one | WMO-No. 1203 |\n"
	"| `tavg` | (`tmax` + `tmin`) / 2, of unrounded means | GSOM of NCEI |\n"
	"| `dtr` | mean of TMAX - TMIN of days with both | ETCCDI |\n"
	"| `prcp` | sum of the daily values | WMO-No. 1203 |\n"
	"| `ncei_tmax`, `ncei_tmin` | mean of the monthly means, each month of the same weight; "
	"void with a month that lacks more than 5 days, or more than 3 in a row | GSOM, GSOY |\n"
	"| `ncei_prcp` | sum of the days there are; void with a month that lacks more than 5 | "
	"GSOM, GSOY |\n"
	"| `tmax_max`, `tmin_min`, `prcp_max` | extremes; of equal days the last is named | "
	"GSOM |\n"
	"| `dx90`, `dx70`, `dx32`, `dt32`, `dt00` | days TMAX >= 32.2, >= 21.1, <= 0, TMIN <= 0, "
	"<= -17.8 degC | GSOM |\n"
	"| `dp01`, `dp10`, `dp1x` | days PRCP >= 0.3, >= 2.5, >= 25.4 mm | GSOM |\n"
	"| `freeze_last_...`, `freeze_first_...` | last day until 31 July, first day from 1 August "
	"with TMIN <= 0, -2.2, -4.4, -6.7, -8.9 degC | GSOY |\n"
	"| `growing_season` | days between the freezes at 0 degC | |\n\n"
	"South of the equator a calendar year holds one winter: there the first freeze is the "
	"first from 1 February on, the last one is the last until 31 December, and the growing "
	"season is that between the last freeze of the year before and the first of the year. "
	"A station whose position is not known counts as northern.\n\n"
	"What differs elsewhere:\n\n"
	"- NCEI leaves out values with a quality flag, as this does. `dx32` and `dt32` are at "
	"most 0 degC; ETCCDI's ID and FD (statistic etccdi) are below it.\n"
	"- NCEI's yearly mean weights months equally, `tmax` weights days: they differ by up "
	"to some tenths of a degree.\n"
	"- xclim and climdex take `tavg` from days; with days missing of one temperature only "
	"it differs from the mean of the means.\n"
	"- A December counts to the winter of the year that follows.\n";

static const struct alm_stat summary = {
	.name = "summary",
	.summary = "Means, totals, extremes with their dates, threshold days, freezes",
	.periods = ALM_YEAR,
	.on_request = ALM_MONTH | ALM_SEASON,
	.lead_days = DAYS_OF_LEAP_YEAR,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &summary, NULL };

ALM_PLUGIN(.name = "summary", .version = "1.0.0", .stats = stats);

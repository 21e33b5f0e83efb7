/* Normals of calendar days, months, seasons and the year: means, quintiles, extremes with their
 * dates, mean numbers of threshold days, dates of freezes. */
#include <math.h>

#include "common/normal.h"

enum { CALENDAR_YEARS_MAX = 9999, QUINTILES = 4, CHANCES = 3 };
enum {
	MEAN_TMAX,
	MEAN_TMIN,
	MEAN_TAVG,
	MEAN_PRCP,
	YEARS, /* by input */
	NORMAL = YEARS + NORMAL_INPUTS,
	QUINTILE = NORMAL + NORMAL_INPUTS, /* by input, then quintile */
	TMAX_MAX = QUINTILE + NORMAL_INPUTS * QUINTILES,
	TMAX_MAX_DATE,
	TMIN_MIN,
	TMIN_MIN_DATE,
	PRCP_MAX,
	PRCP_MAX_DATE,
	THRESHOLD, /* by threshold */
	THRESHOLDS = 13,
	FREEZE_LAST = THRESHOLD + THRESHOLDS, /* by chance */
	FREEZE_FIRST = FREEZE_LAST + CHANCES,
	FREEZE_YEARS = FREEZE_FIRST + CHANCES
};
enum { TENTHS = 10, AUGUST = 8, FEBRUARY = 2 };

struct state {
	double values[CALENDAR_YEARS_MAX + 1];
	double others[CALENDAR_YEARS_MAX + 1];
};

/* A part of the calendar in the base period. */
struct part {
	const struct alm_record *record;
	struct normal_rule rule;
	struct years years; /* of the base period those that the record has */
	uint32_t kind, part;
};

static const unsigned means[NORMAL_INPUTS] = { MEAN_TMAX, MEAN_TMIN, MEAN_PRCP };

static void put_means(const struct part *part, double *result)
{
	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		struct normal normal = part->kind == ALM_CALENDAR_DAY
					       ? normal_of_day(part->record, &part->rule, input,
							 (int)part->part)
					       : normal_of_months(part->record, &part->rule,
							 input, part->kind, part->part);

		result[means[input]] = normal.mean;
		result[YEARS + input] = normal.years;
		result[NORMAL + input] = is_normal(&part->rule, normal.years);
	}
	result[MEAN_TAVG] = (result[MEAN_TMAX] + result[MEAN_TMIN]) / 2;
}

static void put_quintiles(const struct part *part, struct state *state, double *result)
{
	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		size_t count = 0;

		for (int32_t y = 0; y < part->years.count; y++) {
			struct months months =
				months_of_part(part->kind, part->part, part->years.first + y);
			double value = value_of_months(
				part->record, part->rule.completeness, input, months);

			if (!isnan(value)) {
				state->values[count++] = value;
			}
		}
		sort_numbers(state->values, count);
		for (unsigned q = 0; q < QUINTILES; q++) {
			result[QUINTILE + input * QUINTILES + q] =
				quantile(state->values, count, (q + 1) / 5.0);
		}
	}
}

/* -- Extremes ---------------------------------------------------------------- */

static void put_extremes(const struct part *part, double *result)
{
	struct tally all[NORMAL_INPUTS] = { { 0 } };

	for (int32_t y = 0; y < part->years.count; y++) {
		struct span span = span_of_part(part->kind, part->part, part->years.first + y);

		for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
			struct tally year = tally_days(part->record, input, span);

			tally_add(&all[input], &year);
		}
	}
	if (all[NORMAL_TMAX].present > 0) {
		result[TMAX_MAX] = (double)all[NORMAL_TMAX].high / TENTHS;
		result[TMAX_MAX_DATE] = all[NORMAL_TMAX].high_day;
	}
	if (all[NORMAL_TMIN].present > 0) {
		result[TMIN_MIN] = (double)all[NORMAL_TMIN].low / TENTHS;
		result[TMIN_MIN_DATE] = all[NORMAL_TMIN].low_day;
	}
	if (all[NORMAL_PRCP].present > 0) {
		result[PRCP_MAX] = (double)all[NORMAL_PRCP].high / TENTHS;
		result[PRCP_MAX_DATE] = all[NORMAL_PRCP].high_day;
	}
}

/* -- Threshold days ------------------------------------------------------------ */

/* In tenths. */
static const struct threshold {
	unsigned input;
	int32_t low, high;
} thresholds[THRESHOLDS] = {
	{ NORMAL_TMAX, 251, INT32_MAX },
	{ NORMAL_TMAX, 301, INT32_MAX },
	{ NORMAL_TMAX, 351, INT32_MAX },
	{ NORMAL_TMAX, 401, INT32_MAX },
	{ NORMAL_TMAX, INT32_MIN, -1 },
	{ NORMAL_TMIN, INT32_MIN, -1 },
	{ NORMAL_TMIN, 201, INT32_MAX },
	{ NORMAL_PRCP, 10, INT32_MAX },
	{ NORMAL_PRCP, 50, INT32_MAX },
	{ NORMAL_PRCP, 100, INT32_MAX },
	{ NORMAL_PRCP, 500, INT32_MAX },
	{ NORMAL_PRCP, 1000, INT32_MAX },
	{ NORMAL_PRCP, 1500, INT32_MAX },
};

/* Mean number over the years in which the month has a complete mean, each number as if no day
 * were missing. `of_first`: the month in the first of the years. */
static double mean_count(
	const struct part *part, const struct threshold *threshold, int32_t of_first)
{
	double sum = 0;
	int32_t years = 0;

	for (int32_t y = 0; y < part->years.count; y++) {
		struct span span =
			months_span((struct months){ of_first + y * MONTHS_OF_YEAR, 1 });
		struct tally month = tally_days(part->record, threshold->input, span);

		if (is_complete_mean(part->rule.completeness, &month)) {
			int32_t count = count_between(part->record, threshold->input, span,
				threshold->low, threshold->high);

			sum += (double)count * month.days / month.present;
			years++;
		}
	}
	return years > 0 ? sum / years : NAN;
}

static void put_counts(const struct part *part, double *result)
{
	struct months months = months_of_part(part->kind, part->part, part->years.first);

	for (unsigned i = 0; i < THRESHOLDS; i++) {
		result[THRESHOLD + i] = 0;
		for (int32_t m = 0; m < months.count; m++) {
			result[THRESHOLD + i] +=
				mean_count(part, &thresholds[i], months.first + m);
		}
	}
}

/* -- Freezes ------------------------------------------------------------------- */

/* Number in a leap year of the first or last day of some months with a minimum of at most
 * 0 degC; `none` if there is no such day; NAN if a month has too few days. */
static double freeze_of(const struct part *part, struct months months, bool last, double none)
{
	struct span span = months_span(months);
	double at = none;

	if (isnan(mean_of_months(part->record, NORMAL_TMIN, months, part->rule.completeness))) {
		return NAN;
	}
	for (int32_t i = 0; i < span.days; i++) {
		int32_t day = span.first_day + (last ? span.days - 1 - i : i);
		int32_t value = value_at(part->record, NORMAL_TMIN, day);

		if (alm_is_value(value) && value <= 0) {
			at = leap_day_of(day);
			break;
		}
	}
	return at;
}

static void put_chances(double *values, size_t count, const double *chances, double *result)
{
	sort_numbers(values, count);
	for (unsigned i = 0; i < CHANCES; i++) {
		double at = quantile(values, count, chances[i]);

		result[i] = isfinite(at) ? round(at) : NAN;
	}
}

static bool is_south(const struct alm_station *station)
{
	return (station->has & ALM_HAS_POSITION) != 0 && station->latitude < 0;
}

/* A year without a freeze counts as one with the last before, or the first after, all days. */
static void put_freezes(const struct part *part, struct state *state, double *result)
{
	static const double later[CHANCES] = { 0.9, 0.5, 0.1 };
	static const double earlier[CHANCES] = { 0.1, 0.5, 0.9 };
	bool south = is_south(part->record->station);
	size_t springs = 0, autumns = 0;

	for (int32_t y = 0; y < part->years.count; y++) {
		int32_t january = month_number(part->years.first + y, 1);
		struct months spring = { january, AUGUST - 1 };
		struct months autumn = { january + AUGUST - 1, MONTHS_OF_YEAR - AUGUST + 1 };
		struct months winter = { january + FEBRUARY - 1, MONTHS_OF_YEAR - 1 };
		double last = freeze_of(part, south ? winter : spring, true, -INFINITY);
		double first = freeze_of(part, south ? winter : autumn, false, INFINITY);

		if (!isnan(last)) {
			state->values[springs++] = last;
		}
		if (!isnan(first)) {
			state->others[autumns++] = first;
		}
	}
	put_chances(state->values, springs, later, result + FREEZE_LAST);
	put_chances(state->others, autumns, earlier, result + FREEZE_FIRST);
	result[FREEZE_YEARS] = (double)(springs < autumns ? springs : autumns);
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	struct part part = { .record = task->record,
		.rule = normal_rule_of(task->params),
		.kind = period->kind,
		.part = period->part };

	part.years = years_within(task->record, part.rule.first_year, part.rule.last_year);
	put_means(&part, result);
	put_extremes(&part, result);
	if (period->kind != ALM_CALENDAR_DAY) {
		put_quintiles(&part, task->state, result);
		put_counts(&part, result);
	}
	if (period->kind == ALM_CALENDAR_YEAR) {
		put_freezes(&part, task->state, result);
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = NORMAL_INPUT_TABLE;

static const struct alm_param params[] = {
	NORMAL_PARAM_ROWS,
	{ .name = NULL },
};

enum { LONG_PARTS = ALM_CALENDAR_MONTH | ALM_CALENDAR_SEASON | ALM_CALENDAR_YEAR };

#define MEAN(id, of, in, places, how, from, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = places, \
		.method = how, \
		.inputs = from, \
		.rules = "" }
#define YEARS_OF(i, of, from) \
	[YEARS + \
		(i)] = { .name = of "_years", \
		.unit = "1", \
		.help = "Years of the base period of which the mean of " of " is made", \
		.method = ALM_COUNT, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_INTEGER }, \
		[NORMAL + (i)] = { .name = of "_is_normal", \
			.unit = "1", \
			.help = "1: the mean of " of \
				" is a normal, of 30 years that end with one whose " \
				"number ends in 0, at least 80 % of which count; 0: a period average", \
			.method = ALM_COUNT, \
			.inputs = from, \
			.rules = "", \
			.type = ALM_INTEGER }
#define QUINTILE_OF(i, q, of, in, from, share) \
	[QUINTILE + (i)*QUINTILES + (q)-1] = { .name = of "_quintile_" #q, \
		.unit = in, \
		.help = "Not exceeded by " of " in " share " of the years", \
		.decimals = 1, \
		.method = ALM_MEAN, \
		.inputs = from, \
		.rules = "", \
		.periods = LONG_PARTS }
#define QUINTILES_OF(i, of, in, from) \
	QUINTILE_OF(i, 1, of, in, from, "a fifth"), \
		QUINTILE_OF(i, 2, of, in, from, "two fifths"), \
		QUINTILE_OF(i, 3, of, in, from, "three fifths"), \
		QUINTILE_OF(i, 4, of, in, from, "four fifths")
#define EXTREME(id, of, in, how, from, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = 1, \
		.method = how, \
		.inputs = from, \
		.rules = "" }
#define DATE(id, of, from) \
	[id] = { .name = of "_date", \
		.unit = "1", \
		.help = "Day of " of ", the last of several", \
		.method = ALM_MAXIMUM, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_DATE }
#define DAYS(i, of, from, text) \
	[THRESHOLD + (i)] = { .name = of, \
		.unit = "d", \
		.help = "Mean number of days with " text, \
		.decimals = 1, \
		.method = ALM_MEAN, \
		.inputs = from, \
		.rules = "", \
		.periods = LONG_PARTS }
#define FREEZE(id, of, text) \
	[id] = { .name = of, \
		.unit = "1", \
		.help = text ", by its number in a leap year, 1 to 366", \
		.method = ALM_MEAN, \
		.inputs = "TMIN", \
		.rules = "", \
		.type = ALM_INTEGER, \
		.periods = ALM_CALENDAR_YEAR }

static const struct alm_column columns[] = {
	MEAN(MEAN_TMAX, "tmax", "degC", 2, ALM_MEAN, "TMAX", "Mean maximum temperature"),
	MEAN(MEAN_TMIN, "tmin", "degC", 2, ALM_MEAN, "TMIN", "Mean minimum temperature"),
	MEAN(MEAN_TAVG, "tavg", "degC", 2, ALM_MEAN, "TMAX,TMIN", "Mean of tmax and tmin"),
	MEAN(MEAN_PRCP, "prcp", "mm", 2, ALM_SUM, "PRCP",
		"Mean total of precipitation; of calendar days mean precipitation of a day"),
	YEARS_OF(NORMAL_TMAX, "tmax", "TMAX"),
	YEARS_OF(NORMAL_TMIN, "tmin", "TMIN"),
	YEARS_OF(NORMAL_PRCP, "prcp", "PRCP"),
	QUINTILES_OF(NORMAL_TMAX, "tmax", "degC", "TMAX"),
	QUINTILES_OF(NORMAL_TMIN, "tmin", "degC", "TMIN"),
	QUINTILES_OF(NORMAL_PRCP, "prcp", "mm", "PRCP"),
	EXTREME(TMAX_MAX, "tmax_max", "degC", ALM_MAXIMUM, "TMAX",
		"Highest maximum temperature of a day of the base period"),
	DATE(TMAX_MAX_DATE, "tmax_max", "TMAX"),
	EXTREME(TMIN_MIN, "tmin_min", "degC", ALM_MINIMUM, "TMIN",
		"Lowest minimum temperature of a day of the base period"),
	DATE(TMIN_MIN_DATE, "tmin_min", "TMIN"),
	EXTREME(PRCP_MAX, "prcp_max", "mm", ALM_MAXIMUM, "PRCP",
		"Greatest precipitation of a day of the base period"),
	DATE(PRCP_MAX_DATE, "prcp_max", "PRCP"),
	DAYS(0, "tmax_over_25", "TMAX", "a maximum above 25 degC"),
	DAYS(1, "tmax_over_30", "TMAX", "a maximum above 30 degC"),
	DAYS(2, "tmax_over_35", "TMAX", "a maximum above 35 degC"),
	DAYS(3, "tmax_over_40", "TMAX", "a maximum above 40 degC"),
	DAYS(4, "tmax_under_0", "TMAX", "a maximum below 0 degC"),
	DAYS(5, "tmin_under_0", "TMIN", "a minimum below 0 degC"),
	DAYS(6, "tmin_over_20", "TMIN", "a minimum above 20 degC"),
	DAYS(7, "prcp_from_1", "PRCP", "at least 1 mm"),
	DAYS(8, "prcp_from_5", "PRCP", "at least 5 mm"),
	DAYS(9, "prcp_from_10", "PRCP", "at least 10 mm"),
	DAYS(10, "prcp_from_50", "PRCP", "at least 50 mm"),
	DAYS(11, "prcp_from_100", "PRCP", "at least 100 mm"),
	DAYS(12, "prcp_from_150", "PRCP", "at least 150 mm"),
	FREEZE(FREEZE_LAST, "freeze_last_10", "Day after which a freeze has a chance of 10 %"),
	FREEZE(FREEZE_LAST + 1, "freeze_last_50",
		"Day after which a freeze has a chance of 50 %"),
	FREEZE(FREEZE_LAST + 2, "freeze_last_90",
		"Day after which a freeze has a chance of 90 %"),
	FREEZE(FREEZE_FIRST, "freeze_first_10",
		"Day before which a freeze has a chance of 10 %"),
	FREEZE(FREEZE_FIRST + 1, "freeze_first_50",
		"Day before which a freeze has a chance of 50 %"),
	FREEZE(FREEZE_FIRST + 2, "freeze_first_90",
		"Day before which a freeze has a chance of 90 %"),
	[FREEZE_YEARS] = { .name = "freeze_years",
		.unit = "1",
		.help = "Years of which the chances of freezes are made",
		.method = ALM_COUNT,
		.inputs = "TMIN",
		.rules = "",
		.type = ALM_INTEGER,
		.periods = ALM_CALENDAR_YEAR },
	{ .name = NULL },
};

static const char help[] =
	"Means over the years of a base period, as WMO-No. 1203 (2017) defines climatological "
	"standard normals.\n\n"
	"- A month has a value in a year if it is complete enough (`completeness`). Its normal is the "
	"mean of those values. A season's or the year's is the mean of the normals of its months, "
	"of precipitation their sum; its number of years is that of the month with the fewest.\n"
	"- A calendar day's normal is the mean of all values within `window` days around it, of "
	"the years in which at least 80 % of those days have one; days outside the base period do not "
	"count. 29 February has the window around 28 February in other years. Nothing is smoothed.\n"
	"- `tmax_is_normal` and the others are 1 if the base period has 30 years and ends with "
	"one whose number ends in 0, and at least 80 % of its years count, and 0 otherwise: then "
	"call it a period average.\n"
	"- Quintiles are those of the values of the years, by quantiles of type 8 of Hyndman and "
	"Fan (1996), as ETCCDI has them.\n"
	"- Numbers of threshold days are means over the years whose month has a complete mean, "
	"each number divided by the days with a value and multiplied by the days of the month. "
	"Temperatures are strictly above or below, precipitation is at least.\n"
	"- Freezes are days with a minimum of at most 0 degC: the last until 31 July, the first "
	"from 1 August; south of the equator, where a calendar year holds one winter, the last "
	"until 31 December and the first from 1 February. Years without a freeze count: a chance "
	"that is not reached is null. Years with an incomplete month of that span do not.\n"
	"- The December of a winter is that of the year before.\n\n"
	"What differs elsewhere: NCEI's normals are of homogenised series with missing months "
	"estimated from neighbours, and those of days are smoothed by harmonics, so that they "
	"differ by some tenths of a degree. For totals WMO wants all days of a month; "
	"`completeness=ncei` takes months with up to 5 missing, whose totals are too small.\n";

static const struct alm_stat normals = {
	.name = "normals",
	.summary =
		"Normals: means, quintiles, extremes, threshold days, freeze dates of a base "
		"period",
	.on_request = ALM_CALENDAR_DAY | LONG_PARTS,
	.flags = ALM_WHOLE_RECORD,
	.state_size = sizeof(struct state),
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &normals, NULL };

ALM_PLUGIN(.name = "normals", .version = "1.0.0", .stats = stats);

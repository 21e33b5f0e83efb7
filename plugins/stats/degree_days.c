/* Degree days of months, seasons and years, and accumulated by day. Temperatures are reckoned
 * in hundredths of a degree Fahrenheit, in which tenths of a degree Celsius, 50, 65 and 86 degF
 * are whole numbers, so that sums are exact. */
#include <almanac/plugin.h>
#include <math.h>
#include <string.h>

#include "common/tally.h"

enum { TMAX, TMIN, INPUTS };
enum { BASE, CAP, METHOD, ROUNDING, START_MONTH, START_DAY };
enum { GDD, CORN_GDD, CHU, HDD, CDD, NCEI_HDD, NCEI_CDD, ACCUMULATED, MISSING };

/* Hundredths of a degree Fahrenheit: of a tenth of a degree Celsius, of freezing, and bases. */
enum { PER_TENTH = 18, FREEZING = 3200, CORN_BASE = 5000, CORN_CAP = 8600, COMFORT = 6500 };

/* What sums of two temperatures in hundredths of a degree Fahrenheit are divided by. */
static const double to_fahrenheit = 200, to_celsius = 360;

struct rule {
	double base, cap; /* hundredths of a degree Fahrenheit */
	bool modified, whole;
};

/* Sums over the days that have both temperatures, twice the mean of each day. */
struct sums {
	int64_t corn, heating, cooling, units;
	double growing;
	int32_t days, present;
};

static struct rule read_rule(const struct alm_value *params)
{
	return (struct rule){
		.base = params[BASE].number * 10 * PER_TENTH + FREEZING,
		.cap = params[CAP].number * 10 * PER_TENTH + FREEZING,
		.modified = strcmp(params[METHOD].text, "modified") == 0,
		.whole = strcmp(params[ROUNDING].text, "fahrenheit") == 0,
	};
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static int64_t fahrenheit(int32_t tenths, bool whole)
{
	enum { WHOLE = 100 };
	int64_t value = (int64_t)tenths * PER_TENTH + FREEZING;
	int64_t over = ((value + WHOLE / 2) % WHOLE + WHOLE) % WHOLE;

	return whole ? value + WHOLE / 2 - over : value;
}

static double growing(const struct rule *rule, int64_t high, int64_t low)
{
	double h = (double)high, l = (double)low, both;

	if (rule->modified) {
		h = fmin(fmax(h, rule->base), rule->cap);
		l = fmin(fmax(l, rule->base), rule->cap);
	}
	both = fmin(h + l, 2 * rule->cap);
	return fmax(both - 2 * rule->base, 0);
}

/* Corn heat units of a day, in 1/200000; the term of the day is positive from 10.0 to 49.6
 * degC. */
static int64_t corn_heat(int32_t high, int32_t low)
{
	enum { DAY_BEGIN = 100, DAY_END = 497 };
	int64_t over = (int64_t)high - DAY_BEGIN, night = 18000 * (int64_t)low - 799200;
	int64_t day = high > DAY_BEGIN && high < DAY_END ? over * (33300 - 84 * over) : 0;

	return day + (night > 0 ? night : 0);
}

static void add_day(struct sums *sums, const struct rule *rule, int32_t high, int32_t low)
{
	int64_t h = fahrenheit(high, rule->whole), l = fahrenheit(low, rule->whole);
	int64_t corn = clamp(h, CORN_BASE, CORN_CAP) + clamp(l, CORN_BASE, CORN_CAP);
	int64_t excess = h + l - (int64_t)2 * COMFORT;

	sums->corn += corn - (int64_t)2 * CORN_BASE;
	sums->heating += excess < 0 ? -excess : 0;
	sums->cooling += excess > 0 ? excess : 0;
	sums->units += corn_heat(high, low);
	sums->growing += growing(rule, h, l);
	sums->present++;
}

static struct sums add_up(
	const struct alm_record *record, const struct rule *rule, struct span span)
{
	struct span held = span_within(record, span);
	struct sums sums = { .days = span.days };

	if (held.days > 0) {
		const int32_t *high = values_at(record, TMAX, held);
		const int32_t *low = values_at(record, TMIN, held);

		for (int32_t i = 0; i < held.days; i++) {
			if (alm_is_value(high[i]) && alm_is_value(low[i])) {
				add_day(&sums, rule, high[i], low[i]);
			}
		}
	}
	return sums;
}

/* NCEI's months: void if one of the two means is. */
static bool is_ncei(const struct alm_record *record, struct months months)
{
	for (int32_t m = 0; m < months.count; m++) {
		struct span span = months_span((struct months){ months.first + m, 1 });

		for (unsigned input = 0; input < INPUTS; input++) {
			struct tally month = tally_days(record, input, span);

			if (!is_ncei_mean(&month)) {
				return false;
			}
		}
	}
	return true;
}

/* From the last day with which an accumulation begins to `day`. */
static struct span accumulated(const struct alm_value *params, int32_t day)
{
	int32_t year = month_year(month_of_day(day)), first;

	do {
		int32_t month = month_number(year--, (int)params[START_MONTH].integer);
		int32_t of_month = (int32_t)params[START_DAY].integer;
		int32_t days = month_days(month);

		first = month_first_day(month) + (of_month < days ? of_month : days) - 1;
	} while (first > day);
	return (struct span){ first, day - first + 1 };
}

static void put_sums(const struct sums *sums, double *result)
{
	if (sums->present == 0) {
		result[GDD] = result[CORN_GDD] = result[CHU] = result[HDD] = result[CDD] = NAN;
		return;
	}
	result[GDD] = sums->growing / to_celsius;
	result[CORN_GDD] = (double)sums->corn / to_fahrenheit;
	result[CHU] = (double)sums->units / 200000;
	result[HDD] = (double)sums->heating / to_celsius;
	result[CDD] = (double)sums->cooling / to_celsius;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_record *record = task->record;
	struct rule rule = read_rule(task->params);
	struct sums sums;

	if (period->kind == ALM_DAY) {
		sums = add_up(record, &rule,
			accumulated(task->params, record->first_day + (int32_t)period->first));
		put_sums(&sums, result);
		result[ACCUMULATED] = sums.present;
		result[MISSING] = sums.days - sums.present;
	} else {
		struct months months =
			months_of_period(period, (int)task->params[START_MONTH].integer);
		bool ncei = is_ncei(record, months);

		sums = add_up(record, &rule, months_span(months));
		put_sums(&sums, result);
		result[NCEI_HDD] = ncei ? result[HDD] : NAN;
		result[NCEI_CDD] = ncei ? result[CDD] : NAN;
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = {
	[TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1 },
	[TMIN] = { .code = "TMIN", .unit = "degC", .decimals = 1 },
	{ .code = NULL },
};

static const char *const methods[] = { "average", "modified", NULL };
static const char *const roundings[] = { "none", "fahrenheit", NULL };

static const struct alm_param params[] = {
	[BASE] = { .name = "base",
		.type = ALM_NUMBER,
		.help = "Degrees Celsius above which gdd accumulates",
		.example = "4.5",
		.default_value = "10",
		.min = -200,
		.max = 200 },
	[CAP] = { .name = "cap",
		.type = ALM_NUMBER,
		.help = "Degrees Celsius beyond which gdd does not grow",
		.example = "35",
		.default_value = "30",
		.min = -200,
		.max = 200 },
	[METHOD] = { .name = "method",
		.type = ALM_TEXT,
		.help = "average: gdd is of the mean of both temperatures, at most cap; "
			"modified: each temperature is brought between base and cap before",
		.example = "modified",
		.default_value = "average",
		.choices = methods },
	[ROUNDING] = { .name = "rounding",
		.type = ALM_TEXT,
		.help = "fahrenheit: each temperature is rounded to a whole degree Fahrenheit "
			"first, as stations of the United States observe it; not for chu",
		.example = "fahrenheit",
		.default_value = "none",
		.choices = roundings },
	[START_MONTH] = { .name = "start_month",
		.type = ALM_INTEGER,
		.help = "Month with which years, and sums by day, begin. A year that begins with "
			"another month than January has the number of the year in which it "
			"ends",
		.example = "7",
		.default_value = "1",
		.min = 1,
		.max = 12 },
	[START_DAY] = { .name = "start_day",
		.type = ALM_INTEGER,
		.help = "Day of start_month with which sums by day begin; of a shorter month its "
			"last",
		.example = "15",
		.default_value = "1",
		.min = 1,
		.max = 31 },
	{ .name = NULL },
};

enum { SUMS = ALM_MONTH | ALM_SEASON | ALM_YEAR };

#define SUM(id, of, in, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = 2, \
		.method = ALM_SUM, \
		.rules = "wmo,ncei" }
#define NCEI(id, of, text) \
	[id] = { .name = of, \
		.unit = "K d", \
		.help = text, \
		.decimals = 2, \
		.method = ALM_SUM, \
		.rules = "", \
		.periods = SUMS }
#define DAYS(id, of, text) \
	[id] = { .name = of, \
		.unit = "d", \
		.help = text, \
		.method = ALM_COUNT, \
		.rules = "", \
		.type = ALM_INTEGER, \
		.periods = ALM_DAY }

static const struct alm_column columns[] = {
	SUM(GDD, "gdd", "K d", "Growing degree days between base and cap"),
	SUM(CORN_GDD, "corn_gdd", "degF d",
		"Growing degree days of corn: 86/50 degF, both temperatures brought between"),
	SUM(CHU, "chu", "1", "Corn heat units"),
	SUM(HDD, "hdd", "K d", "Heating degree days below 65 degF (18.333 degC)"),
	SUM(CDD, "cdd", "K d", "Cooling degree days above 65 degF (18.333 degC)"),
	NCEI(NCEI_HDD, "ncei_hdd",
		"hdd as NCEI has it (HTDD): void with a month that lacks more than 5 days or more "
		"than 3 in a row of a temperature"),
	NCEI(NCEI_CDD, "ncei_cdd", "cdd as NCEI has it (CLDD), as ncei_hdd"),
	DAYS(ACCUMULATED, "accumulated_days",
		"Days since the start that have both temperatures"),
	DAYS(MISSING, "unobserved_days", "Days since the start that have not"),
	{ .name = NULL },
};

static const char help[] =
	"Sums over the days that have both TMAX (Tx) and TMIN (Tn); each day is clipped at zero "
	"before it is added. Days that lack one add nothing: see the verdicts, and for sums by "
	"day `unobserved_days`. Nothing is filled in.\n\n"
	"| column | formula of a day, Tm = (Tx + Tn) / 2 | unit | source |\n"
	"|---|---|---|---|\n"
	"| `gdd`, method average | max(0, min(Tm, cap) - base) | K d | McMaster and Wilhelm 1997, "
	"method 1 |\n"
	"| `gdd`, method modified | both temperatures first brought between base and cap | K d | "
	"the same, method 2 with a cap |\n"
	"| `corn_gdd` | (min(max(Tx, 50), 86) + min(max(Tn, 50), 86)) / 2 - 50, in degF | degF d | "
	"Ohio State University, AGF-101 |\n"
	"| `chu` | (max(0, 3.33 (Tx - 10) - 0.084 (Tx - 10)^2) + max(0, 1.8 (Tn - 4.44))) / 2; "
	"the first term is 0 up to 10 degC | 1 | Bootsma et al. 1999 |\n"
	"| `hdd` | max(0, 65 degF - Tm) | K d | GSOM of NCEI |\n"
	"| `cdd` | max(0, Tm - 65 degF) | K d | GSOM of NCEI |\n\n"
	"65 degF are 18.333... degC here, as at NCEI, not 18.3. K d times 1.8 are degF d.\n\n"
	"`period=day` gives the sums from the last `start_month`-`start_day` to each day, that "
	"day included. For a season of corn from April on: `start_month=4`.\n\n"
	"What differs elsewhere:\n\n"
	"- Values are tenths of a degree Celsius. Where they were observed in whole degrees "
	"Fahrenheit, 65 degF is stored as 18.3 degC, which is 64.94 degF: "
	"`rounding=fahrenheit` restores what was observed, and 90/65 is 25.5 then.\n"
	"- xclim's growing_degree_days has a base of 4 degC and no cap; heating_degree_days one "
	"of 17 degC. ETCCDI has none of these.\n"
	"- NCEI's years of heating degree days begin in July: `start_month=7`.\n"
	"- For soils that are too cold, some tables of corn heat units begin with the third day "
	"of 12.8 degC; these are of all days.\n";

static const struct alm_stat degree_days = {
	.name = "degree_days",
	.summary = "Growing, heating and cooling degree days, corn heat units",
	.periods = ALM_YEAR,
	.on_request = ALM_MONTH | ALM_SEASON | ALM_DAY,
	.lead_days = DAYS_OF_LEAP_YEAR,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &degree_days, NULL };

ALM_PLUGIN(.name = "degree_days", .version = "1.0.0", .stats = stats);

/* The 27 indices of the Expert Team on Climate Change Detection and Indices. Sums are exact
 * integers; percentiles are those of etccdi/base.c. */
#include <almanac/plugin.h>
#include <math.h>

#include "etccdi/base.h"

enum { PARAM_BASE, PARAM_RNN };

enum {
	FD,
	SU,
	ID,
	TR,
	GSL,
	TXX,
	TNX,
	TXN,
	TNN,
	TN10P,
	TX10P,
	TN90P,
	TX90P,
	WSDI,
	CSDI,
	DTR,
	RX1DAY,
	RX5DAY,
	SDII,
	R10MM,
	R20MM,
	RNNMM,
	CDD,
	CWD,
	R95P,
	R99P,
	PRCPTOT,
	R95PTOT,
	R99PTOT,
	COLUMNS
};

/* Stored integers are tenths of a degree and of a mm. */
enum {
	TENTHS = 10,
	SUMMER = 250,
	TROPICAL = 200,
	GROWING = 2 * 50, /* a sum of both temperatures */
	HEAVY = 100,
	VERY_HEAVY = 200,
	SPELL = 6 /* days of a warm, cold or growing spell */
};

/* The days of one period: indexes of the record. */
struct days {
	const struct alm_task *task;
	const struct etccdi_base *base;
	const int32_t *tmax, *tmin, *prcp; /* of the whole record */
	uint32_t first, end;
	int year, leap;
	int day; /* day of the year of `first`, from 0 */
	double *result;
};

/* Percent. */
static double rate(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : NAN;
}

/* Days with a value that is at least or, if `below`, less than a threshold; NAN without any
 * value. */
static double count_days(
	const int32_t *values, const struct days *days, int32_t threshold, int below)
{
	int known = 0, count = 0;

	for (uint32_t i = days->first; i < days->end; i++) {
		if (alm_is_value(values[i])) {
			known++;
			count += below ? values[i] < threshold : values[i] >= threshold;
		}
	}
	return known > 0 ? (double)count : (double)NAN;
}

static void find_extremes(
	const int32_t *values, const struct days *days, double *max, double *min)
{
	int32_t highest = INT32_MIN, lowest = INT32_MAX;
	int known = 0;

	for (uint32_t i = days->first; i < days->end; i++) {
		if (alm_is_value(values[i])) {
			known = 1;
			highest = values[i] > highest ? values[i] : highest;
			lowest = values[i] < lowest ? values[i] : lowest;
		}
	}
	*max = known ? (double)highest / TENTHS : NAN;
	*min = known ? (double)lowest / TENTHS : NAN;
}

static double mean_range(const struct days *days)
{
	int64_t sum = 0, count = 0;

	for (uint32_t i = days->first; i < days->end; i++) {
		if (alm_is_value(days->tmax[i]) && alm_is_value(days->tmin[i])) {
			sum += (int64_t)days->tmax[i] - days->tmin[i];
			count++;
		}
	}
	return count > 0 ? (double)sum / (double)(count * TENTHS) : NAN;
}

/* -- Percentiles of temperature ----------------------------------------- */

/* Part of the days beyond the percentile of their calendar day. In the base period a year is
 * compared with thresholds without it: the mean over those with another year in its place. */
static double rate_beyond(const struct days *days, int which)
{
	const struct percentile *percentile = &percentiles[which];
	const int32_t *values = percentile->element == TMAX ? days->tmax : days->tmin;
	int64_t in_base = (int64_t)days->year - days->base->first_year;
	int64_t beyond = 0, known = 0;

	for (uint32_t i = days->first; i < days->end; i++) {
		int64_t threshold = days->base->threshold[which][calendar_day(
			days->leap, days->day + (int)(i - days->first))];

		if (alm_is_value(values[i]) && threshold != NO_THRESHOLD) {
			known++;
			beyond += is_beyond(percentile, values[i], threshold);
		}
	}
	if (in_base >= 0 && in_base < days->base->years && days->base->years > 1) {
		const uint16_t *exceeded = days->base->exceeded[which][in_base];

		beyond = 0;
		for (int month = 0; month < MONTHS; month++) {
			int start = month_start(days->leap, month);
			int length = (int)(days->end - days->first);

			beyond += start >= days->day && start < days->day + length
					  ? exceeded[month]
					  : 0;
		}
		known *= days->base->years - 1;
	}
	return rate(beyond, known);
}

/* Days in spells of at least six days beyond the percentile, within the year. */
static double spell_days(const struct days *days, int which)
{
	const struct percentile *percentile = &percentiles[which];
	const int32_t *values = percentile->element == TMAX ? days->tmax : days->tmin;
	int run = 0, sum = 0, known = 0;

	for (uint32_t i = days->first; i <= days->end; i++) {
		int64_t threshold = NO_THRESHOLD;

		if (i < days->end && alm_is_value(values[i])) {
			threshold = days->base->threshold[which][calendar_day(
				days->leap, days->day + (int)(i - days->first))];
		}
		known += threshold != NO_THRESHOLD;
		if (threshold != NO_THRESHOLD && is_beyond(percentile, values[i], threshold)) {
			run++;
		} else {
			sum += run >= SPELL ? run : 0;
			run = 0;
		}
	}
	return known > 0 ? (double)sum : (double)NAN;
}

/* -- Growing season ----------------------------------------------------- */

/* First day of the first six in a row from `from` to before `end` whose mean is above, or
 * below, 5 degC; -1: none. */
static int64_t find_spell(const struct days *days, int64_t from, int64_t end, int warm)
{
	int run = 0;

	for (int64_t i = from; i < end; i++) {
		int known = alm_is_value(days->tmax[i]) && alm_is_value(days->tmin[i]);
		int64_t sum = known ? (int64_t)days->tmax[i] + days->tmin[i] : 0;

		run = known && (warm ? sum > GROWING : sum < GROWING) ? run + 1 : 0;
		if (run == SPELL) {
			return i - SPELL + 1;
		}
	}
	return -1;
}

static int knows_a_mean(const struct days *days, int64_t from, int64_t end)
{
	for (int64_t i = from; i < end; i++) {
		if (alm_is_value(days->tmax[i]) && alm_is_value(days->tmin[i])) {
			return 1;
		}
	}
	return 0;
}

/* Of the year or, south of the equator, from July to the next June. */
static double growing_season(const struct days *days)
{
	const struct alm_record *record = days->task->record;
	const struct alm_station *station = record->station;
	int south = (station->has & ALM_HAS_POSITION) != 0 && station->latitude < 0;
	int64_t first = alm->day(days->year + 0, south ? 7 : 1, 1) - (int64_t)record->first_day;
	int64_t middle =
		alm->day(days->year + south, south ? 1 : 7, 1) - (int64_t)record->first_day;
	int64_t end = alm->day(days->year + 1, south ? 7 : 1, 1) - (int64_t)record->first_day;
	int64_t begin, frost;

	if (first < 0 || end > (int64_t)record->days || !knows_a_mean(days, first, end)) {
		return NAN;
	}
	begin = find_spell(days, first, middle, 1);
	frost = find_spell(days, middle, end, 0);
	if (begin < 0) {
		return 0;
	}
	return (double)((frost < 0 ? end : frost) - begin);
}

/* -- Precipitation ------------------------------------------------------ */

/* The largest sum of five days that ends in the period; missing days add nothing. */
static double largest_five_days(const struct days *days)
{
	int64_t largest = -1;

	for (uint32_t i = days->first; i < days->end; i++) {
		int64_t sum = 0;
		int known = 0;

		for (uint32_t back = 0; back < 5 && back <= i; back++) {
			int32_t value = days->prcp[i - back];

			sum += alm_is_value(value) ? value : 0;
			known += alm_is_value(value);
		}
		largest = known > 0 && sum > largest ? sum : largest;
	}
	return largest >= 0 ? (double)largest / TENTHS : NAN;
}

static int is_spell_day(int32_t value, int wet)
{
	return alm_is_value(value) && (value >= WET) == wet;
}

/* The longest run of dry or wet days among those that end in the period, wherever they
 * began; NAN if all of it is within a run that goes on. */
static double longest_spell(const struct days *days, int wet)
{
	int run = 0, longest = 0, known = 0;

	for (uint32_t i = days->first; i-- > 0 && is_spell_day(days->prcp[i], wet);) {
		run++;
	}
	for (uint32_t i = days->first; i < days->end; i++) {
		int last = i + 1 == days->task->record->days ||
			   !is_spell_day(days->prcp[i + 1], wet);

		known += alm_is_value(days->prcp[i]);
		run = is_spell_day(days->prcp[i], wet) ? run + 1 : 0;
		longest = last && run > longest ? run : longest;
	}
	if (known == 0 || (longest == 0 && run >= (int)(days->end - days->first))) {
		return NAN;
	}
	return longest;
}

/* Totals of wet days, and of those above the percentiles of wet days. */
static void sum_up_rain(const struct days *days)
{
	int64_t wet_sum = 0, above[WET_PERCENTILES] = { 0 };
	int wet_days = 0, known = 0;

	for (uint32_t i = days->first; i < days->end; i++) {
		int32_t value = days->prcp[i];

		known += alm_is_value(value);
		if (!is_spell_day(value, 1)) {
			continue;
		}
		wet_days++;
		wet_sum += value;
		for (int p = 0; p < WET_PERCENTILES; p++) {
			int64_t scaled = (int64_t)value * wet_quantiles[p].parts;

			above[p] += days->base->wet[p] != NO_THRESHOLD &&
						    scaled > days->base->wet[p]
					    ? value
					    : 0;
		}
	}
	if (known == 0) {
		return;
	}
	days->result[PRCPTOT] = (double)wet_sum / TENTHS;
	days->result[SDII] = wet_days > 0 ? (double)wet_sum / (double)(wet_days * TENTHS) : 0;
	for (int p = 0; p < WET_PERCENTILES; p++) {
		if (days->base->wet[p] != NO_THRESHOLD) {
			days->result[R95P + p] = (double)above[p] / TENTHS;
			days->result[R95PTOT + p] = rate(above[p], wet_sum);
		}
	}
}

/* -- Periods ------------------------------------------------------------ */

/* What months have as well. */
static void compute_month(const struct days *days)
{
	double *result = days->result, least;

	find_extremes(days->tmax, days, &result[TXX], &result[TXN]);
	find_extremes(days->tmin, days, &result[TNX], &result[TNN]);
	find_extremes(days->prcp, days, &result[RX1DAY], &least);
	result[RX5DAY] = largest_five_days(days);
	result[DTR] = mean_range(days);
	result[TX10P] = rate_beyond(days, TX10);
	result[TX90P] = rate_beyond(days, TX90);
	result[TN10P] = rate_beyond(days, TN10);
	result[TN90P] = rate_beyond(days, TN90);
}

static void compute_year(const struct days *days)
{
	double *result = days->result;
	double nn = ceil(days->task->params[PARAM_RNN].number * TENTHS - 1e-6);

	result[FD] = count_days(days->tmin, days, 0, 1);
	result[SU] = count_days(days->tmax, days, SUMMER + 1, 0);
	result[ID] = count_days(days->tmax, days, 0, 1);
	result[TR] = count_days(days->tmin, days, TROPICAL + 1, 0);
	result[GSL] = growing_season(days);
	result[WSDI] = spell_days(days, TX90);
	result[CSDI] = spell_days(days, TN10);
	result[R10MM] = count_days(days->prcp, days, HEAVY, 0);
	result[R20MM] = count_days(days->prcp, days, VERY_HEAVY, 0);
	result[RNNMM] = count_days(days->prcp, days, (int32_t)nn, 0);
	result[CDD] = longest_spell(days, 0);
	result[CWD] = longest_spell(days, 1);
	sum_up_rain(days);
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_series *series = task->record->series;
	struct days days = { .task = task,
		.base = task->base,
		.tmax = series[TMAX].value,
		.tmin = series[TMIN].value,
		.prcp = series[PRCP].value,
		.first = period->first,
		.end = period->first + period->days,
		.year = period->year,
		.leap = is_leap(period->year) };

	days.result = result;
	days.day =
		task->record->first_day + (int32_t)period->first - alm->day(period->year, 1, 1);
	compute_month(&days);
	if (period->kind == ALM_YEAR) {
		compute_year(&days);
	}
}

static void base(const struct alm_task *task, void *memory)
{
	etccdi_sum_up(task, PARAM_BASE, memory);
}

/* -- Declarations ------------------------------------------------------- */

static const struct alm_input inputs[] = {
	[TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1 },
	[TMIN] = { .code = "TMIN", .unit = "degC", .decimals = 1 },
	[PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_param params[] = {
	[PARAM_BASE] = { .name = "base_years",
		.type = ALM_YEARS,
		.help = "Base period of the percentiles; stations without days of it have none",
		.example = "1985-2014",
		.default_value = "1961-1990" },
	[PARAM_RNN] = { .name = "rnn",
		.type = ALM_NUMBER,
		.help = "Threshold of rnnmm, mm",
		.example = "25",
		.default_value = "50",
		.min = 1,
		.max = 2000 },
	{ .name = NULL },
};

#define INDEX(column, of, how, shown, needs, kinds, text) \
	{ \
		.name = column, .unit = of, .method = how, .decimals = shown, .inputs = needs, \
		.periods = kinds, .help = text, .rules = "etccdi" \
	}
#define DAYS(column, needs, text) INDEX(column, "d", ALM_COUNT, 0, needs, ALM_YEAR, text)
#define BOTH (ALM_MONTH | ALM_YEAR)

static const struct alm_column columns[] = {
	[FD] = DAYS("fd", "TMIN", "Frost days: minimum below 0 degC"),
	[SU] = DAYS("su", "TMAX", "Summer days: maximum above 25 degC"),
	[ID] = DAYS("id", "TMAX", "Icing days: maximum below 0 degC"),
	[TR] = DAYS("tr", "TMIN", "Tropical nights: minimum above 20 degC"),
	[GSL] = DAYS("gsl", "TMAX,TMIN",
		"Growing season length: from the first six days in a row with a mean above 5 degC to "
		"the first six below it in the second half"),
	[TXX] = INDEX("txx", "degC", ALM_MAXIMUM, 1, "TMAX", BOTH, "Highest daily maximum"),
	[TNX] = INDEX("tnx", "degC", ALM_MAXIMUM, 1, "TMIN", BOTH, "Highest daily minimum"),
	[TXN] = INDEX("txn", "degC", ALM_MINIMUM, 1, "TMAX", BOTH, "Lowest daily maximum"),
	[TNN] = INDEX("tnn", "degC", ALM_MINIMUM, 1, "TMIN", BOTH, "Lowest daily minimum"),
	[TN10P] = INDEX("tn10p", "%", ALM_MEAN, 2, "TMIN", BOTH,
		"Cool nights: part of days with a minimum below the 10th percentile"),
	[TX10P] = INDEX("tx10p", "%", ALM_MEAN, 2, "TMAX", BOTH,
		"Cool days: part of days with a maximum below the 10th percentile"),
	[TN90P] = INDEX("tn90p", "%", ALM_MEAN, 2, "TMIN", BOTH,
		"Warm nights: part of days with a minimum above the 90th percentile"),
	[TX90P] = INDEX("tx90p", "%", ALM_MEAN, 2, "TMAX", BOTH,
		"Warm days: part of days with a maximum above the 90th percentile"),
	[WSDI] = DAYS("wsdi", "TMAX",
		"Warm spell duration: days in spells of at least six with a maximum above the 90th "
		"percentile"),
	[CSDI] = DAYS("csdi", "TMIN",
		"Cold spell duration: days in spells of at least six with a minimum below the 10th "
		"percentile"),
	[DTR] = INDEX("dtr", "degC", ALM_MEAN, 2, "TMAX,TMIN", BOTH,
		"Mean of daily maximum minus minimum"),
	[RX1DAY] = INDEX(
		"rx1day", "mm", ALM_MAXIMUM, 1, "PRCP", BOTH, "Most precipitation of a day"),
	[RX5DAY] = INDEX("rx5day", "mm", ALM_MAXIMUM, 1, "PRCP", BOTH,
		"Most precipitation of five days in a row, by the last of them"),
	[SDII] = INDEX("sdii", "mm", ALM_MEAN, 2, "PRCP", ALM_YEAR,
		"Mean precipitation of wet days, which have at least 1 mm"),
	[R10MM] = DAYS("r10mm", "PRCP", "Days with at least 10 mm"),
	[R20MM] = DAYS("r20mm", "PRCP", "Days with at least 20 mm"),
	[RNNMM] = DAYS("rnnmm", "PRCP", "Days with at least as much precipitation as rnn says"),
	[CDD] = DAYS("cdd", "PRCP",
		"Consecutive dry days: longest run of days below 1 mm that ends in the year"),
	[CWD] = DAYS("cwd", "PRCP",
		"Consecutive wet days: longest run of days of at least 1 mm that ends in the year"),
	[R95P] = INDEX("r95p", "mm", ALM_SUM, 1, "PRCP", ALM_YEAR,
		"Precipitation of days above the 95th percentile of wet days"),
	[R99P] = INDEX("r99p", "mm", ALM_SUM, 1, "PRCP", ALM_YEAR,
		"Precipitation of days above the 99th percentile of wet days"),
	[PRCPTOT] = INDEX(
		"prcptot", "mm", ALM_SUM, 1, "PRCP", ALM_YEAR, "Precipitation of wet days"),
	[R95PTOT] = INDEX(
		"r95ptot_pct", "%", ALM_MEAN, 2, "PRCP", ALM_YEAR, "r95p as a part of prcptot"),
	[R99PTOT] = INDEX(
		"r99ptot_pct", "%", ALM_MEAN, 2, "PRCP", ALM_YEAR, "r99p as a part of prcptot"),
	[COLUMNS] = { .name = NULL },
};

static const char help[] =
	"The 27 core indices of the Expert Team on Climate Change Detection and Indices "
	"(http://etccdi.pacificclimate.org/list_27_indices.shtml), from daily maximum and minimum "
	"temperature and precipitation.\n"
	"\n"
	"## Percentiles\n"
	"\n"
	"The percentile of a calendar day is that of the days of a window of five around it in "
	"the years of the base period (`base_years`, 1961-1990 unless given), by quantiles of type 8 of "
	"Hyndman and Fan (1996), computed in integers. February 29 is not in the windows, and is "
	"compared with February 28. Windows of the first and last days of a year end at the other "
	"end of the same year. A window needs a tenth of its days.\n"
	"\n"
	"Years of the base period are compared with thresholds without them (Zhang et al. 2005): "
	"for each other year, the threshold with that one twice; the results are averaged. `wsdi` "
	"and `csdi` take the plain thresholds.\n"
	"\n"
	"`r95p` and `r99p` are mm, as ETCCDI lists them; `r95ptot_pct` and `r99ptot_pct` are what "
	"ECA&D calls R95pTOT and R99pTOT.\n"
	"\n"
	"## Completeness\n"
	"\n"
	"Values are of the days that there are. Rule `etccdi` says which to trust: no more than 15 "
	"days missing in a year, 3 in a month, and no month void.\n"
	"\n"
	"## What differs elsewhere\n"
	"\n"
	"| program | differs in |\n"
	"|---|---|\n"
	"| climdex.pcic | `rx5day` by the middle of the five days; void values are left out; parts of "
	"days of the base period are divided by all days, also those without a value |\n"
	"| xclim | windows go over New Year; `cdd` and `cwd` within the year; no bootstrap unless asked "
	"for; percentiles of other types unless asked for |\n"
	"| ECA&D, icclim | `wsdi` and `csdi` with bootstrap; R95pTOT is a part of the total |\n";

static const struct alm_stat etccdi = {
	.name = "etccdi",
	.summary = "The 27 indices of climate extremes of ETCCDI, by year and month",
	.help = help,
	.inputs = inputs,
	.columns = columns,
	.on_request = ALM_MONTH | ALM_YEAR,
	.flags = ALM_WHOLE_RECORD,
	.params = params,
	.base = base,
	.base_param = PARAM_BASE,
	.base_size = sizeof(struct etccdi_base),
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &etccdi, NULL };

ALM_PLUGIN(.name = "etccdi", .version = "1.0.0", .stats = stats);

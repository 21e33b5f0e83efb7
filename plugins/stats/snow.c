/* Months, seasons and years of snowfall and snow depth: totals, extremes with their dates, days
 * over thresholds. */
#include <almanac/plugin.h>
#include <math.h>

#include "common/tally.h"

enum { SNOW, SNWD, INPUTS };
enum { START_MONTH };
enum {
	TOTAL_SNOW,
	NCEI_SNOW,
	SNOW_MAX,
	SNOW_MAX_DATE,
	DSNW,
	SNWD_MAX,
	SNWD_MAX_DATE,
	DSND,
	COVER_DAYS
};

/* NCEI's inch in whole millimetres; WMO-No. 8 counts snow cover from a centimetre. */
enum { INCH = 25, CENTIMETRE = 10 };

static void add_up(
	const struct alm_record *record, struct months months, struct tally all[], bool *ncei)
{
	*ncei = true;
	for (int32_t m = 0; m < months.count; m++) {
		struct span span = months_span((struct months){ months.first + m, 1 });

		for (unsigned input = 0; input < INPUTS; input++) {
			struct tally month = tally_days(record, input, span);

			tally_add(&all[input], &month);
			*ncei = *ncei && (input != SNOW || is_ncei_sum(&month));
		}
	}
}

static void put_largest(const struct tally *all, double *result, unsigned value, unsigned date)
{
	result[value] = all->present > 0 ? (double)all->high : NAN;
	result[date] = all->present > 0 ? (double)all->high_day : NAN;
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_record *record = task->record;
	struct months months = months_of_period(period, (int)task->params[START_MONTH].integer);
	struct span span = months_span(months);
	struct tally all[INPUTS] = { { 0 } };
	bool ncei, fell, lay;

	add_up(record, months, all, &ncei);
	fell = all[SNOW].present > 0;
	lay = all[SNWD].present > 0;
	result[TOTAL_SNOW] = fell ? (double)all[SNOW].sum : NAN;
	result[NCEI_SNOW] = ncei ? (double)all[SNOW].sum : NAN;
	put_largest(&all[SNOW], result, SNOW_MAX, SNOW_MAX_DATE);
	put_largest(&all[SNWD], result, SNWD_MAX, SNWD_MAX_DATE);
	result[DSNW] = fell ? (double)count_between(record, SNOW, span, INCH, INT32_MAX) : NAN;
	result[DSND] = lay ? (double)count_between(record, SNWD, span, INCH, INT32_MAX) : NAN;
	result[COVER_DAYS] =
		lay ? (double)count_between(record, SNWD, span, CENTIMETRE, INT32_MAX) : NAN;
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = {
	[SNOW] = { .code = "SNOW", .unit = "mm" },
	[SNWD] = { .code = "SNWD", .unit = "mm" },
	{ .code = NULL },
};

static const struct alm_param params[] = {
	[START_MONTH] = { .name = "start_month",
		.type = ALM_INTEGER,
		.help = "Month with which years begin, 1 to 12. A year that begins with another "
			"month than January has the number of the year in which it ends: with "
			"7, the snow year 2012 is July 2011 to June 2012",
		.example = "7",
		.default_value = "1",
		.min = 1,
		.max = 12 },
	{ .name = NULL },
};

#define RULES "wmo,ncei"
#define VALUE(id, of, how, from, judges, text) \
	[id] = { .name = of, \
		.unit = "mm", \
		.help = text, \
		.method = how, \
		.inputs = from, \
		.rules = judges }
#define DATE(id, of, from, text) \
	[id] = { .name = of, \
		.unit = "1", \
		.help = text, \
		.method = ALM_MAXIMUM, \
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

static const struct alm_column columns[] = {
	VALUE(TOTAL_SNOW, "snow", ALM_SUM, "SNOW", RULES, "Total snowfall"),
	VALUE(NCEI_SNOW, "ncei_snow", ALM_SUM, "SNOW", "",
		"snow as NCEI has it: void with a month that lacks more than 5 days"),
	VALUE(SNOW_MAX, "snow_max", ALM_MAXIMUM, "SNOW", RULES,
		"Greatest snowfall of a day (NCEI: EMSN)"),
	DATE(SNOW_MAX_DATE, "snow_max_date", "SNOW", "Day of snow_max, the last of several"),
	DAYS(DSNW, "dsnw", "SNOW", "Days with at least 25 mm of snowfall (1 in)"),
	VALUE(SNWD_MAX, "snwd_max", ALM_MAXIMUM, "SNWD", RULES,
		"Greatest snow depth (NCEI: EMSD)"),
	DATE(SNWD_MAX_DATE, "snwd_max_date", "SNWD", "Day of snwd_max, the last of several"),
	DAYS(DSND, "dsnd", "SNWD", "Days with a snow depth of at least 25 mm (1 in)"),
	DAYS(COVER_DAYS, "cover_days", "SNWD", "Days with a snow depth of at least 1 cm"),
	{ .name = NULL },
};

static const char help[] =
	"Snowfall (element SNOW) and depth of snow on the ground (SNWD), both in whole "
	"millimetres. A column is null if no day has a value; days without a report count as "
	"missing, not as without snow.\n\n"
	"| columns | formula | source |\n"
	"|---|---|---|\n"
	"| `snow` | sum of the daily values | WMO-No. 1203 |\n"
	"| `ncei_snow` | the same; void with a month that lacks more than 5 days | GSOM, GSOY |\n"
	"| `snow_max`, `snwd_max` | greatest value; of equal days the last is named | GSOM |\n"
	"| `dsnw` | days SNOW >= 25 mm | GSOM |\n"
	"| `dsnd` | days SNWD >= 25 mm | GSOM |\n"
	"| `cover_days` | days SNWD >= 10 mm | xclim's snow_cover_duration takes 20 mm |\n\n"
	"What differs elsewhere: NCEI's monthly snowfall includes totals of several days that "
	"were measured at once (element MDSF); here they are no value of any day. Snow years "
	"are usual from July or August: `start_month`.\n";

static const struct alm_stat snow = {
	.name = "snow",
	.summary = "Snowfall and snow depth: totals, extremes with their dates, threshold days",
	.on_request = ALM_MONTH | ALM_SEASON | ALM_YEAR,
	.lead_days = DAYS_OF_LEAP_YEAR,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &snow, NULL };

ALM_PLUGIN(.name = "snow", .version = "1.0.0", .stats = stats);

/* Records of calendar days, months, seasons and of all time: the highest, lowest and wettest
 * with their dates and since when they stand, the longest dry and wet spells. */
#include <math.h>

#include "common/normal.h"

enum { RULE };
enum { STANDING = 3 }; /* a record, its date, since when it stands */
enum {
	TMAX_MAX,
	TMAX_MIN = TMAX_MAX + STANDING,
	TMIN_MIN = TMAX_MIN + STANDING,
	TMIN_MAX = TMIN_MIN + STANDING,
	PRCP_MAX = TMIN_MAX + STANDING,
	WETTEST = PRCP_MAX + STANDING,
	WETTEST_YEAR,
	DRIEST,
	DRIEST_YEAR,
	DRY_SPELL,
	DRY_SPELL_END,
	WET_SPELL,
	WET_SPELL_END,
	YEARS /* by input */
};
enum { TENTHS = 10, WET = 10 }; /* a wet day: at least 1 mm */

/* A part of the calendar, of all years of a record. */
struct part {
	const struct alm_record *record;
	struct years years;
	uint32_t kind, part;
};

static void put_extremes(const struct tally *all, double *result)
{
	static const struct {
		unsigned column, input;
		bool high;
	} records[] = { { TMAX_MAX, NORMAL_TMAX, true }, { TMAX_MIN, NORMAL_TMAX, false },
		{ TMIN_MIN, NORMAL_TMIN, false }, { TMIN_MAX, NORMAL_TMIN, true },
		{ PRCP_MAX, NORMAL_PRCP, true } };

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const struct tally *of = &all[records[i].input];
		double *to = result + records[i].column;

		if (of->present > 0) {
			to[0] = (double)(records[i].high ? of->high : of->low) / TENTHS;
			to[1] = records[i].high ? of->high_day : of->low_day;
			to[2] = records[i].high ? of->high_first_day : of->low_first_day;
		}
	}
}

static void put_days(const struct part *part, double *result)
{
	struct tally all[NORMAL_INPUTS] = { { 0 } };
	int32_t years[NORMAL_INPUTS] = { 0 };

	for (int32_t y = 0; y < part->years.count; y++) {
		struct span span = span_of_part(part->kind, part->part, part->years.first + y);

		for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
			struct tally year = tally_days(part->record, input, span);

			tally_add(&all[input], &year);
			years[input] += year.present > 0;
		}
	}
	put_extremes(all, result);
	for (unsigned input = 0; input < NORMAL_INPUTS; input++) {
		result[YEARS + input] = years[input];
	}
}

/* Of equal totals the last year's. */
static void put_totals(const struct part *part, enum completeness rule, double *result)
{
	for (int32_t y = 0; y < part->years.count; y++) {
		int32_t year = part->years.first + y;
		double total = sum_of_months(part->record, NORMAL_PRCP,
			months_of_part(part->kind, part->part, year), rule);

		if (isnan(total)) {
			continue;
		}
		if (isnan(result[WETTEST]) || total >= result[WETTEST]) {
			result[WETTEST] = total;
			result[WETTEST_YEAR] = year;
		}
		if (isnan(result[DRIEST]) || total <= result[DRIEST]) {
			result[DRIEST] = total;
			result[DRIEST_YEAR] = year;
		}
	}
}

/* -- Spells ------------------------------------------------------------------ */

/* Of the longest spells the last one. */
struct spells {
	int32_t longest[2], end[2]; /* dry, wet */
};

static void find_spells(
	struct spells *spells, const struct alm_record *record, struct span span)
{
	struct span held = span_within(record, span);
	const int32_t *values = held.days > 0 ? values_at(record, NORMAL_PRCP, held) : NULL;
	int32_t run[2] = { 0, 0 };

	for (int32_t i = 0; i < held.days; i++) {
		if (!alm_is_value(values[i])) {
			run[0] = run[1] = 0;
			continue;
		}
		for (int wet = 0; wet < 2; wet++) {
			run[wet] = (values[i] >= WET) == wet ? run[wet] + 1 : 0;
			if (run[wet] > 0 && run[wet] >= spells->longest[wet]) {
				spells->longest[wet] = run[wet];
				spells->end[wet] = held.first_day + i;
			}
		}
	}
}

static void put_spells(const struct part *part, double *result)
{
	const struct alm_record *record = part->record;
	struct spells spells = { { 0, 0 }, { 0, 0 } };

	if (part->kind == ALM_CALENDAR_YEAR) {
		find_spells(&spells, record,
			(struct span){ record->first_day, (int32_t)record->days });
	}
	for (int32_t y = 0; part->kind != ALM_CALENDAR_YEAR && y < part->years.count; y++) {
		find_spells(&spells, record,
			span_of_part(part->kind, part->part, part->years.first + y));
	}
	if (result[YEARS + NORMAL_PRCP] > 0) {
		result[DRY_SPELL] = spells.longest[0];
		result[DRY_SPELL_END] = spells.longest[0] > 0 ? (double)spells.end[0] : NAN;
		result[WET_SPELL] = spells.longest[1];
		result[WET_SPELL_END] = spells.longest[1] > 0 ? (double)spells.end[1] : NAN;
	}
}

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	struct part part = { .record = task->record,
		.years = years_within(task->record, INT32_MIN, INT32_MAX),
		.kind = period->kind,
		.part = period->part };

	put_days(&part, result);
	if (period->kind != ALM_CALENDAR_DAY) {
		put_totals(&part, completeness_of(&task->params[RULE]), result);
		put_spells(&part, result);
	}
}

/* -- Declaration ------------------------------------------------------------- */

static const struct alm_input inputs[] = NORMAL_INPUT_TABLE;

static const struct alm_param params[] = {
	[RULE] = { .name = "completeness",
		.type = ALM_TEXT,
		.help = COMPLETENESS_HELP,
		.example = "wmo",
		.default_value = "ncei",
		.choices = completeness_choices },
	{ .name = NULL },
};

enum { LONG_PARTS = ALM_CALENDAR_MONTH | ALM_CALENDAR_SEASON | ALM_CALENDAR_YEAR };

#define RECORD(id, of, in, how, from, text) \
	[id] = { .name = of, \
		.unit = in, \
		.help = text, \
		.decimals = 1, \
		.method = how, \
		.inputs = from, \
		.rules = "" }, \
	[(id) + 1] = { .name = of "_date", \
		.unit = "1", \
		.help = "Day of " of ", the last of several", \
		.method = how, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_DATE }, \
	[(id) + 2] = { .name = of "_since", \
		.unit = "1", \
		.help = "Since when " of " stands: the first day that reached it", \
		.method = how, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_DATE }
#define TOTAL(id, of, how, text) \
	[id] = { .name = of, \
		.unit = "mm", \
		.help = text, \
		.decimals = 1, \
		.method = how, \
		.inputs = "PRCP", \
		.rules = "", \
		.periods = LONG_PARTS }, \
	[(id) + 1] = { .name = of "_year", \
		.unit = "1", \
		.help = "Year of " of ", the last of several", \
		.method = how, \
		.inputs = "PRCP", \
		.rules = "", \
		.type = ALM_INTEGER, \
		.periods = LONG_PARTS }
#define SPELL(id, of, text) \
	[id] = { .name = of, \
		.unit = "d", \
		.help = text, \
		.method = ALM_MAXIMUM, \
		.inputs = "PRCP", \
		.rules = "", \
		.type = ALM_INTEGER, \
		.periods = LONG_PARTS }, \
	[(id) + 1] = { .name = of "_end", \
		.unit = "1", \
		.help = "Last day of " of ", of several such spells of the last", \
		.method = ALM_MAXIMUM, \
		.inputs = "PRCP", \
		.rules = "", \
		.type = ALM_DATE, \
		.periods = LONG_PARTS }
#define YEARS_OF(i, of, from) \
	[YEARS + (i)] = { .name = of "_years", \
		.unit = "1", \
		.help = "Years with a value of " of, \
		.method = ALM_COUNT, \
		.inputs = from, \
		.rules = "", \
		.type = ALM_INTEGER }

static const struct alm_column columns[] = {
	RECORD(TMAX_MAX, "tmax_max", "degC", ALM_MAXIMUM, "TMAX",
		"Highest maximum temperature"),
	RECORD(TMAX_MIN, "tmax_min", "degC", ALM_MINIMUM, "TMAX", "Lowest maximum temperature"),
	RECORD(TMIN_MIN, "tmin_min", "degC", ALM_MINIMUM, "TMIN", "Lowest minimum temperature"),
	RECORD(TMIN_MAX, "tmin_max", "degC", ALM_MAXIMUM, "TMIN",
		"Highest minimum temperature"),
	RECORD(PRCP_MAX, "prcp_max", "mm", ALM_MAXIMUM, "PRCP",
		"Greatest precipitation of a day"),
	TOTAL(WETTEST, "wettest", ALM_MAXIMUM, "Greatest total of a month, season or year"),
	TOTAL(DRIEST, "driest", ALM_MINIMUM, "Least total of a month, season or year"),
	SPELL(DRY_SPELL, "dry_spell", "Most days in a row with less than 1 mm"),
	SPELL(WET_SPELL, "wet_spell", "Most days in a row with at least 1 mm"),
	YEARS_OF(NORMAL_TMAX, "tmax", "TMAX"),
	YEARS_OF(NORMAL_TMIN, "tmin", "TMIN"),
	YEARS_OF(NORMAL_PRCP, "prcp", "PRCP"),
	{ .name = NULL },
};

static const char help[] =
	"Extremes of all that is stored of a station, by calendar day, month, season, and of all "
	"time (`calendar_year`).\n\n"
	"- A record's date is the last day that reached it, as NCEI names it; `..._since` is the "
	"first, from which on it has not been broken. A record was broken in a period if its "
	"`..._since` lies in it. `..._years` tells how many years compete.\n"
	"- Totals are of months that are complete enough (`completeness`), of seasons and years "
	"all of whose months are.\n"
	"- Spells are days in a row below, or of at least, 1 mm; a missing day ends them. Of a "
	"calendar month or season they end with it; of all time they go on over New Year.\n"
	"- 29 February has the leap years only. The December of a winter is that of the year "
	"before.\n\n"
	"What differs elsewhere: ETCCDI's CDD and CWD are the longest spells of each year "
	"(statistic etccdi); some services name the first of equal records, some the last.\n";

static const struct alm_stat records = {
	.name = "records",
	.summary = "Records with their dates, and the longest dry and wet spells",
	.on_request = ALM_CALENDAR_DAY | LONG_PARTS,
	.flags = ALM_WHOLE_RECORD,
	.inputs = inputs,
	.columns = columns,
	.params = params,
	.help = help,
	.compute = compute,
};

static const struct alm_stat *const stats[] = { &records, NULL };

ALM_PLUGIN(.name = "records", .version = "1.0.0", .stats = stats);

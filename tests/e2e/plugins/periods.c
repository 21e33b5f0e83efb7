/* For test_ingest_statistics.py: statistics of every kind of period, one that looks
 * at the whole record and at the station, and sources that give blocks whole, always
 * or at times (test_sources.py).
 *
 * A file *.whole has lines "STATION DATE VALUE", DATE as 2001-12-31, VALUE an
 * integer or "-" for missing, with a quality flag at once behind it, if any. */
#include <almanac/plugin.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- The source --------------------------------------------------------- */

static const struct alm_element elements[] = {
	{ .code = "TMAX",
		.name = "maximum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	{ .code = NULL },
};

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	const char *dot = strrchr(name, '.');

	(void)head;
	(void)length;
	if (dot != NULL && strcmp(dot, ".notice") == 0) {
		return ALM_SNIFF_SKIP;
	}
	return dot != NULL && strcmp(dot + 1, source->name) == 0 ? 100 : 0;
}

static int read_line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *line, size_t length)
{
	struct alm_observation observation = { .value = ALM_MISSING };
	char station[33], value[16], flag = 0;
	int year, month, day, number;

	(void)source;
	(void)state;
	(void)length;
	if (sscanf(line, "%32s %d-%d-%d %15s", station, &year, &month, &day, value) != 5) {
		return alm->source->reject_line(feed, "not STATION DATE VALUE");
	}
	if (sscanf(value, "%d%c", &number, &flag) >= 1) {
		observation.value = number;
		observation.quality = flag;
	}
	observation.day = alm->day(year, month, day);
	if (alm->source->station(feed, station, strlen(station)) < 0) {
		return -1;
	}
	return alm->source->put_values(feed, &observation, 1);
}

/* Objects named "all..." are whole, others add. */
static int begin_parts(
	const struct alm_source *source, struct alm_feed *feed, void *state, const char *name)
{
	(void)source;
	(void)state;
	return strncmp(name, "all", 3) == 0 ? alm->source->whole(feed, ALM_WHOLE_OBJECT) : 0;
}

static const struct alm_source parts = {
	.name = "parts",
	.summary = "days of one element, whole blocks in some files",
	.elements = elements,
	.sniff = sniff,
	.begin = begin_parts,
	.line = read_line,
};

static const struct alm_source whole = {
	.name = "whole",
	.summary = "days of one element, whole blocks",
	.elements = elements,
	.flags = ALM_WHOLE_BLOCKS,
	.sniff = sniff,
	.line = read_line,
};

/* -- Statistics --------------------------------------------------------- */

static void add_up(const struct alm_task *task, const struct alm_period *period, double *result)
{
	uint32_t first = period->first, days = period->days;

	double sum = 0;
	int count = 0;

	for (size_t i = first; i < first + days; i++) {
		if (alm_is_value(task->record->series[0].value[i])) {
			sum += task->record->series[0].value[i];
			count++;
		}
	}
	result[0] = count > 0 ? sum : NAN;
	result[1] = count;
}

static const struct alm_input inputs[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1 },
	{ .code = NULL },
};

static const struct alm_column totals[] = {
	{ .name = "total",
		.unit = "1",
		.help = "Sum of the stored integers",
		.method = ALM_SUM,
		.inputs = "TMAX" },
	{ .name = "days", .unit = "1", .help = "Days", .method = ALM_COUNT, .inputs = "TMAX" },
	{ .name = NULL },
};

static const struct alm_stat monthly = {
	.name = "test_monthly",
	.summary = "sums of months",
	.periods = ALM_MONTH,
	.inputs = inputs,
	.columns = totals,
	.compute = add_up,
};

static const struct alm_stat seasonal = {
	.name = "test_seasonal",
	.summary = "sums of seasons",
	.periods = ALM_SEASON,
	.inputs = inputs,
	.columns = totals,
	.compute = add_up,
};

/* Days with a value before the year, and where the station is. */
static void look_back(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	uint32_t first = period->first;

	result[0] = 0;
	for (size_t i = 0; i < first; i++) {
		result[0] += alm_is_value(task->record->series[0].value[i]);
	}
	result[1] = task->record->station->latitude;
}

static const struct alm_column past[] = {
	{ .name = "before",
		.unit = "1",
		.help = "Days with a value before the year",
		.method = ALM_COUNT,
		.inputs = "TMAX" },
	{ .name = "latitude",
		.unit = "degrees_north",
		.help = "Latitude",
		.method = ALM_MEAN,
		.inputs = "TMAX" },
	{ .name = NULL },
};

static const struct alm_stat history = {
	.name = "test_history",
	.summary = "what came before",
	.periods = ALM_YEAR,
	.inputs = inputs,
	.columns = past,
	.flags = ALM_WHOLE_RECORD,
	.compute = look_back,
};

/* -- Several kinds of periods, parameters, days before, a base period ------ */

enum { BASE, THRESHOLD };

enum { ABOVE, BEFORE, WARMEST, HIGH, ONLY_YEARS };

enum { LEAD = 40, FIRST_MONTHS = ALM_MONTH | ALM_SEASON };

static void sum_base(const struct alm_task *task, void *base)
{
	const struct alm_value *years = &task->params[BASE];
	const struct alm_record *record = task->record;
	int64_t *sum = base;

	for (uint32_t i = 0; i < record->days; i++) {
		int32_t value = record->series[0].value[i];
		int year, month, day;

		alm->date(record->first_day + (int32_t)i, &year, &month, &day);
		if (alm_is_value(value) && year >= years->first_year &&
			year <= years->last_year) {
			*sum += value;
		}
	}
}

static double sum_before(const int32_t *values, uint32_t first)
{
	double sum = 0;

	for (uint32_t i = first > LEAD ? first - LEAD : 0; i < first; i++) {
		sum += alm_is_value(values[i]) ? values[i] : 0;
	}
	return sum;
}

static void compute_several(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const struct alm_record *record = task->record;
	const int32_t *values = record->series[0].value;
	int32_t highest = ALM_MISSING;

	result[ABOVE] = 0;
	for (uint32_t i = period->first; i < period->first + period->days; i++) {
		if (alm_is_value(values[i]) && values[i] >= highest) {
			highest = values[i];
			result[WARMEST] = record->first_day + (int32_t)i;
		}
		result[ABOVE] +=
			alm_is_value(values[i]) && values[i] > task->params[THRESHOLD].integer;
	}
	result[BEFORE] = sum_before(values, period->first);
	result[HIGH] = (double)*(const int64_t *)task->base;
	result[ONLY_YEARS] = period->year + 0.5;
}

static const struct alm_param several_params[] = {
	[BASE] = { .name = "base",
		.type = ALM_YEARS,
		.help = "Base period",
		.example = "2000-2001",
		.default_value = "2000-2001" },
	[THRESHOLD] = { .name = "threshold",
		.type = ALM_INTEGER,
		.help = "What days are counted above",
		.example = "100",
		.default_value = "100",
		.min = -900,
		.max = 900 },
	{ .name = NULL },
};

static const struct alm_column several_columns[] = {
	[ABOVE] = { .name = "above",
		.unit = "d",
		.help = "Days above the threshold",
		.method = ALM_COUNT,
		.type = ALM_INTEGER,
		.rules = "etccdi" },
	[BEFORE] = { .name = "before",
		.unit = "1",
		.help = "Sum of the 40 days before",
		.method = ALM_SUM,
		.rules = "",
		.periods = FIRST_MONTHS | ALM_YEAR | ALM_DAY },
	[WARMEST] = { .name = "warmest",
		.unit = "1",
		.help = "The last warmest day",
		.method = ALM_MAXIMUM,
		.type = ALM_DATE,
		.rules = "" },
	[HIGH] = { .name = "base_sum",
		.unit = "1",
		.help = "Sum of the base period",
		.method = ALM_SUM,
		.type = ALM_INTEGER,
		.rules = "" },
	[ONLY_YEARS] = { .name = "only_years",
		.unit = "1",
		.help = "A half more than the year",
		.decimals = 1,
		.method = ALM_MEAN,
		.rules = "",
		.periods = ALM_YEAR },
	{ .name = NULL },
};

static const struct alm_stat several = {
	.name = "test_several",
	.summary = "several kinds of periods",
	.periods = ALM_MONTH | ALM_SEASON | ALM_YEAR,
	.on_request = ALM_DAY | ALM_CALENDAR_DAY | ALM_CALENDAR_MONTH | ALM_CALENDAR_SEASON |
		      ALM_CALENDAR_YEAR,
	.inputs = inputs,
	.columns = several_columns,
	.params = several_params,
	.lead_days = LEAD,
	.help = "Counts **days** above a <threshold>.",
	.base = sum_base,
	.base_param = BASE,
	.base_size = sizeof(int64_t),
	.compute = compute_several,
};

static const struct alm_source *const sources[] = { &whole, &parts, NULL };
static const struct alm_stat *const stats[] = { &monthly, &seasonal, &history, &several, NULL };

ALM_PLUGIN(.name = "periods", .version = "1.0.0", .sources = sources, .stats = stats);

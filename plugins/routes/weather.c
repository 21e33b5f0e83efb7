/* GET /api/weather: days as stations reported them. */
#include <almanac/plugin.h>
#include <stdbool.h>

enum { STATION_ID, DATE, YEAR, START_DATE, END_DATE, MONTH, SEASON, ELEMENTS, FLAGS, QC };
enum { YEAR_MIN = 1, YEAR_MAX = 9999 };

static const char *const qualities[] = { "good", "all", NULL };

/* Meteorological seasons, by name. */
static const char *const seasons[] = { "DJF", "MAM", "JJA", "SON", NULL };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations; all unless given",
		.example = "USC00110072",
		.max_values = 100 },
	[DATE] = { .name = "date",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "This day alone, such as `2012-07-04` or `20120704`, or the days of this month, "
			"`2012-07`, or year, `2012`",
		.example = "2014-07-04" },
	[YEAR] = { .name = "year",
		.type = ALM_INTEGER,
		.help = "Days of this year alone",
		.example = "2012",
		.min = YEAR_MIN,
		.max = YEAR_MAX },
	[START_DATE] = { .name = "start_date",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "First day; of a month (`2012-07`) or year (`2012`) its first day",
		.example = "2014-01-01" },
	[END_DATE] = { .name = "end_date",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "Last day; of a month (`2012-07`) or year (`2012`) its last day",
		.example = "2014-12-31" },
	[MONTH] = { .name = "month",
		.type = ALM_INTEGER,
		.flags = ALM_LIST,
		.help = "Days of these months, 1 to 12, of every year",
		.example = "6,7,8",
		.min = 1,
		.max = 12,
		.max_values = 12 },
	[SEASON] = { .name = "season",
		.type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Days of these seasons: DJF is December, January and February, whatever the "
			"year, MAM, JJA and SON likewise. 2012-01-01 to 2012-12-31 with DJF is "
			"January, February and December 2012; for one winter take 2011-12-01 to "
			"2012-02-29",
		.example = "JJA",
		.choices = seasons,
		.max_values = 4 },
	[ELEMENTS] = { .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Observed quantities, one field of a day each; `*`: all that are stored. A "
			"day is in the answer if a station reported at least one of them, also as "
			"missing",
		.example = "TMAX,TMIN",
		.default_value = "TMAX,TMIN,PRCP" },
	[FLAGS] = { .name = "flags",
		.type = ALM_BOOLEAN,
		.help = "Whether each element, such as `tmax`, is followed by its flags and its time "
			"of observation: `tmax_mflag`, `tmax_qflag` and `tmax_sflag` are GHCN-Daily's "
			"measurement, quality and source flag, `tmax_time` is local time, `HH:MM`, "
			"24:00 the end of the day; null: none, or not known",
		.example = "true",
		.default_value = "false" },
	[QC] = { .name = "qc",
		.type = ALM_TEXT,
		.help = "Values that are shown: `good`, those that failed no quality check; `all`, "
			"those with a quality flag as well, which are null otherwise",
		.example = "all",
		.default_value = "good",
		.choices = qualities },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station that reported" },
	{ .name = "date",
		.type = ALM_DATE,
		.help = "Day of observation: the station's own, in local time; at many stations "
			"it ends in the morning of that date" },
	{ .name = "elements",
		.type = ALM_NUMBER,
		.flags = ALM_PER_ELEMENT | ALM_NULLABLE,
		.help = "Value of the element; null if it is missing or failed a quality check" },
	{ .name = NULL },
};

/* One parameter that stands for both ends. */
static int select_span(
	struct alm_request *request, unsigned param, struct alm_selection *selection)
{
	selection->has |= ALM_SINCE | ALM_UNTIL;
	if (param == YEAR) {
		int year = (int)alm->param->integer(request, YEAR, 0);

		selection->first_day = alm->day(year, 1, 1);
		selection->last_day = alm->day(year, 12, 31);
	} else {
		selection->first_day = (int32_t)alm->param->integer(request, DATE, 0);
		selection->last_day = (int32_t)alm->param->number(request, DATE, 0);
	}
	return 0;
}

static int select_dates(struct alm_request *request, struct alm_selection *selection)
{
	bool since = alm->param->count(request, START_DATE) > 0;
	bool until = alm->param->count(request, END_DATE) > 0;
	bool date = alm->param->count(request, DATE) > 0;
	bool year = alm->param->count(request, YEAR) > 0;

	if (year && (since || until || date)) {
		return alm->param->fail(request, YEAR,
			"year is for one year: leave out %s, or year",
			date ? "date" : "start_date and end_date");
	}
	if (date && (since || until)) {
		return alm->param->fail(request, DATE,
			"date is for one day, month or year: leave out start_date and end_date, or "
			"date");
	}
	if (date || year) {
		return select_span(request, year ? YEAR : DATE, selection);
	}
	if (since) {
		selection->has |= ALM_SINCE;
		selection->first_day = (int32_t)alm->param->integer(request, START_DATE, 0);
	}
	if (until) {
		selection->has |= ALM_UNTIL;
		selection->last_day = (int32_t)alm->param->number(request, END_DATE, 0);
	}
	if (since && until && selection->first_day > selection->last_day) {
		return alm->param->fail(request, START_DATE,
			"start_date is after end_date (%s)",
			alm->param->text(request, END_DATE, 0));
	}
	return 0;
}

static uint32_t season_months(const char *name)
{
	switch (name[0]) {
	case 'D':
		return 1u << 12 | 1u << 1 | 1u << 2;
	case 'M':
		return 1u << 3 | 1u << 4 | 1u << 5;
	case 'J':
		return 1u << 6 | 1u << 7 | 1u << 8;
	default:
		return 1u << 9 | 1u << 10 | 1u << 11;
	}
}

static int select_months(struct alm_request *request, struct alm_selection *selection)
{
	if (alm->param->count(request, MONTH) > 0 && alm->param->count(request, SEASON) > 0) {
		return alm->param->fail(request, SEASON,
			"season stands for months: leave out month, or season");
	}
	for (size_t i = 0; i < alm->param->count(request, MONTH); i++) {
		selection->months |= 1u << alm->param->integer(request, MONTH, i);
	}
	for (size_t i = 0; i < alm->param->count(request, SEASON); i++) {
		selection->months |= season_months(alm->param->text(request, SEASON, i));
	}
	return 0;
}

static int select_days(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	(void)route;
	selection->stations = alm->param->texts(request, STATION_ID);
	selection->station_count = alm->param->count(request, STATION_ID);
	selection->elements = alm->param->texts(request, ELEMENTS);
	selection->element_count = alm->param->count(request, ELEMENTS);
	if (alm->param->integer(request, FLAGS, 0) != 0) {
		selection->has |= ALM_WITH_FLAGS;
	}
	if (alm->param->text(request, QC, 0)[0] == 'a') {
		selection->has |= ALM_WITH_FLAGGED;
	}
	return select_dates(request, selection) < 0 ? -1 : select_months(request, selection);
}

static const struct alm_route weather = {
	.path = "/api/weather",
	.summary = "Days of observations",
	.help = "Maximum and minimum temperature, precipitation and whatever else stations "
		"observed, day by day: by station id, then date. A day that no source mentions "
		"is not in the answer; one that was reported without any value is, with nulls.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE | ALM_STATION_FILTER | ALM_FILTERED,
	.answer = ALM_DAYS,
	.select = select_days,
};

static const struct alm_route *const routes[] = { &weather, NULL };

ALM_PLUGIN(.name = "weather", .version = "1.0.0", .routes = routes);

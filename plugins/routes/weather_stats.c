/* GET /api/weather/stats: what the calculator "yearly" has computed. */
#include <almanac/plugin.h>
#include <stdbool.h>

enum { STATION_ID, YEAR, START_YEAR, END_YEAR };
enum { YEAR_MIN = 1, YEAR_MAX = 9999 };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations; all unless given",
		.example = "USC00110072",
		.max_values = 100 },
	[YEAR] = { .name = "year",
		.type = ALM_INTEGER,
		.help = "This year alone",
		.example = "2012",
		.min = YEAR_MIN,
		.max = YEAR_MAX },
	[START_YEAR] = { .name = "start_year",
		.type = ALM_INTEGER,
		.help = "First year",
		.example = "1985",
		.min = YEAR_MIN,
		.max = YEAR_MAX },
	[END_YEAR] = { .name = "end_year",
		.type = ALM_INTEGER,
		.help = "Last year",
		.example = "2014",
		.min = YEAR_MIN,
		.max = YEAR_MAX },
	{ .name = NULL },
};

#define VALUE(column, of, help_text) \
	{ \
		.name = column, .type = ALM_NUMBER, .flags = ALM_NULLABLE, .unit = of, \
		.decimals = 2, .help = help_text \
	}
#define COUNTS(input, what) \
	{ .name = input "_days", \
		.type = ALM_INTEGER, \
		.flags = ALM_HIDDEN, \
		.unit = "d", \
		.help = "Days of the year with a good value of " what }, \
		{ .name = input "_missing", \
			.type = ALM_INTEGER, \
			.flags = ALM_HIDDEN, \
			.unit = "d", \
			.help = "Days of the year without one" }, \
	{ \
		.name = input "_longest_gap", .type = ALM_INTEGER, .flags = ALM_HIDDEN, \
		.unit = "d", .help = "Longest run of such days" \
	}
#define VERDICTS(column) \
	{ .name = column "_wmo", \
		.type = ALM_BOOLEAN, \
		.flags = ALM_HIDDEN, \
		.help = "Whether " column \
			" satisfies the completeness rule of WMO-No. 1203" }, \
	{ \
		.name = column "_ncei", .type = ALM_BOOLEAN, .flags = ALM_HIDDEN, \
		.help = "Whether " column " satisfies the completeness rule of NCEI's " \
			"summaries (at most 5 days missing in any month, 3 in a row)" \
	}

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station that reported" },
	{ .name = "year", .type = ALM_INTEGER, .help = "Calendar year" },
	VALUE("avg_tmax", "degC",
		"Mean of the daily maximum temperatures; missing days ignored"),
	VALUE("avg_tmin", "degC",
		"Mean of the daily minimum temperatures; missing days ignored"),
	VALUE("total_prcp", "cm", "Total precipitation; missing days ignored"),
	COUNTS("tmax", "maximum temperature"),
	COUNTS("tmin", "minimum temperature"),
	COUNTS("prcp", "precipitation"),
	VERDICTS("avg_tmax"),
	VERDICTS("avg_tmin"),
	VERDICTS("total_prcp"),
	{ .name = NULL },
};

static int select_years(struct alm_request *request, struct alm_selection *selection)
{
	bool since = alm->param->count(request, START_YEAR) > 0;
	bool until = alm->param->count(request, END_YEAR) > 0;
	bool one = alm->param->count(request, YEAR) > 0;

	if (one && (since || until)) {
		return alm->param->fail(request, YEAR,
			"year is for one year: leave out start_year and end_year, or year");
	}
	if (one || since) {
		selection->has |= ALM_SINCE;
		selection->first_day = alm->day(
			(int)alm->param->integer(request, one ? YEAR : START_YEAR, 0), 1, 1);
	}
	if (one || until) {
		selection->has |= ALM_UNTIL;
		selection->last_day = alm->day(
			(int)alm->param->integer(request, one ? YEAR : END_YEAR, 0), 12, 31);
	}
	if (since && until && selection->first_day > selection->last_day) {
		return alm->param->fail(request, START_YEAR,
			"start_year is after end_year (%s)",
			alm->param->text(request, END_YEAR, 0));
	}
	return 0;
}

static int select_rows(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	(void)route;
	selection->statistic = "yearly";
	selection->stations = alm->param->texts(request, STATION_ID);
	selection->station_count = alm->param->count(request, STATION_ID);
	return select_years(request, selection);
}

static const struct alm_route weather_stats = {
	.path = "/api/weather/stats",
	.summary = "Yearly statistics, of partial years too",
	.help = "Mean maximum and minimum temperature and total precipitation of every station "
		"and year, by station id, then year. Days without a value are ignored; a value is "
		"null only if the year has none at all. How much stands behind each value, and "
		"whether WMO or NCEI would publish it, is in further fields: ask for them with "
		"`fields`, or for all with `fields=*`. So a year of few days may be the hottest: "
		"`rule` and `min_coverage=0.9` leave out what rests on too little.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE | ALM_STATION_FILTER | ALM_FILTERED |
		 ALM_COMPLETENESS,
	.answer = ALM_STATISTICS,
	.select = select_rows,
};

static const struct alm_route *const routes[] = { &weather_stats, NULL };

ALM_PLUGIN(.name = "weather_stats", .version = "1.0.0", .routes = routes);

/* GET /api/stats/{statistic}: the rows of any statistic, whatever its columns are. */
#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

enum { STATISTIC, STATION_ID, YEAR, START_YEAR, END_YEAR };
enum { YEAR_MIN = 1, YEAR_MAX = 9999 };

static const struct alm_param params[] = {
	[STATISTIC] = { .name = "statistic",
		.type = ALM_TEXT,
		.flags = ALM_REQUIRED,
		.help = "Name of a statistic, one of those that /api/stats lists",
		.example = "yearly",
		.min = 1,
		.max = 32 },
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

static const struct alm_field fields[] = {
	{ .name = "columns",
		.type = ALM_NUMBER,
		.flags = ALM_PER_COLUMN | ALM_NULLABLE,
		.help = "Station, year, month or season if the statistic has rows of such, and its "
			"values; on request, of each element x they rest on: x_days, x_missing, "
			"x_longest_gap; of each value y and completeness rule r, as the parameter "
			"`rule` has them: y_r" },
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
	selection->statistic = alm->param->text(request, STATISTIC, 0);
	selection->stations = alm->param->texts(request, STATION_ID);
	selection->station_count = alm->param->count(request, STATION_ID);
	return select_years(request, selection);
}

static const struct alm_route calculator = {
	.path = "/api/stats/{statistic}",
	.summary = "Results of a statistic",
	.help = "What a statistic has computed for every station and period, by station id, then "
		"period. Periods of which only some days were observed have values too: `rule` and "
		"`min_coverage` leave them out. Rows of the defaults are stored; other values of "
		"its parameters, and days and parts of the calendar as `period`, are computed for "
		"the request, of the stations that `station_id` names.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE | ALM_STATION_FILTER | ALM_FILTERED |
		 ALM_COMPLETENESS | ALM_COMPUTED,
	.answer = ALM_STATISTICS,
	.select = select_rows,
};

static const struct alm_route *const routes[] = { &calculator, NULL };

ALM_PLUGIN(.name = "calculator", .version = "1.0.0", .routes = routes);

/* GET /api/stats/{calculator}: the rows of any calculator, whatever its columns are. */
#include <almanac/plugin.h>
#include <stddef.h>

enum { CALCULATOR, STATION_ID, START_YEAR, END_YEAR };
enum { YEAR_MIN = 1, YEAR_MAX = 9999 };

static const struct alm_param params[] = {
	[CALCULATOR] = { .name = "calculator",
		.type = ALM_TEXT,
		.flags = ALM_REQUIRED,
		.help = "Name of the calculator, one of those of /api/stats",
		.example = "yearly",
		.min = 1,
		.max = 32 },
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations; all unless given",
		.example = "USC00110072",
		.most = 100 },
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
		.help = "station_id, year, month or season if the calculator's periods are such, and "
			"its columns; on request, of each input x: x_days, x_missing, x_longest_gap; "
			"of each column y: y_wmo, y_ncei" },
	{ .name = NULL },
};

static int handle(struct alm_request *request)
{
	struct alm_selection selection = {
		.stations = alm->texts(request, STATION_ID),
		.station_count = alm->count(request, STATION_ID),
		.first_day = INT32_MIN,
		.last_day = INT32_MAX,
	};

	if (alm->count(request, START_YEAR) > 0) {
		selection.first_day = alm->day((int)alm->integer(request, START_YEAR, 0), 1, 1);
	}
	if (alm->count(request, END_YEAR) > 0) {
		selection.last_day = alm->day((int)alm->integer(request, END_YEAR, 0), 12, 31);
	}
	if (selection.first_day > selection.last_day) {
		return alm->fail_param(request, START_YEAR, "start_year is after end_year (%s)",
			alm->text(request, END_YEAR, 0));
	}
	return alm->send_statistics(request, alm->text(request, CALCULATOR, 0), &selection);
}

static const struct alm_route calculator = {
	.path = "/api/stats/{calculator}",
	.summary = "Rows of a calculator",
	.help = "What a calculator has computed, by station id, then period.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE | ALM_STATIONS | ALM_FILTERED |
		 ALM_VERDICTS,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &calculator, NULL };

ALM_PLUGIN(.name = "calculator", .version = "1.0.0", .routes = routes);

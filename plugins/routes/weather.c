/* GET /api/weather: days as stations reported them. */
#include <almanac/plugin.h>

enum { STATION_ID, DATE, START_DATE, END_DATE, ELEMENTS };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations; all unless given",
		.example = "USC00110072",
		.most = 100 },
	[DATE] = { .name = "date",
		.type = ALM_DATE,
		.help = "This day alone",
		.example = "2014-07-04" },
	[START_DATE] = { .name = "start_date",
		.type = ALM_DATE,
		.help = "First day",
		.example = "2014-01-01" },
	[END_DATE] = { .name = "end_date",
		.type = ALM_DATE,
		.help = "Last day",
		.example = "2014-12-31" },
	[ELEMENTS] = { .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Observed quantities, one member of a day each. A day is in the answer if "
			"a station reported at least one of them, also as missing",
		.example = "TMAX,TMIN",
		.fallback = "TMAX,TMIN,PRCP",
		.most = 100 },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station that reported" },
	{ .name = "date", .type = ALM_DATE, .help = "Day of observation" },
	{ .name = "elements",
		.type = ALM_NUMBER,
		.flags = ALM_PER_ELEMENT | ALM_NULLABLE,
		.help = "Value of the element; null if it is missing or failed a quality check" },
	{ .name = NULL },
};

static int select_days(struct alm_request *request, struct alm_selection *selection)
{
	if (alm->count(request, DATE) > 0) {
		if (alm->count(request, START_DATE) > 0 || alm->count(request, END_DATE) > 0) {
			return alm->fail_param(request, DATE,
				"date is for one day: leave out start_date and end_date, or date");
		}
		selection->first_day = (int32_t)alm->integer(request, DATE, 0);
		selection->last_day = selection->first_day;
		return 0;
	}
	if (alm->count(request, START_DATE) > 0) {
		selection->first_day = (int32_t)alm->integer(request, START_DATE, 0);
	}
	if (alm->count(request, END_DATE) > 0) {
		selection->last_day = (int32_t)alm->integer(request, END_DATE, 0);
	}
	if (selection->first_day > selection->last_day) {
		return alm->fail_param(request, START_DATE, "start_date is after end_date (%s)",
			alm->text(request, END_DATE, 0));
	}
	return 0;
}

static int handle(struct alm_request *request)
{
	struct alm_selection selection = {
		.stations = alm->texts(request, STATION_ID),
		.station_count = alm->count(request, STATION_ID),
		.elements = alm->texts(request, ELEMENTS),
		.element_count = alm->count(request, ELEMENTS),
		.first_day = INT32_MIN,
		.last_day = INT32_MAX,
	};

	if (select_days(request, &selection) < 0) {
		return -1;
	}
	return alm->send_days(request, &selection);
}

static const struct alm_route weather = {
	.path = "/api/weather",
	.summary = "Days of observations",
	.help = "Maximum and minimum temperature, precipitation and whatever else stations "
		"observed, day by day: by station id, then date. A day that no source mentions "
		"is not in the answer; one that was reported without any value is, with nulls.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &weather, NULL };

ALM_PLUGIN(.name = "weather", .version = "1.0.0", .routes = routes);

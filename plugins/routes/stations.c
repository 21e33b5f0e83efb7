/* GET /api/stations and /api/stations/{station_id}: what is known of stations. */
#include <almanac/plugin.h>
#include <stddef.h>

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Identifier" },
	{ .name = "name", .type = ALM_TEXT, .flags = ALM_NULLABLE, .help = "Name" },
	{ .name = "latitude",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.unit = "degrees_north",
		.decimals = 4,
		.help = "Latitude, WGS 84" },
	{ .name = "longitude",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.unit = "degrees_east",
		.decimals = 4,
		.help = "Longitude, WGS 84" },
	{ .name = "elevation",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE,
		.unit = "m",
		.decimals = 1,
		.help = "Height above mean sea level" },
	{ .name = "state",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "Postal code of the US state or Canadian province" },
	{ .name = "country",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "FIPS 10-4 code of the country" },
	{ .name = "wmo_id",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE,
		.help = "WMO station number" },
	{ .name = "first_year",
		.type = ALM_INTEGER,
		.flags = ALM_NULLABLE,
		.help = "First year with observations; null if there are none" },
	{ .name = "last_year",
		.type = ALM_INTEGER,
		.flags = ALM_NULLABLE,
		.help = "Last year with observations" },
	{ .name = "distance",
		.type = ALM_NUMBER,
		.flags = ALM_NULLABLE | ALM_HIDDEN,
		.unit = "km",
		.decimals = 3,
		.help = "Great-circle distance from `near`; with `near` it is there unasked, unless "
			"`fields` leaves it out" },
	{ .name = NULL },
};

enum { STATION_ID };

static const struct alm_param list_params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "These stations alone; all unless given",
		.example = "USC00110072",
		.max_values = 100 },
	{ .name = NULL },
};

static int select_some(const struct alm_route *route, struct alm_request *request,
	struct alm_selection *selection)
{
	(void)route;
	selection->stations = alm->param->texts(request, STATION_ID);
	selection->station_count = alm->param->count(request, STATION_ID);
	return 0;
}

static const struct alm_route stations = {
	.path = "/api/stations",
	.summary = "Find stations",
	.help = "All stations that are known, by id, or those that `station_id`, `state`, `country`, "
		"`bbox`, `near`, `year` and `name` all leave. With `near` the closest one comes first.",
	.params = list_params,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR | ALM_CACHEABLE | ALM_STATION_FILTER | ALM_FILTERED,
	.answer = ALM_STATIONS,
	.select = select_some,
};

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Identifier of the station",
		.example = "USC00110072" },
	{ .name = NULL },
};

static const struct alm_route station = {
	.path = "/api/stations/{station_id}",
	.summary = "One station",
	.help = "What is known of a station: where it is, and from when to when it reported.",
	.params = params,
	.fields = fields,
	.flags = ALM_SINGLE | ALM_CACHEABLE,
	.answer = ALM_STATIONS,
	.select = select_some,
};

static const struct alm_route *const routes[] = { &stations, &station, NULL };

ALM_PLUGIN(.name = "stations", .version = "1.2.0", .routes = routes);

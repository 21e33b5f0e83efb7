/* A route: the warmest day that a station has seen.
 *
 *	curl 'http://127.0.0.1:8080/api/stations/USC00110072/warmest?start_date=2000-01-01' */
#include <almanac/plugin.h>

enum { STATION_ID, START_DATE };
enum { F_STATION_ID, F_DATE, F_TMAX, FIELDS };

static const struct alm_param params[] = {
	{ .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Station",
		.example = "USC00110072" },
	{ .name = "start_date",
		.type = ALM_DATE,
		.help = "First day that counts",
		.example = "2000-01-01" },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
	{ .name = "date", .type = ALM_DATE, .help = "The first such day" },
	{ .name = "tmax",
		.type = ALM_NUMBER,
		.unit = "degC",
		.decimals = 1,
		.help = "Maximum temperature" },
	{ .name = NULL },
};

static int on_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	const int32_t *tmax = record->series[0].value;
	struct alm_cell cells[FIELDS] = { 0 };
	size_t best = 0;

	(void)arg;
	for (size_t i = 1; i < record->days; i++) {
		best = tmax[i] > tmax[best] ? i : best;
	}
	if (record->days == 0 || tmax[best] == ALM_MISSING) {
		return alm->answer->fail(request, 404,
			"no maximum temperature is known of '%s'", record->station->id);
	}
	cells[F_STATION_ID].text = record->station->id;
	cells[F_DATE].integer = record->first_day + (int32_t)best;
	cells[F_TMAX].number = tmax[best] / 10.0;
	return alm->answer->row(request, cells) < 0 ? -1 : alm->answer->send(request);
}

static int handle(const struct alm_route *route, struct alm_request *request)
{
	static const char *const elements[] = { "TMAX" };
	struct alm_selection selection =
		ALM_SIZED(alm_selection, .elements = elements, .element_count = 1);

	(void)route;
	selection.stations = alm->param->texts(request, STATION_ID);
	selection.station_count = 1;
	if (alm->param->count(request, START_DATE) > 0) {
		selection.has = ALM_SINCE;
		selection.first_day = (int32_t)alm->param->integer(request, START_DATE, 0);
	}
	return alm->answer->record(request, &selection, on_record, NULL);
}

static const struct alm_route warmest = {
	.path = "/api/stations/{station_id}/warmest",
	.summary = "The warmest day of a station",
	.params = params,
	.fields = fields,
	.flags = ALM_SINGLE | ALM_CACHEABLE,
	.answer = ALM_ROWS,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &warmest, NULL };

ALM_PLUGIN(.name = "route_example", .version = "1.0.0", .routes = routes);

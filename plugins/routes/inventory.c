/* GET /api/stations/{station_id}/inventory: how much of each element a station reported. */
#include <almanac/plugin.h>
#include <stddef.h>

enum { STATION_ID };

static const struct alm_param params[] = {
	[STATION_ID] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_REQUIRED,
		.help = "Identifier of the station",
		.example = "USC00110072" },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "element", .type = ALM_ELEMENT, .help = "Code of the element" },
	{ .name = "first_date", .type = ALM_DATE, .help = "First day that was reported" },
	{ .name = "last_date", .type = ALM_DATE, .help = "Last day that was reported" },
	{ .name = "days_reported",
		.type = ALM_INTEGER,
		.unit = "d",
		.help = "Days that were reported, also as missing" },
	{ .name = "days_present",
		.type = ALM_INTEGER,
		.unit = "d",
		.help = "Days with a value that failed no quality check" },
	{ .name = "coverage",
		.type = ALM_NUMBER,
		.unit = "1",
		.decimals = 4,
		.help = "Share of days present among all days from the first to the last" },
	{ .name = NULL },
};

/* Days are only looked at in an element's first and last year. */
#define YEARS \
	"select element, min(year) as first_year, max(year) as last_year, " \
	"sum(reported_days) as reported, sum(present_days) as present " \
	"from block where station_id = $1 and reported_days > 0 group by element"

/* The first or last day of a year that was reported, counted from 0. */
#define DAY(which, year) \
	"(select case when b.reported is null then " which "(day) " \
	"else " which "(day) filter (where get_bit(b.reported, day) = 1) end " \
	"from block b, generate_series(0, block_days(" year ") - 1) day " \
	"where b.station_id = $1 and b.year = " year " and b.element = years.element " \
	"group by b.reported)"

static const char rows[] =
	"with years as (" YEARS "), dates as (select element, reported, present, "
	"make_date(first_year, 1, 1) + " DAY("min",
		"first_year") " as first_date, "
			      "make_date(last_year, 1, 1) + " DAY("max",
				      "last_year") " as last_date from years) "
						   "select element, first_date, last_date, reported, present, "
						   "present::float8 / (last_date - first_date + 1) from dates order by element";

static int handle(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request, rows, NULL,
		(unsigned)alm->param->count(request, STATION_ID),
		alm->param->texts(request, STATION_ID));
}

static const struct alm_route inventory = {
	.path = "/api/stations/{station_id}/inventory",
	.summary = "What a station reported",
	.help = "For each element that the station reported at least once: from when to when, and "
		"how many days. An element whose days come and go has a low coverage.",
	.params = params,
	.fields = fields,
	.flags = ALM_CACHEABLE,
	.answer = ALM_SQL,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &inventory, NULL };

ALM_PLUGIN(.name = "inventory", .version = "1.0.0", .routes = routes);

/* GET /api/stats: which statistics are computed. */
#include <almanac/plugin.h>
#include <stddef.h>

static const struct alm_field fields[] = {
	{ .name = "statistic",
		.type = ALM_TEXT,
		.help = "Name of the statistic, the last part of its address" },
	{ .name = "summary", .type = ALM_TEXT, .help = "What it computes" },
	{ .name = "period",
		.type = ALM_TEXT,
		.help = "Kind of period that a row of it is: month, season, year; day, and "
			"calendar_day and the like, of all years together" },
	{ .name = "stored",
		.type = ALM_BOOLEAN,
		.help = "Whether such rows are stored, or computed for a request" },
	{ .name = "parameters",
		.type = ALM_TEXT,
		.help = "Its parameters and their defaults, with which stored rows are computed: "
			"`base=1961-1990, threshold=25`" },
	{ .name = "column", .type = ALM_TEXT, .help = "Name of one of its values" },
	{ .name = "unit", .type = ALM_TEXT, .help = "Unit of the value (UDUNITS symbol)" },
	{ .name = "help", .type = ALM_TEXT, .help = "What the value is" },
	{ .name = "decimals",
		.type = ALM_INTEGER,
		.help = "Decimal places that it is shown with" },
	{ .name = "type", .type = ALM_TEXT, .help = "number, integer or date" },
	{ .name = "method",
		.type = ALM_TEXT,
		.help = "How it sums up the days of a period: mean, sum, count, minimum, maximum" },
	{ .name = "inputs",
		.type = ALM_TEXT,
		.help = "Codes of the elements it rests on, with commas between them" },
	{ .name = "description",
		.type = ALM_TEXT,
		.flags = ALM_NULLABLE | ALM_HIDDEN,
		.help = "What its plugin says of it at length, in Markdown: formulas, sources, what "
			"differs elsewhere" },
	{ .name = NULL },
};

static int handle(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request,
		"select statistic, summary, period, stored, parameters, name, unit, help, decimals, "
		"type, method, array_to_string(inputs, ','), description from ("
		"select k.statistic, k.summary, k.period, true as stored, "
		"coalesce(s.parameters, '') as parameters, c.position, c.name, c.unit, c.help, "
		"c.decimals, c.type, c.method, c.inputs, s.help as description from calculator k "
		"join calculator_column c on c.calculator = k.name "
		"and c.definition = coalesce(k.computed_definition, k.definition) "
		"left join statistic s on s.name = k.statistic "
		"union all select s.name, s.summary, p.period, false, s.parameters, c.position, "
		"c.name, c.unit, c.help, c.decimals, c.type, c.method, c.inputs, s.help "
		"from statistic s join statistic_column c on c.statistic = s.name "
		"cross join unnest(c.periods) p (period)) r "
		"order by statistic, stored desc, array_position(array['month', 'season', 'year', "
		"'day', 'calendar_day', 'calendar_month', 'calendar_season', 'calendar_year'], "
		"period), position",
		NULL, 0, NULL);
}

static const struct alm_route calculators = {
	.path = "/api/stats",
	.summary = "Computed statistics and their units",
	.help = "The statistics that are computed, by name, with a row for each of their values in "
		"the order in which they are declared.",
	.fields = fields,
	.flags = ALM_CACHEABLE,
	.answer = ALM_SQL,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &calculators, NULL };

ALM_PLUGIN(.name = "calculators", .version = "1.0.0", .routes = routes);

/* GET /api/stats: which statistics are computed. */
#include <almanac/plugin.h>
#include <stddef.h>

static const struct alm_field fields[] = {
	{ .name = "calculator",
		.type = ALM_TEXT,
		.help = "Name of the statistic, the last part of its address" },
	{ .name = "summary", .type = ALM_TEXT, .help = "What it computes" },
	{ .name = "period",
		.type = ALM_TEXT,
		.help = "A row of it is a month, season or year" },
	{ .name = "column", .type = ALM_TEXT, .help = "Name of one of its values" },
	{ .name = "unit", .type = ALM_TEXT, .help = "Unit of the value (UDUNITS symbol)" },
	{ .name = "help", .type = ALM_TEXT, .help = "What the value is" },
	{ .name = "decimals",
		.type = ALM_INTEGER,
		.help = "Decimal places that it is shown with" },
	{ .name = "method",
		.type = ALM_TEXT,
		.help = "How it sums up the days of a period: mean, sum, count, minimum, maximum" },
	{ .name = "inputs",
		.type = ALM_TEXT,
		.help = "Codes of the elements it rests on, with commas between them" },
	{ .name = NULL },
};

static int handle(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request,
		"select k.name, k.summary, k.period, c.name, c.unit, c.help, c.decimals, c.method, "
		"array_to_string(c.inputs, ',') from calculator k "
		"join calculator_column c on c.calculator = k.name "
		"and c.definition = coalesce(k.computed_definition, k.definition) "
		"order by k.name, c.position",
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

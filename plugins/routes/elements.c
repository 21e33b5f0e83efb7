/* GET /api/elements: the quantities that stations observe. */
#include <almanac/plugin.h>
#include <stddef.h>

static const struct alm_field fields[] = {
	{ .name = "element",
		.type = ALM_ELEMENT,
		.help = "Code, as the parameter `elements` takes it" },
	{ .name = "name", .type = ALM_TEXT, .help = "Long name (CF conventions)" },
	{ .name = "unit", .type = ALM_TEXT, .help = "Unit of its values (UDUNITS symbol)" },
	{ .name = "decimals",
		.type = ALM_INTEGER,
		.help = "Decimal places that its values have; `units=raw` answers with value * "
			"10^decimals" },
	{ .name = "minimum",
		.type = ALM_NUMBER,
		.decimals = 6,
		.help = "Least value that is physically possible, in the element's unit; lesser "
			"ones are not taken in" },
	{ .name = "maximum",
		.type = ALM_NUMBER,
		.decimals = 6,
		.help = "Greatest value that is physically possible, likewise" },
	{ .name = NULL },
};

static int handle(const struct alm_route *route, struct alm_request *request)
{
	(void)route;
	return alm->answer->sql(request,
		"select code, name, unit, decimals, (minimum / power(10::numeric, decimals))::float8, "
		"(maximum / power(10::numeric, decimals))::float8 from element order by code",
		NULL, 0, NULL);
}

static const struct alm_route elements = {
	.path = "/api/elements",
	.summary = "Observed elements and their units",
	.help = "The quantities that the sources of this server know, by code.",
	.fields = fields,
	.flags = ALM_CACHEABLE,
	.answer = ALM_SQL,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &elements, NULL };

ALM_PLUGIN(.name = "elements", .version = "1.0.0", .routes = routes);

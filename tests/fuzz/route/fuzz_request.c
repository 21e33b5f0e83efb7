/* Targets of requests: path and query. What is taken must lead to a canonical query
 * that is taken too and says the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/settings.h"
#include "base/url.h"
#include "catalog/catalog.h"
#include "route/params.h"
#include "route/router.h"
#include "route/services.h"

static const char *const colours[] = { "red", "light blue", NULL };

static const struct alm_param params[] = {
	{ .name = "id", .type = ALM_TEXT, .help = "An id.", .min = 1, .max = 40 },
	{ .name = "station_id", .type = ALM_STATION, .flags = ALM_LIST, .help = "Stations." },
	{ .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Elements.",
		.default_value = "TMAX,SNOW" },
	{ .name = "date", .type = ALM_DATE, .help = "A day." },
	{ .name = "count",
		.type = ALM_INTEGER,
		.help = "A number.",
		.default_value = "7",
		.min = -5,
		.max = 10 },
	{ .name = "width", .type = ALM_NUMBER, .flags = ALM_LIST, .help = "A width." },
	{ .name = "whole",
		.type = ALM_BOOLEAN,
		.help = "All of it?",
		.default_value = "false" },
	{ .name = "colour", .type = ALM_TEXT, .help = "A colour.", .choices = colours },
	{ .name = "names",
		.type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Names.",
		.max_values = 5 },
	{ .name = NULL },
};
static const struct alm_field fields[] = { { .name = "x", .type = ALM_TEXT, .help = "X." },
	{ .name = NULL } };
static char path[] = "fuzz.so";
static struct plugin plugin = { .path = path };
static struct plugin_route routes[] = {
	{ &plugin, { .path = "/things/{id}",
			   .params = params,
			   .fields = fields,
			   .flags = ALM_PAGED | ALM_CURSOR } },
	{ &plugin, { .path = "/things", .params = params + 1, .fields = fields } },
};

static const struct catalog_element elements[] = { { .code = "PRCP" }, { .code = "TMAX" } };
static const struct catalog_station station_a = { .id = "A" }, station_b = { .id = "B-1" };
static const struct catalog_station *const stations[] = { &station_a, &station_b };
static const struct catalog catalog = {
	.elements = elements, .element_count = 2, .stations = stations, .station_count = 2
};

static struct services *services;

static void set_up(void)
{
	struct registry registry = { .routes = routes, .route_count = 2 };
	struct error err = { 0 };

	services = memory_new(struct services);
	services->settings = settings_create(&err);
	services->router = router_create(&registry, NULL, 0, 1000, &err);
	assert(services->settings != NULL && services->router != NULL);
}

/* False if nothing or something wrong is asked for. */
static bool ask(struct alm_request *request, const char *path, const char *query)
{
	struct capture captures[ROUTER_CAPTURES_MAX];
	struct url_text decoded;
	struct violations violations = { .count = 0 };
	size_t count;

	arena_init(&request->http.arena);
	request->services = services;
	request->catalog = &catalog;
	request->query = query;
	if (url_decode(&request->http.arena, URL_PATH, path, strlen(path), &decoded) != NULL) {
		return false;
	}
	request->route = router_find(
		services->router, path, strlen(path), captures, ROUTER_CAPTURES_MAX, &count);
	if (request->route == NULL) {
		return false;
	}
	router_decode(&request->http.arena, captures, count);
	params_parse(request, captures, count, &violations);
	for (size_t i = 0; i < violations.count; i++) {
		assert(violations.list[i].detail != NULL &&
			violations.list[i].problem.status >= 400);
	}
	return violations.count == 0;
}

static void check_values(const struct alm_request *request)
{
	for (size_t i = 0; i < request->route->param_count; i++) {
		const struct values *values = &request->params[i];

		for (size_t v = 0; v < values->count; v++) {
			assert(values->texts[v] == values->list[v].text);
			assert(values->texts[v][0] != '\0');
		}
	}
}

static void check_canonical(struct alm_request *request, const char *path)
{
	struct alm_request again = { 0 };
	struct buffer first = { 0 }, second = { 0 };
	bool good;

	params_canonical(request, &first);
	good = ask(&again, path, buffer_text(&first));
	assert(good);
	check_values(&again);
	params_canonical(&again, &second);
	assert(strcmp(buffer_text(&first), buffer_text(&second)) == 0);
	buffer_finish(&first);
	buffer_finish(&second);
	arena_finish(&again.http.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct alm_request request = { 0 };
	char *target = memory_copy_text((const char *)data, size);
	char *mark = strchr(target, '?');

	if (services == NULL) {
		set_up();
	}
	if (mark != NULL) {
		*mark = '\0';
	}
	if (ask(&request, target, mark != NULL ? mark + 1 : "")) {
		check_values(&request);
		check_canonical(&request, target);
	}
	arena_finish(&request.http.arena);
	free(target);
	return 0;
}

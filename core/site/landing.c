#include "site/landing.h"

#include <string.h>

#include "base/json.h"
#include "base/url.h"
#include "catalog/catalog.h"
#include "config.h"
#include "reply/html.h"
#include "route/request.h"
#include "route/router.h"
#include "route/services.h"

/* Links of the page, in this order. They are relative, so that they work behind a proxy that
 * strips a prefix: paths after a dot. */
static const struct way {
	const char *link, *what;
} ways[] = {
	{ "./docs", "Every route, its parameters and answers, to be tried here" },
	{ "./redoc", "The same as a reference to read" },
	{ "./openapi.json", "The same for programs (OpenAPI 3.1)" },
	{ "./problems", "What can go wrong, and what to do" },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* -- Examples ----------------------------------------------------------- */

static const struct alm_param *find_param(
	const struct route *route, const char *name, size_t length)
{
	for (size_t i = 0; i < route->all_count; i++) {
		if (strlen(route->params[i]->name) == length &&
			strncmp(route->params[i]->name, name, length) == 0) {
			return route->params[i];
		}
	}
	return NULL;
}

/* Value for a {name} in examples: a stored station or calculator if there is one, else the
 * documentation's. */
static const char *choose_value(const struct catalog *catalog, const struct alm_param *param)
{
	if (param->type == ALM_STATION && catalog != NULL && catalog->station_count > 0) {
		return catalog->stations[0]->id;
	}
	return param->example != NULL ? param->example : "";
}

/* The query of an example: what the route requires, and a small page size for lists. */
static void put_query(
	struct buffer *out, const struct route *route, const struct catalog *catalog)
{
	const char *separator = "?";

	for (size_t i = 0; i < route->all_count; i++) {
		if (route_requires(route, i) && !route_is_of_path(route, i)) {
			const char *value = choose_value(catalog, route->params[i]);

			buffer_printf(out, "%s%s=", separator, route->params[i]->name);
			url_encode(out, value, strlen(value));
			separator = "&";
		}
	}
	if ((route->declared->flags & ALM_PAGED) != 0) {
		buffer_printf(out, "%spage_size=5", separator);
	}
}

/* Writes a link to the route: its path with values for {names}, and its query. */
static void put_example(
	struct buffer *out, const struct route *route, const struct catalog *catalog)
{
	const char *path = route->declared->path;

	buffer_putc(out, '.');
	while (*path != '\0') {
		size_t length = strcspn(path, "{"), name;
		const struct alm_param *param;

		buffer_append(out, path, length);
		path += length;
		if (*path == '\0') {
			break;
		}
		name = strcspn(++path, "}");
		param = find_param(route, path, name);
		if (param != NULL) {
			const char *value = choose_value(catalog, param);

			url_encode(out, value, strlen(value));
		}
		path += name + 1;
	}
	put_query(out, route, catalog);
}

/* -- The page ----------------------------------------------------------- */

static void put_row(struct buffer *out, const char *link, const char *shown, const char *what)
{
	buffer_puts(out, "<tr><td><a href=\"");
	html_text(out, link);
	buffer_puts(out, "\"><code>");
	html_text(out, shown);
	buffer_puts(out, "</code></a></td><td>");
	html_marked(out, what);
	buffer_puts(out, "</td></tr>\n");
}

/* Routes, and files with a summary. */
static bool is_listed(const struct route *route)
{
	return (route->plugin != NULL && !route->hidden) ||
	       (route->asset != NULL && route->declared->summary[0] != '\0');
}

static void put_routes(struct buffer *out, const struct alm_request *request)
{
	size_t count;
	const struct route *routes = router_routes(request->services->router, &count);
	struct buffer link = { 0 };

	buffer_puts(out, "<h2>What can be asked</h2>\n<table>\n");
	for (size_t i = 0; i < count; i++) {
		if (is_listed(&routes[i])) {
			link.length = 0;
			put_example(&link, &routes[i], request->services->catalog);
			put_row(out, buffer_text(&link), routes[i].declared->path,
				routes[i].declared->summary);
		}
	}
	buffer_puts(out, "</table>\n<p>Each link is an example. With <code>?format=csv</code> "
			 "and others, answers come in the form that your tools read.</p>\n");
	buffer_finish(&link);
}

static void put_page(struct buffer *out, const struct alm_request *request)
{
	const struct catalog *catalog = request->services->catalog;

	html_begin(out, "Almanac");
	buffer_puts(out, "<p>Daily weather-station observations and climate statistics");
	if (catalog != NULL) {
		buffer_printf(out, " of %zu station%s", catalog->station_count,
			catalog->station_count == 1 ? "" : "s");
	}
	buffer_puts(out, ".</p>\n<table>\n");
	for (size_t i = 0; i < WAYS; i++) {
		put_row(out, ways[i].link, ways[i].link + 1, ways[i].what);
	}
	buffer_puts(out, "</table>\n");
	put_routes(out, request);
	buffer_puts(out, "<p>Version " ALMANAC_VERSION ".</p>\n");
	html_end(out);
}

/* -- JSON --------------------------------------------------------------- */

static void put_link(
	struct buffer *out, const char *path, const char *link, const char *what, bool first)
{
	buffer_puts(out, first ? "" : ",");
	buffer_puts(out, "{\"path\":");
	json_text(out, path);
	buffer_puts(out, ",\"href\":");
	json_text(out, link);
	buffer_puts(out, ",\"summary\":");
	json_text(out, what);
	buffer_putc(out, '}');
}

static void put_json(struct buffer *out, const struct alm_request *request)
{
	size_t count;
	const struct route *routes = router_routes(request->services->router, &count);
	struct buffer link = { 0 };

	buffer_puts(
		out, "{\"name\":\"Almanac\",\"version\":\"" ALMANAC_VERSION "\",\"paths\":[");
	for (size_t i = 0; i < WAYS; i++) {
		put_link(out, ways[i].link + 1, ways[i].link, ways[i].what, i == 0);
	}
	for (size_t i = 0; i < count; i++) {
		if (is_listed(&routes[i])) {
			link.length = 0;
			put_example(&link, &routes[i], request->services->catalog);
			put_link(out, routes[i].declared->path, buffer_text(&link),
				routes[i].declared->summary, false);
		}
	}
	buffer_finish(&link);
	buffer_puts(out, "]}\n");
}

void landing_send(struct alm_request *request)
{
	struct buffer body = { 0 };

	(html_is_wanted(&request->http) ? put_page : put_json)(&body, request);
	html_send(&request->http, &body);
}

#include "route/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/url.h"
#include "route/asset.h"
#include "route/params.h"

struct router {
	const struct registry *registry;
	struct route *routes; /* in the order in which they are tried */
	size_t count;
	struct arena arena; /* of their parameters */
};

/* A segment that is written out comes before one that stands for any text, so the
 * first route that matches is the most particular one. */
static int compare_paths(const char *a, const char *b)
{
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	if ((*a == '{') != (*b == '{')) {
		return *a == '{' ? 1 : -1;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static int compare_routes(const void *a, const void *b)
{
	const struct route *one = a, *other = b;

	return compare_paths(one->declared->path, other->declared->path);
}

/* Same paths: equal but for the names in braces. */
static bool same_shape(const char *a, const char *b)
{
	while (*a == *b && *a != '\0') {
		if (*a == '{') {
			a += strcspn(a, "}");
			b += strcspn(b, "}");
		}
		a++;
		b++;
	}
	return *a == *b;
}

static const char *owner(const struct route *route)
{
	return route->plugin != NULL ? route->plugin->path : "the program itself";
}

static int check_conflicts(const struct router *router, struct error *err)
{
	for (size_t i = 0; i < router->count; i++) {
		const struct route *a = &router->routes[i];

		for (size_t j = i + 1; j < router->count; j++) {
			const struct route *b = &router->routes[j];

			if (!same_shape(a->declared->path, b->declared->path)) {
				continue;
			}
			error_set(err, "the routes %s of %s and %s of %s are for the same URLs",
				a->declared->path, owner(a), b->declared->path, owner(b));
			return error_hint(err, "leave one of them out of --plugins");
		}
	}
	return 0;
}

void router_list_params(struct route *route, struct arena *arena, int64_t page_size_max)
{
	const struct alm_param **list =
		arena_alloc(arena, (route->param_count + HOST_PARAMS) * sizeof(*list));

	for (size_t i = 0; i < route->param_count; i++) {
		list[route->all_count++] = &route->declared->params[i];
	}
	for (enum host_param i = 0; i < HOST_PARAMS; i++) {
		struct alm_param *param;

		route->host[i] = -1;
		if (route->builtin == NULL && host_param_applies(i, route->declared)) {
			param = arena_alloc(arena, sizeof(*param));
			*param = host_param_declare(i, route->declared, page_size_max);
			if (i == HOST_PERIOD) {
				host_param_set_periods(param, route->stat,
					arena_alloc(
						arena, HOST_PERIOD_CHOICES * sizeof(char *)));
			}
			route->host[i] = (short)route->all_count;
			list[route->all_count++] = param;
		}
	}
	route->params = list;
}

static void add_route(struct router *router, const struct route *what, int64_t page_size_max)
{
	struct route *route = &router->routes[router->count++];
	const struct alm_param *param = what->declared->params;
	const struct alm_field *field = what->declared->fields;

	*route = *what;
	while (param != NULL && param[route->param_count].name != NULL) {
		route->param_count++;
	}
	while (field != NULL && field[route->field_count].name != NULL) {
		route->field_count++;
	}
	router_list_params(route, &router->arena, page_size_max);
}

/* -- Routes of statistics ----------------------------------------------------- */

static const char statistic_part[] = "{statistic}";

/* The path with the statistic's name in it. */
static const char *make_path(struct arena *arena, const char *path, const char *name)
{
	const char *at = strstr(path, statistic_part);

	return arena_printf(
		arena, "%.*s%s%s", (int)(at - path), path, name, at + strlen(statistic_part));
}

static size_t count_params(const struct alm_param *params)
{
	size_t count = 0;

	while (params != NULL && params[count].name != NULL) {
		count++;
	}
	return count;
}

/* The plugin's parameters, then the statistic's. */
static const struct alm_param *join_params(
	struct arena *arena, const struct alm_route *declared, const struct plugin_stat *stat)
{
	size_t own = count_params(declared->params);
	struct alm_param *params =
		arena_alloc(arena, (own + stat->param_count + 1) * sizeof(*params));

	memcpy(params, declared->params, own * sizeof(*params));
	if (stat->param_count > 0) {
		memcpy(params + own, stat->stat.params, stat->param_count * sizeof(*params));
	}
	return params;
}

/* A route for one statistic, of one for any. */
static void add_statistic(struct router *router, const struct plugin_route *of,
	const struct plugin_stat *stat, int64_t page_size_max)
{
	struct arena *arena = &router->arena;
	struct alm_route *declared = arena_alloc(arena, sizeof(*declared));

	*declared = of->route;
	declared->path = make_path(arena, of->route.path, stat->stat.name);
	declared->summary =
		arena_printf(arena, "%s: %s", of->route.summary, stat->stat.summary);
	declared->help = arena_printf(arena, "%s%sHow it is computed: `/docs/stats/%s`.",
		of->route.help != NULL ? of->route.help : "",
		of->route.help != NULL ? "\n\n" : "", stat->stat.name);
	declared->params = join_params(arena, &of->route, stat);
	add_route(router,
		&(struct route){ .declared = declared,
			.table = of->table,
			.plugin = of->plugin,
			.stat = stat,
			.stat_params = count_params(of->route.params) },
		page_size_max);
}

static void add_plugin_route(struct router *router, const struct plugin_route *of,
	const struct registry *registry, int64_t page_size_max)
{
	bool computed = (of->route.flags & ALM_COMPUTED) != 0;

	for (size_t i = 0; computed && i < registry->stat_count; i++) {
		add_statistic(router, of, &registry->stats[i], page_size_max);
	}
	add_route(router,
		&(struct route){ .declared = &of->route,
			.table = of->table,
			.plugin = of->plugin,
			.hidden = computed },
		page_size_max);
}

/* -- Files of plugins ------------------------------------------------------------ */

static const char first_page[] = "/";

static void add_asset(
	struct router *router, const struct plugin_asset *of, int64_t page_size_max)
{
	struct arena *arena = &router->arena;
	struct alm_route *declared = arena_alloc(arena, sizeof(*declared));
	struct route_asset *asset = arena_alloc(arena, sizeof(*asset));

	declared->path = of->asset->path;
	declared->summary = of->asset->summary != NULL ? of->asset->summary : "";
	asset->declared = of->asset;
	add_route(router,
		&(struct route){ .declared = declared,
			.builtin = asset_send,
			.media_type = of->asset->media_type,
			.asset = asset,
			.page = true },
		page_size_max);
}

static bool has_first_page(const struct registry *registry)
{
	bool found = false;

	for (size_t i = 0; i < registry->asset_count; i++) {
		found = found || strcmp(registry->assets[i].asset->path, first_page) == 0;
	}
	return found;
}

static size_t count_routes(const struct registry *registry)
{
	size_t count = registry->route_count + registry->asset_count;

	for (size_t i = 0; i < registry->route_count; i++) {
		if ((registry->routes[i].route.flags & ALM_COMPUTED) != 0) {
			count += registry->stat_count;
		}
	}
	return count;
}

static int check_captures(const struct route *route, struct error *err)
{
	int count = 0;

	for (const char *p = route->declared->path; *p != '\0'; p++) {
		count += *p == '{';
	}
	if (count > ROUTER_CAPTURES_MAX) {
		return error_set(err, "the path has %d {names}, at most %d are possible", count,
			ROUTER_CAPTURES_MAX);
	}
	return 0;
}

static int check_routes(const struct router *router, struct error *err)
{
	for (size_t i = 0; i < router->count; i++) {
		const struct route *route = &router->routes[i];

		if (check_captures(route, err) < 0 || params_check_declared(route, err) < 0) {
			return error_prefix(
				err, "route %s of %s: ", route->declared->path, owner(route));
		}
	}
	return 0;
}

struct router *router_create(const struct registry *registry, const struct builtin *builtins,
	size_t builtin_count, int64_t page_size_max, struct error *err)
{
	struct router *router = memory_new(struct router);

	arena_init(&router->arena);
	router->routes =
		memory_array(count_routes(registry) + builtin_count, sizeof(struct route));
	router->registry = registry;
	for (size_t i = 0; i < registry->route_count; i++) {
		add_plugin_route(router, &registry->routes[i], registry, page_size_max);
	}
	for (size_t i = 0; i < registry->asset_count; i++) {
		add_asset(router, &registry->assets[i], page_size_max);
	}
	for (size_t i = 0; i < builtin_count; i++) {
		const struct alm_route *declared = &builtins[i].declared;

		if (strcmp(declared->path, first_page) == 0 && has_first_page(registry)) {
			struct alm_route *other = arena_alloc(&router->arena, sizeof(*other));

			*other = *declared; /* gives way to the plugin's */
			other->path = "/routes";
			declared = other;
		}
		add_route(router,
			&(struct route){ .declared = declared,
				.builtin = builtins[i].run,
				.media_type = builtins[i].media_type,
				.has_page = builtins[i].has_page,
				.page = builtins[i].page,
				.operation = builtins[i].operation,
				.internal = builtins[i].internal },
			page_size_max);
	}
	qsort(router->routes, router->count, sizeof(struct route), compare_routes);
	for (size_t i = 0; i < router->count; i++) {
		router->routes[i].number = i;
	}
	if (check_conflicts(router, err) < 0 || check_routes(router, err) < 0) {
		router_destroy(router);
		return NULL;
	}
	return router;
}

void router_destroy(struct router *router)
{
	if (router != NULL) {
		for (size_t i = 0; i < router->count; i++) {
			if (router->routes[i].asset != NULL) {
				asset_finish(router->routes[i].asset);
			}
		}
		arena_finish(&router->arena);
		free(router->routes);
		free(router);
	}
}

const struct registry *router_registry(const struct router *router)
{
	return router->registry;
}

const struct route *router_routes(const struct router *router, size_t *count)
{
	*count = router->count;
	return router->routes;
}

/* Whether the next character of the path, which is passed, is `wanted`. */
static bool take(const char *path, size_t length, size_t *i, char wanted)
{
	bool slash = path[*i] == '/';
	int byte = path[*i] == '%' ? url_byte(path, length, i) : (unsigned char)path[*i];

	(*i)++;
	return byte == (unsigned char)wanted && slash == (wanted == '/');
}

/* Whether `pattern` matches all of `path`, with the texts of its {names}. */
static bool match(const char *pattern, const char *path, size_t length,
	struct capture *captures, size_t most, size_t *count)
{
	size_t i = 0;

	*count = 0;
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '{') {
			if (i == length || !take(path, length, &i, *pattern)) {
				return false;
			}
			continue;
		}
		const char *slash = memchr(path + i, '/', length - i);
		size_t stop = slash != NULL ? (size_t)(slash - path) : length;

		if (stop == i || *count == most) {
			return false;
		}
		captures[(*count)++] = (struct capture){ pattern + 1, path + i, stop - i };
		i = stop;
		pattern += strcspn(pattern, "}");
	}
	return i == length;
}

/* As if the path had the name in braces. */
static void name_statistic(
	const struct route *route, struct capture *captures, size_t most, size_t *count)
{
	if (route->stat != NULL && *count < most) {
		const char *name = route->stat->stat.name;

		captures[(*count)++] =
			(struct capture){ statistic_part + 1, name, strlen(name) };
	}
}

const struct route *router_find(const struct router *router, const char *path, size_t length,
	struct capture *captures, size_t most, size_t *count)
{
	for (size_t i = 0; i < router->count; i++) {
		const struct route *route = &router->routes[i];

		if (match(route->declared->path, path, length, captures, most, count)) {
			name_statistic(route, captures, most, count);
			return route;
		}
	}
	return NULL;
}

void router_decode(struct arena *arena, struct capture *captures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct url_text text = { captures[i].text, captures[i].length };

		url_decode(arena, URL_PATH, text.text, text.length, &text);
		captures[i].text = text.text;
		captures[i].length = text.length;
	}
}

bool router_searches_names(const struct router *router, const char *path)
{
	struct capture captures[ROUTER_CAPTURES_MAX];
	size_t count;
	const struct route *route =
		router_find(router, path, strlen(path), captures, ROUTER_CAPTURES_MAX, &count);

	return route != NULL && route->host[HOST_NAME] >= 0;
}

/* Paths and the routes they belong to. */
#include <string.h>

#include "base/arena.h"
#include "route/router.h"
#include "server/builtin.h"
#include "unit.h"

static char one_path[] = "one.so", other_path[] = "other.so";
static struct plugin one = { .path = one_path }, other = { .path = other_path };

static const struct alm_param id_params[] = {
	{ .name = "id", .type = ALM_TEXT, .help = "An id." },
	{ .name = NULL },
};

static struct plugin_route route(struct plugin *plugin, const char *path)
{
	return (struct plugin_route){ plugin, { .path = path, .params = id_params } };
}

static struct router *make(struct plugin_route *routes, size_t count, struct error *err)
{
	struct registry registry = { .routes = routes, .route_count = count };
	size_t builtin_count;
	const struct builtin *builtins = builtin_list(&builtin_count);

	return router_create(&registry, builtins, builtin_count, 1000, err);
}

/* The declared path that `path` leads to, or "". */
static const char *find(const struct router *router, const char *path)
{
	struct capture captures[ROUTER_CAPTURES_MAX];
	size_t count;
	const struct route *found =
		router_find(router, path, strlen(path), captures, ROUTER_CAPTURES_MAX, &count);

	return found != NULL ? found->declared->path : "";
}

static void finds(void **state)
{
	struct plugin_route routes[] = { route(&one, "/api/stations/{id}"),
		route(&one, "/api/stations"), route(&one, "/api/stations/{id}/inventory"),
		route(&one, "/api/stations/near"), route(&other, "/api/~mine") };
	struct error err = { 0 };
	struct router *router = make(routes, 5, &err);

	(void)state;
	assert_non_null(router);
	assert_string_equal(find(router, "/api/stations"), "/api/stations");
	assert_string_equal(find(router, "/api/stations/USC00110072"), "/api/stations/{id}");
	assert_string_equal(find(router, "/api/stations/near"), "/api/stations/near");
	assert_string_equal(find(router, "/api/stations/nearer"), "/api/stations/{id}");
	assert_string_equal(
		find(router, "/api/stations/x/inventory"), "/api/stations/{id}/inventory");
	assert_string_equal(find(router, "/api/~mine"), "/api/~mine");
	assert_string_equal(find(router, "/livez"), "/livez");
	assert_string_equal(find(router, "/openapi.json"), "/openapi.json");
	router_destroy(router);
}

static void finds_nothing(void **state)
{
	static const char *const paths[] = { "", "/api", "/api/", "/api/stations/",
		"/api/stations//", "/api/stations//inventory", "/api/stations/x/",
		"/api/stations/x/y", "/API/stations", "api/stations", "/api/stationsx",
		"//api/stations", "/api/./stations" };
	struct plugin_route routes[] = { route(&one, "/api/stations"),
		route(&one, "/api/stations/{id}"),
		route(&one, "/api/stations/{id}/inventory") };
	struct error err = { 0 };
	struct router *router = make(routes, 3, &err);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_string_equal(find(router, paths[i]), "");
	}
	router_destroy(router);
}

static void captures_by_position(void **state)
{
	struct plugin_route routes[] = { route(&one, "/{a}/x/{b}") };
	struct error err = { 0 };
	struct router *router = make(routes, 1, &err);
	struct capture captures[ROUTER_CAPTURES_MAX];
	size_t count;

	(void)state;
	assert_non_null(
		router_find(router, "/first/x/2nd", 12, captures, ROUTER_CAPTURES_MAX, &count));
	assert_int_equal(count, 2);
	assert_memory_equal(captures[0].name, "a}", 2);
	assert_memory_equal(captures[0].text, "first", captures[0].length);
	assert_int_equal(captures[0].length, 5);
	assert_memory_equal(captures[1].name, "b}", 2);
	assert_memory_equal(captures[1].text, "2nd", captures[1].length);
	assert_int_equal(captures[1].length, 3);
	router_destroy(router);
}

/* Paths are counted, not ended by a NUL. */
static void minds_the_length(void **state)
{
	struct plugin_route routes[] = { route(&one, "/api/stations/{id}") };
	struct error err = { 0 };
	struct router *router = make(routes, 1, &err);
	struct capture captures[ROUTER_CAPTURES_MAX];
	size_t count;

	(void)state;
	assert_non_null(router_find(
		router, "/api/stations/abcdef", 17, captures, ROUTER_CAPTURES_MAX, &count));
	assert_int_equal(captures[0].length, 3);
	assert_null(router_find(
		router, "/api/stations/abcdef", 14, captures, ROUTER_CAPTURES_MAX, &count));
	router_destroy(router);
}

/* What is encoded is what it stands for, but for slashes (RFC 3986, 2.2 and 6.2.2.2). */
static void decodes(void **state)
{
	static const char *const paths[][2] = {
		{ "/api/st%61tions", "/api/stations" },
		{ "/api/stations/ne%61r", "/api/stations/near" },
		{ "/api/stations/a%2Fb", "/api/stations/{id}" },
		{ "/api/stations/near%2F", "/api/stations/{id}" },
		{ "/api/stations/..", "/api/stations/{id}" },
		{ "/api/stations/%2E%2E", "/api/stations/{id}" },
		{ "/%2E/api/stations", "" },
		{ "/api%2Fstations", "" },
		{ "/api%2fstations/near", "" },
		{ "%2Fapi/stations", "" },
		{ "/api/stations%2Fnear", "" },
		{ "/api/stations/x%2Finventory", "/api/stations/{id}" },
		{ "/api/st%2561tions", "" },
		{ "/api/stations/%",
			"/api/stations/{id}" }, /* refused before, by url_decode() */
		{ "/api/stations%", "" },
		{ "/api/stations%3", "" },
	};
	struct plugin_route routes[] = { route(&one, "/api/stations/{id}"),
		route(&one, "/api/stations"), route(&one, "/api/stations/{id}/inventory"),
		route(&one, "/api/stations/near") };
	struct error err = { 0 };
	struct router *router = make(routes, 4, &err);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_string_equal(find(router, paths[i][0]), paths[i][1]);
	}
	router_destroy(router);
}

static void decodes_captures(void **state)
{
	static const char path[] = "/a%2Fb%252F/x/%C3%A9";
	struct plugin_route routes[] = { route(&one, "/{a}/x/{b}") };
	struct error err = { 0 };
	struct router *router = make(routes, 1, &err);
	struct capture captures[ROUTER_CAPTURES_MAX];
	struct arena arena;
	size_t count;

	(void)state;
	arena_init(&arena);
	assert_non_null(
		router_find(router, path, strlen(path), captures, ROUTER_CAPTURES_MAX, &count));
	router_decode(&arena, captures, count);
	assert_int_equal(count, 2);
	assert_string_equal(captures[0].text, "a/b%2F");
	assert_int_equal(captures[0].length, 6);
	assert_string_equal(captures[1].text, "\xC3\xA9");
	arena_finish(&arena);
	router_destroy(router);
}

static void expect_conflict(const char *a, const char *b, bool conflict)
{
	struct plugin_route routes[] = { route(&one, a), route(&other, b) };
	struct error err = { 0 };
	struct router *router = make(routes, 2, &err);

	if (conflict) {
		assert_null(router);
		assert_non_null(strstr(err.text, a));
		assert_non_null(strstr(err.text, b));
		assert_non_null(strstr(err.text, "one.so"));
	} else {
		assert_non_null(router);
	}
	router_destroy(router);
}

static void tells_conflicts(void **state)
{
	(void)state;
	expect_conflict("/a", "/a", true);
	expect_conflict("/a/{x}", "/a/{other}", true);
	expect_conflict("/a/{x}/b", "/a/{y}/b", true);
	expect_conflict("/a/{x}/b", "/a/{x}/c", false);
	expect_conflict("/a/{x}", "/a/b", false);
	expect_conflict("/a/{x}", "/a", false);
}

static void keeps_its_own(void **state)
{
	struct plugin_route routes[] = { route(&one, "/readyz") };
	struct error err = { 0 };

	(void)state;
	assert_null(make(routes, 1, &err));
	assert_non_null(strstr(err.text, "/readyz of one.so"));
	assert_non_null(strstr(err.text, "the program itself"));
}

static void checks_fallbacks(void **state)
{
	static const struct alm_param params[] = {
		{ .name = "n",
			.type = ALM_INTEGER,
			.help = "A number.",
			.default_value = "many" },
		{ .name = NULL },
	};
	struct plugin_route routes[] = { { &one, { .path = "/a", .params = params } } };
	struct error err = { 0 };

	(void)state;
	assert_null(make(routes, 1, &err));
	assert_string_equal(err.text,
		"route /a of one.so: the default_value of parameter n: 'many' is not an integer");
}

static void limits_captures(void **state)
{
	struct plugin_route routes[] = { route(&one, "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}") };
	struct error err = { 0 };

	(void)state;
	assert_null(make(routes, 1, &err));
	assert_non_null(strstr(err.text, "9 {names}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_nothing),
		cmocka_unit_test(decodes),
		cmocka_unit_test(decodes_captures),
		cmocka_unit_test(captures_by_position),
		cmocka_unit_test(minds_the_length),
		cmocka_unit_test(tells_conflicts),
		cmocka_unit_test(keeps_its_own),
		cmocka_unit_test(checks_fallbacks),
		cmocka_unit_test(limits_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

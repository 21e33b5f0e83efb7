/* What a query turns into, and what is said about a wrong one. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "route/params.h"
#include "route/router.h"
#include "route/services.h"
#include "unit.h"

/* -- What there is ------------------------------------------------------------- */

static const char *const colours[] = { "red", "light blue", NULL };

enum param { STATION, ELEMENTS, DATE, SPAN, COUNT, WIDTH, WHOLE, COLOUR, NAME, YEARS, ID };

static const struct alm_param declared[] = {
	[STATION] = { .name = "station_id",
		.type = ALM_STATION,
		.flags = ALM_LIST,
		.help = "Stations." },
	[ELEMENTS] = { .name = "elements",
		.type = ALM_ELEMENT,
		.flags = ALM_LIST,
		.help = "Elements.",
		.default_value = "TMAX,TMIN,SNOW" },
	[DATE] = { .name = "date", .type = ALM_DATE, .help = "A day." },
	[SPAN] = { .name = "span",
		.type = ALM_DATE,
		.flags = ALM_SPAN,
		.help = "A day, month or year." },
	[COUNT] = { .name = "count",
		.type = ALM_INTEGER,
		.help = "A number.",
		.default_value = "7",
		.min = -5,
		.max = 10 },
	[WIDTH] = { .name = "width",
		.type = ALM_NUMBER,
		.help = "A width.",
		.min = 0,
		.max = 100 },
	[WHOLE] = { .name = "whole", .type = ALM_BOOLEAN, .help = "All of it?" },
	[COLOUR] = { .name = "colour",
		.type = ALM_TEXT,
		.help = "A colour.",
		.choices = colours,
		.default_value = "red" },
	[NAME] = { .name = "name", .type = ALM_TEXT, .help = "A name.", .min = 2, .max = 5 },
	[YEARS] = { .name = "years",
		.type = ALM_INTEGER,
		.flags = ALM_LIST,
		.max_values = 3,
		.help = "Years." },
	[ID] = { .name = "id", .type = ALM_TEXT, .flags = ALM_REQUIRED, .help = "An id." },
	{ .name = NULL },
};

static const struct alm_field fields[] = { { .name = "x", .type = ALM_INTEGER, .help = "X." },
	{ .name = NULL } };

static const struct catalog_element elements[] = { { .code = "PRCP" }, { .code = "TMAX" },
	{ .code = "TMIN" } };
static const struct catalog_station station_a = { .id = "USC00110072" };
static const struct catalog_station station_b = { .id = "USC00110187" };
static const struct catalog_station *const stations[] = { &station_a, &station_b };
static const struct catalog catalog = {
	.elements = elements, .element_count = 3, .stations = stations, .station_count = 2
};

static struct alm_route route_declared = { .path = "/things/{id}",
	.params = declared,
	.fields = fields,
	.flags = ALM_PAGED | ALM_CURSOR };
static struct route route = { .declared = &route_declared,
	.param_count = sizeof(declared) / sizeof(declared[0]) - 1 };
static struct arena listed;
static struct services services;
static struct alm_request request;
static struct violations violations;

static void parse(const char *query)
{
	static const struct capture id = { "id}", "the-id/more", 6 };

	arena_finish(&request.http.arena);
	route.all_count = 0;
	router_list_params(
		&route, &listed, settings_integer(services.settings, SETTING_PAGE_SIZE_MAX));
	request = (struct alm_request){
		.services = &services, .route = &route, .catalog = &catalog, .query = query
	};
	violations.count = 0;
	params_parse(&request, &id, 1, &violations);
}

static void parse_well(const char *query)
{
	parse(query);
	if (violations.count > 0) {
		fail_msg("%s: %s", query, violations.list[0].detail);
	}
}

static const char *text(enum param param, size_t i)
{
	assert_true(i < request.params[param].count);
	assert_ptr_equal(request.params[param].texts[i], request.params[param].list[i].text);
	return request.params[param].texts[i];
}

static int64_t integer(enum param param)
{
	assert_int_equal(request.params[param].count, 1);
	return request.params[param].list[0].integer;
}

/* The query has one flaw, of that status, which says so. */
static const struct violation *expect_flaw(const char *query, int status, const char *says)
{
	parse(query);
	assert_int_equal(violations.count, 1);
	assert_int_equal(violations.list[0].problem.status, status);
	if (strstr(violations.list[0].detail, says) == NULL) {
		fail_msg("%s: '%s' does not say '%s'", query, violations.list[0].detail, says);
	}
	return &violations.list[0];
}

/* -- Sound queries --------------------------------------------------------------- */

static void takes_fallbacks(void **state)
{
	(void)state;
	parse_well("");
	assert_int_equal(request.params[STATION].count, 0);
	assert_int_equal(request.params[ELEMENTS].count, 3);
	assert_string_equal(text(ELEMENTS, 0), "TMAX");
	/* Not stored, but nobody asked for it by name. */
	assert_string_equal(text(ELEMENTS, 2), "SNOW");
	assert_int_equal(integer(COUNT), 7);
	assert_string_equal(text(COLOUR, 0), "red");
	assert_string_equal(text(ID, 0), "the-id");
	assert_int_equal(request.page.page, 1);
	assert_int_equal(request.page.page_size, 100);
	assert_null(request.page.cursor);
}

static void takes_every_type(void **state)
{
	(void)state;
	parse_well("station_id=USC00110187&date=2014-02-28&count=-5&width=12.5&whole=true&"
		   "colour=light+blue&name=%C3%A9t%C3%A9");
	assert_string_equal(text(STATION, 0), "USC00110187");
	assert_int_equal(integer(DATE), date_day(2014, 2, 28));
	assert_string_equal(text(DATE, 0), "2014-02-28");
	assert_int_equal(integer(COUNT), -5);
	assert_true(request.params[WIDTH].list[0].number == 12.5);
	assert_int_equal(integer(WHOLE), 1);
	assert_string_equal(text(COLOUR, 0), "light blue");
	assert_string_equal(text(NAME, 0), "\xC3\xA9t\xC3\xA9");
	parse_well("whole=false&width=0&name=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9");
	assert_int_equal(integer(WHOLE), 0);
}

static void takes_lists(void **state)
{
	static const char *const queries[] = { "station_id=USC00110187,USC00110072",
		"station_id=USC00110187&station_id=USC00110072",
		"station_id=USC00110187%2CUSC00110072",
		"station_id=USC00110187,USC00110072&station_id=USC00110187",
		"&station_id=USC00110187&&station_id=USC00110187,USC00110072&" };

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		parse_well(queries[i]);
		assert_int_equal(request.params[STATION].count, 2);
		assert_string_equal(text(STATION, 0), "USC00110187");
		assert_string_equal(text(STATION, 1), "USC00110072");
	}
	parse_well("elements=prcp,Tmax,PRCP");
	assert_int_equal(request.params[ELEMENTS].count, 2);
	assert_string_equal(text(ELEMENTS, 0), "PRCP");
	assert_string_equal(text(ELEMENTS, 1), "TMAX");
	parse_well("years=2014,2014,2015");
	assert_int_equal(request.params[YEARS].count, 2);
}

static void takes_pages(void **state)
{
	(void)state;
	parse_well("page=3&page_size=1000");
	assert_int_equal(request.page.page, 3);
	assert_int_equal(request.page.page_size, 1000);
	parse_well("cursor=*&page_size=5");
	assert_int_equal(request.page.page, 0);
	assert_int_equal(request.page.page_size, 5);
	assert_string_equal(request.page.cursor, "*");
	route_declared.flags = ALM_PAGED;
	expect_flaw("cursor=*", 422, "there is no parameter 'cursor'");
	route_declared.flags = 0;
	expect_flaw("page=1", 422, "there is no parameter 'page'");
	route_declared.flags = ALM_PAGED | ALM_CURSOR;
}

/* -- Wrong ones -------------------------------------------------------------------- */

static void refuses_values(void **state)
{
	(void)state;
	expect_flaw("count=11", 422, "count: it must be -5 to 10");
	expect_flaw("count=-6", 422, "count: it must be -5 to 10");
	expect_flaw("count=99999999999999999999", 422, "count: it must be -5 to 10");
	expect_flaw("count=-99999999999999999999", 422, "count: it must be -5 to 10");
	expect_flaw("years=99999999999999999999", 422, "not an integer");
	expect_flaw("count=1.0", 422, "not an integer");
	expect_flaw("count=%2B1", 422, "not an integer");
	expect_flaw("count=0x1", 422, "not an integer");
	expect_flaw("count=+1", 422, "not an integer");
	expect_flaw("width=1e", 422, "not a number");
	expect_flaw("width=nan", 422, "no value");
	expect_flaw("width=100.01", 422, "0 to 100");
	expect_flaw("whole=1", 422, "neither true nor false");
	expect_flaw("date=2014-02-29", 422, "not a date");
	expect_flaw("date=2014-2-1", 422, "not a date");
	expect_flaw("date=0000-01-01", 422, "not a date");
	expect_flaw("date=20140132", 422, "not a date");
	expect_flaw("date=2014-01", 422, "not a date"); /* no ALM_SPAN */
	expect_flaw("date=2014", 422, "not a date");
	expect_flaw("span=2014-13", 422, "not a date");
	expect_flaw("span=0000", 422, "not a date");
	expect_flaw("span=201412", 422, "not a date");
	expect_flaw("name=x", 422, "2 to 5 characters");
	expect_flaw("name=abcdef", 422, "2 to 5 characters");
	expect_flaw("page=0", 422, "page: it must be 1 to");
	expect_flaw("page=1000000001", 422, "page: it must be 1 to");
	expect_flaw("page_size=1001", 422, "page_size: it must be 1 to 1000");
	expect_flaw("page=2&cursor=*", 422, "cannot be combined");
}

static void names_what_is_allowed(void **state)
{
	const struct violation *flaw = expect_flaw("colour=green", 422, "colour");

	(void)state;
	assert_ptr_equal(flaw->problem.allowed, colours);
	assert_string_equal(flaw->problem.param, "colour");
	assert_string_equal(flaw->problem.value, "green");
	flaw = expect_flaw(
		"elements=TMAX,XXXX", 422, "'XXXX' is not stored; there are PRCP, TMAX, TMIN");
	assert_string_equal(flaw->problem.value, "XXXX");
	assert_string_equal(flaw->problem.allowed[0], "PRCP");
	assert_string_equal(flaw->problem.allowed[2], "TMIN");
	assert_null(flaw->problem.allowed[3]);
	flaw = expect_flaw("statoin_id=a%20b", 422, "did you mean 'station_id'?");
	assert_string_equal(flaw->problem.param, "statoin_id");
	assert_string_equal(flaw->problem.value, "a b");
	for (size_t i = 0; flaw->problem.allowed[i] != NULL; i++) {
		assert_string_not_equal(flaw->problem.allowed[i], "id"); /* in the path */
	}
}

static void refuses_names(void **state)
{
	(void)state;
	expect_flaw("Count=1", 422, "there is no parameter 'Count'");
	expect_flaw("id=5", 422, "there is no parameter 'id'");
	expect_flaw("=5", 422, "there is no parameter ''");
	expect_flaw("count=1&count=2", 422, "it has 2 values");
	expect_flaw("count=1&count=1", 422, "it has 2 values");
	expect_flaw("years=1,2,3,4", 422, "at most 3");
}

static void expect_span(const char *query, int32_t first, int32_t last)
{
	parse_well(query);
	assert_int_equal(integer(SPAN), first);
	assert_true(request.params[SPAN].list[0].number >= last &&
		    request.params[SPAN].list[0].number <= last);
}

static void reads_spans(void **state)
{
	(void)state;
	expect_span("span=2012", date_day(2012, 1, 1), date_day(2012, 12, 31));
	expect_span("span=2012-02", date_day(2012, 2, 1), date_day(2012, 2, 29));
	expect_span("span=20120229", date_day(2012, 2, 29), date_day(2012, 2, 29));
	expect_span("span=2012-02-29T00:00Z", date_day(2012, 2, 29), date_day(2012, 2, 29));
	parse_well("date=20140704");
	assert_string_equal(text(DATE, 0), "2014-07-04");
}

static void takes_emptiness_for_absence(void **state)
{
	(void)state;
	parse_well("count=&count=5&station_id=&cursor=&date&whole=&colour=");
	assert_int_equal(integer(COUNT), 5);
	assert_int_equal(request.params[STATION].count, 0);
	assert_int_equal(request.params[DATE].count, 0);
	assert_string_equal(text(COLOUR, 0), "red");
	assert_int_equal(request.page.page, 1);
}

static void folds_codes(void **state)
{
	(void)state;
	parse_well("station_id=usc00110072,%20USC00110187%20,Usc00110072&elements=%20tmax");
	assert_int_equal(request.params[STATION].count, 2);
	assert_string_equal(text(STATION, 0), "USC00110072");
	assert_string_equal(text(STATION, 1), "USC00110187");
	assert_string_equal(text(ELEMENTS, 0), "TMAX");
}

static void refuses_emptiness(void **state)
{
	(void)state;
	expect_flaw("station_id=USC00110072,", 422, "empty");
	expect_flaw("station_id=,USC00110072", 422, "empty");
}

static void refuses_what_cannot_be_read(void **state)
{
	(void)state;
	expect_flaw("name=%zz", 400, "two hexadecimal digits");
	expect_flaw("na%me=x", 400, "two hexadecimal digits");
	expect_flaw("name=a%00b", 400, "NUL");
	expect_flaw("name=%ff%fe", 400, "not UTF-8");
}

static void knows_stations(void **state)
{
	const struct violation *flaw = expect_flaw("station_id=USC00110073", 404,
		"there is no station 'USC00110073'; did you mean USC00110072, USC00110187?");

	(void)state;
	assert_string_equal(flaw->problem.param, "station_id");
	assert_string_equal(flaw->problem.value, "USC00110073");
	expect_flaw("station_id=usc0011007", 404, "USC00110072");
	expect_flaw("station_id=XYZ", 404, "there is no station 'XYZ'");
	expect_flaw("station_id=a%20b", 422, "no station id");
	expect_flaw("station_id=123456789012345678901234567890123", 422, "no station id");
}

static void limits_sizes(void **state)
{
	char query[4096] = "width=";

	(void)state;
	memset(query + 6, 'x', 1025);
	expect_flaw(query, 422, "longer than 1024 bytes");
	memset(query, '&', sizeof(query) - 1);
	parse(query);
	assert_int_equal(violations.count, 1);
	assert_int_equal(violations.list[0].problem.status, 400);
}

static void tells_all_violations(void **state)
{
	(void)state;
	parse("count=x&date=y&station_id=Z&nothing=1");
	assert_int_equal(violations.count, 4);
	parse("a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1&r=1");
	assert_int_equal(violations.count, VIOLATIONS_MAX);
}

/* -- Canonical queries -------------------------------------------------------------- */

static void expect_canonical(const char *query, const char *canonical)
{
	struct buffer out = { 0 };

	parse_well(query);
	buffer_puts(&out, "?");
	params_canonical(&request, &out);
	assert_string_equal(buffer_text(&out) + 1, canonical);
	buffer_finish(&out);
	/* It says the same, and is its own canonical query. */
	if (strcmp(query, canonical) != 0) {
		expect_canonical(canonical, canonical);
	}
}

static void writes_canonical(void **state)
{
	(void)state;
	expect_canonical("", "");
	expect_canonical("page=2&page_size=5", "");
	expect_canonical("cursor=*", "");
	expect_canonical("count=7", "");
	expect_canonical("count=007", "");
	expect_canonical("colour=red", "");
	expect_canonical("elements=tmax,TMIN,PRCP", "elements=TMAX,TMIN,PRCP");
	expect_canonical("name=a%26b&date=2014-01-01&station_id=USC00110187&"
			 "station_id=USC00110072",
		"station_id=USC00110187,USC00110072&date=2014-01-01&name=a%26b");
	expect_canonical("colour=light+blue", "colour=light%20blue");
}

/* -- All of it ------------------------------------------------------------------------ */

static int begin(void **state)
{
	struct error err = { 0 };

	(void)state;
	services.settings = settings_create(&err);
	return services.settings != NULL ? 0 : -1;
}

static int end(void **state)
{
	struct settings *settings = (struct settings *)(uintptr_t)services.settings;

	(void)state;
	settings_destroy(settings);
	arena_finish(&request.http.arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_fallbacks),
		cmocka_unit_test(takes_every_type),
		cmocka_unit_test(takes_lists),
		cmocka_unit_test(takes_pages),
		cmocka_unit_test(refuses_values),
		cmocka_unit_test(names_what_is_allowed),
		cmocka_unit_test(refuses_names),
		cmocka_unit_test(reads_spans),
		cmocka_unit_test(takes_emptiness_for_absence),
		cmocka_unit_test(folds_codes),
		cmocka_unit_test(refuses_emptiness),
		cmocka_unit_test(refuses_what_cannot_be_read),
		cmocka_unit_test(knows_stations),
		cmocka_unit_test(limits_sizes),
		cmocka_unit_test(tells_all_violations),
		cmocka_unit_test(writes_canonical),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

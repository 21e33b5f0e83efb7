/* Which stations pass, and in which order, compared with other ways to say the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings.h"
#include "route/params.h"
#include "route/router.h"
#include "route/services.h"
#include "scan/station_pick.h"
#include "unit.h"

enum { RANDOM_STATIONS = 2000, MADE_STATIONS = 8 };

static const double PI = 3.14159265358979323846;
static const double RADIUS = 6371.0088; /* km */

/* -- Stations ----------------------------------------------------------- */

static const struct catalog_station made[MADE_STATIONS] = {
	{ "A1", .name = "SPRING FIELD", .country = "US", .state = "IL", .latitude = 90 },
	{ "A2", .name = "Saint-\xc3\x89tienne", .folded = "saint-\xc3\xa9tienne",
		.country = "FR", .latitude = -90 },
	{ "A3", .name = "FIELD", .country = "us", .state = "in", .longitude = 180 },
	{ "A4", .country = "FJ", .longitude = -180 },
	{ "A5", .name = "", .latitude = 40, .longitude = -88 },
	{ "A6", .name = "SPRINGFIELDS", .latitude = NAN, .longitude = NAN },
	{ "A7", .name = "HALF", .latitude = 40, .longitude = NAN },
	{ "A8", .name = "LONG", .country = "123456789" },
};
static struct catalog_station scattered[RANDOM_STATIONS];
static const struct catalog_station *list[RANDOM_STATIONS];
static char ids[RANDOM_STATIONS][8];
static struct catalog catalog;
static const char *states[] = { "IL", "IN", "J<" }, *countries[] = { "FJ", "FR", "US", "Y" };

static uint32_t seed = 20141231;

/* 0 to 1, both included at times. */
static double chance(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (double)(seed >> 12) / 0xFFFFF;
}

static void scatter(void)
{
	for (int i = 0; i < RANDOM_STATIONS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "R%05d", i);
		scattered[i].id = ids[i];
		/* Whole degrees, so that many lie on edges, on poles and at 180. */
		scattered[i].latitude = round(chance() * 180 - 90);
		scattered[i].longitude = round(chance() * 360 - 180);
		list[i] = &scattered[i];
	}
	catalog.stations = list;
	catalog.station_count = RANDOM_STATIONS;
	catalog.states = (struct catalog_codes){ states, 3 };
	catalog.countries = (struct catalog_codes){ countries, 4 };
}

/* -- Requests ----------------------------------------------------------- */

static const struct alm_field fields[] = { { .name = "x", .type = ALM_INTEGER, .help = "X." },
	{ .name = NULL } };
static const struct alm_route declared = {
	.path = "/stations", .fields = fields, .flags = ALM_STATION_FILTER
};
static struct route route = { .declared = &declared };
static struct arena listed;
static struct services services;
static struct alm_request request;
static struct violations violations;

static const struct station_filter *parse(const char *query)
{
	arena_finish(&request.http.arena);
	request = (struct alm_request){
		.services = &services, .route = &route, .catalog = &catalog, .query = query
	};
	violations.count = 0;
	params_parse(&request, NULL, 0, &violations);
	return request.filter;
}

static const struct station_filter *filter_of(const char *query)
{
	const struct station_filter *filter = parse(query);

	if (filter == NULL) {
		fail_msg("%s: %s", query,
			violations.count > 0 ? violations.list[0].detail : "nothing");
	}
	return filter;
}

static void expect_flaw(const char *query, const char *param, const char *detail)
{
	assert_null(parse(query));
	assert_int_equal(violations.count, 1);
	assert_int_equal(violations.list[0].problem.status, 422);
	assert_string_equal(violations.list[0].problem.param, param);
	assert_string_equal(violations.list[0].detail, detail);
}

/* Numbers of the made stations that pass: "1 3 ". */
static void expect(const char *query, const char *numbers)
{
	const struct station_filter *filter = filter_of(query);
	char passed[4 * MADE_STATIONS] = "";
	double km;

	for (int i = 0; i < MADE_STATIONS; i++) {
		if (station_filter_passes(filter, &made[i], &km)) {
			size_t length = strlen(passed);

			snprintf(
				passed + length, sizeof(passed) - length, "%c ", made[i].id[1]);
		}
	}
	if (strcmp(passed, numbers) != 0) {
		fail_msg("%s: '%s' instead of '%s'", query, passed, numbers);
	}
}

/* -- Codes and words ---------------------------------------------------- */

static void test_codes(void **state)
{
	(void)state;
	expect("state=IL", "1 ");
	expect("state=il,%20In%20", "1 3 ");
	expect("country=US", "1 3 ");
	expect("country=fr&country=fj", "2 4 ");
	expect("state=IL&country=FR", "");
	expect("country=y", "");
	expect("state=J%3C", "");
	expect_flaw("country=USA", "country",
		"country: no station with 'USA' is stored; there are US, FJ, FR, Y");
	expect_flaw("country=12345678", "country",
		"country: no station with '12345678' is stored; there are FJ, FR, US, Y");
	expect_flaw("state=IL,I%5C", "state",
		"state: no station with 'I\\' is stored; there are IL, IN, J<");
}

static void test_words(void **state)
{
	(void)state;
	expect("name=field", "1 3 6 ");
	expect("name=spring+field", "1 6 ");
	expect("name=%20FIELD%20%20Spring%20", "1 6 ");
	expect("name=springfield", "6 ");
	expect("name=fields", "6 ");
	expect("name=a4", "4 ");
	expect("name=a3+field", "3 ");
	expect("name=%C3%89TIENNE", "2 ");
	expect("name=%C3%A9tienne", "2 ");
	expect("name=E%CC%81tienne+SAINT", "2 "); /* E, then an accent */
	expect("name=etienne", "");
	expect("name=%EF%BC%A6%EF%BC%A9eld", "1 3 6 "); /* full width */
	expect("name=a2+saint", "2 ");
	expect("name=a", "1 2 3 4 5 6 7 8 ");
	expect("name=ll", "");
}

/* -- Places ------------------------------------------------------------- */

static void test_boxes(void **state)
{
	(void)state;
	expect("bbox=-88,40,-88,40", "5 ");
	expect("bbox=-180,-90,180,90", "1 2 3 4 5 8 ");
	expect("bbox=170,-1,-170,1", "3 4 ");
	expect("bbox=170,-1,180,1", "3 4 ");
	expect("bbox=-180,-1,-170,1", "3 4 ");
	expect("bbox=10,80,20,90", "1 ");
	expect("bbox=10,-90,20,-89", "2 ");
	expect("bbox=10,80,20,89.9", "");
	expect("bbox=-1,-1,1,1", "8 ");
}

static bool passes_box(const struct catalog_station *station, const double *box)
{
	double width = fmod(box[2] - box[0] + 360, 360);
	double east = fmod(station->longitude - box[0] + 720, 360);

	if (box[2] - box[0] > 359) {
		width = 360;
	}
	return station->latitude >= box[1] && station->latitude <= box[3] &&
	       (east <= width || fabs(station->latitude) > 89.5);
}

static void test_random_boxes(void **state)
{
	char query[128];
	double km;

	(void)state;
	for (int i = 0; i < 200; i++) {
		double south = round(chance() * 170 - 90);
		const double box[] = { round(chance() * 358 - 179), south,
			round(chance() * 358 - 179), south + round(chance() * (90 - south)) };
		const struct station_filter *filter;

		snprintf(query, sizeof(query), "bbox=%g,%g,%g,%g", box[0], box[1], box[2],
			box[3]);
		filter = filter_of(query);
		for (int s = 0; s < RANDOM_STATIONS; s++) {
			if (station_filter_passes(filter, list[s], &km) !=
				passes_box(list[s], box)) {
				fail_msg("%s: station at %g, %g", query, list[s]->latitude,
					list[s]->longitude);
			}
		}
	}
}

/* By vectors instead of haversines. */
static double vector_distance(double lat1, double lon1, double lat2, double lon2)
{
	double f = PI / 180;
	double a[] = { cos(lat1 * f) * cos(lon1 * f), cos(lat1 * f) * sin(lon1 * f),
		sin(lat1 * f) };
	double b[] = { cos(lat2 * f) * cos(lon2 * f), cos(lat2 * f) * sin(lon2 * f),
		sin(lat2 * f) };
	double c[] = { a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
		a[0] * b[1] - a[1] * b[0] };

	return RADIUS * atan2(sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]),
				a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
}

static void expect_distance(
	const char *query, double latitude, double longitude, double expected)
{
	const struct catalog_station station = { .latitude = latitude, .longitude = longitude };

	double km = station_filter_distance(filter_of(query), &station);

	if (!(fabs(km - expected) <= 1e-6)) {
		fail_msg("%s: %.9f instead of %.9f", query, km, expected);
	}
}

static void test_known_distances(void **state)
{
	(void)state;
	/* A degree of the equator, a quarter and a half of a great circle. */
	expect_distance("near=0,0", 0, 1, RADIUS * PI / 180);
	expect_distance("near=0,179.5", 0, -179.5, RADIUS * PI / 180);
	expect_distance("near=90,17", 0, -60, RADIUS * PI / 2);
	expect_distance("near=90,0", -90, 0, RADIUS * PI);
	expect_distance("near=40,-88", 40, -88, 0);
}

static void test_circles(void **state)
{
	(void)state;
	expect("near=40,-88", "5 ");
	expect("near=40,-88&radius=0", "5 ");
	expect("near=90,0&radius=1", "1 ");
	expect("near=89.5,120&radius=56", "1 ");
	expect("near=0,179.5&radius=56", "3 4 ");
	expect("near=0,-179.5&radius=55", "");
	expect("near=0,0&radius=20038", "1 2 3 4 5 8 ");
	/* 100 km is less than a degree of latitude, 111 km. */
	expect("near=39.2,-88", "5 ");
	expect("near=39,-88", "");
}

/* In pieces of any size. */
static void pick(struct scan *scan, const struct station_filter *filter, bool nearest)
{
	struct station_picking picking;

	station_picking_begin(&picking, scan, filter, nearest);
	while (!station_picking_go_on(
		&picking, scan, 1 + (size_t)(chance() * 900), &request.http.arena)) {
	}
}

/* The same stations as by looking at all, in order of distance and then id; and a walk can
 * go on after each of them. */
static void expect_nearest(double latitude, double longitude, double radius)
{
	char query[128];
	struct scan scan = { .catalog = &catalog,
		.station_count = RANDOM_STATIONS,
		.calculator = SCAN_STATIONS };
	struct scan_part *parts;
	struct scan_sums added;
	const int64_t *sums;
	size_t within = 0, count;
	double before = -1;

	snprintf(query, sizeof(query), "near=%.1f,%.1f&radius=%.1f", latitude, longitude,
		radius);
	pick(&scan, filter_of(query), true);
	for (int i = 0; i < RANDOM_STATIONS; i++) {
		within += vector_distance(latitude, longitude, list[i]->latitude,
				  list[i]->longitude) <= radius;
	}
	assert_int_equal(scan.station_count, within);
	scan_sums_begin(&added, &scan, NULL, &request.http.arena);
	while (!scan_sums_go_on(&added, &scan, 1000)) {
	}
	sums = added.rows;
	count = scan_take(&scan, sums, 0, RANDOM_STATIONS, &request.http.arena, &parts);
	assert_int_equal(count, within);
	for (size_t i = 0; i < count; i++) {
		const struct catalog_station *station = parts[i].station;
		double km = vector_distance(
			latitude, longitude, station->latitude, station->longitude);
		int32_t key = scan_last_key(&scan, &parts[i]);

		assert_true(km > before - 2e-5); /* 2 cm */
		if (fabs(km - before) < 1e-9 && key == scan.keys[i - 1]) {
			assert_true(strcmp(parts[i - 1].station->id, station->id) < 0);
		}
		assert_true(fabs(km * 1e5 - key) < 2);
		assert_int_equal(scan_row_after(&scan, sums, station->id, key), i + 1);
		before = km;
	}
}

static void test_nearest(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		/* No station is just at the radius: they are at whole degrees. */
		expect_nearest(round(chance() * 1800 - 900) / 10 + 0,
			round(chance() * 3600 - 1800) / 10,
			i % 4 == 0 ? 20038 : 12.3 + 5000 * chance());
	}
	expect_nearest(90, 0, 3000.7);
	expect_nearest(-90, 0, 3000.7);
	expect_nearest(0, 180, 10017.7);
	expect_nearest(12.5, -180, 1);
}

/* In order of the catalog, also of a part of it. */
static void test_pick(void **state)
{
	static const uint32_t some[] = { 3, 5, 700, 1999 };
	const struct station_filter *filter = filter_of("bbox=-180,0,180,90");
	struct scan scan = { .catalog = &catalog, .stations = some, .station_count = 4 };
	size_t at = 0;

	(void)state;
	pick(&scan, filter, false);
	for (int i = 0; i < 4; i++) {
		if (scattered[some[i]].latitude >= 0) {
			assert_true(at < scan.station_count);
			assert_int_equal(scan.stations[at++], some[i]);
		}
	}
	assert_int_equal(at, scan.station_count);
	scan.stations = NULL;
	scan.station_count = RANDOM_STATIONS;
	pick(&scan, filter, false);
	for (size_t i = 1; i < scan.station_count; i++) {
		assert_true(scan.stations[i - 1] < scan.stations[i]);
	}
	assert_in_range(scan.station_count, RANDOM_STATIONS / 3, RANDOM_STATIONS * 2 / 3);
}

/* -- Flaws -------------------------------------------------------------- */

#define BOX "bbox: it must be west,south,east,north in degrees, such as -91.5,36.9,-87,42.6"
#define POINT "near: it must be latitude,longitude in degrees, such as 40.1,-88.2"

static void test_violations(void **state)
{
	(void)state;
	expect_flaw("bbox=1,2,3", "bbox", BOX "; it has 3 numbers");
	expect_flaw("bbox=1,2,3,4,5", "bbox", BOX "; it has 5 numbers");
	expect_flaw("bbox=1,2,3,", "bbox", BOX "; a number is missing before or after a comma");
	expect_flaw("bbox=a,2,3,4", "bbox", BOX "; 'a' is no number");
	expect_flaw("bbox=1,2,3,nan", "bbox", BOX "; 'nan' is no number");
	expect_flaw("bbox=-180.1,2,3,4", "bbox",
		"bbox: west and east, its first and third numbers, must be -180 to 180");
	expect_flaw("bbox=1,2,181,4", "bbox",
		"bbox: west and east, its first and third numbers, must be -180 to 180");
	expect_flaw("bbox=1,-91,3,4", "bbox",
		"bbox: south and north, its second and fourth numbers, must be -90 to 90");
	expect_flaw("bbox=1,4,3,2", "bbox",
		"bbox: south, its second number, must not be greater than north, its fourth");
	expect_flaw("near=40.1", "near", POINT "; it has 1 number");
	expect_flaw("near=40.1,-88.2,3", "near", POINT "; it has 3 numbers");
	expect_flaw("near=40,1,-88,2", "near",
		POINT "; it has 4 numbers, and decimals take a point");
	expect_flaw(
		"near=40.1,", "near", POINT "; a number is missing before or after a comma");
	expect_flaw(
		"near=90.1,0", "near", "near: latitude, its first number, must be -90 to 90");
	expect_flaw("near=0,-180.5", "near",
		"near: longitude, its second number, must be -180 to 180");
	expect_flaw("radius=5", "radius", "radius: it needs near, the point that it is around");
	expect_flaw("near=1,1&radius=-1", "radius", "radius: it must be 0 to 20038");
	expect_flaw("name=%20%20", "name",
		"name: it must have at least one character that is no space");
	expect_flaw("name=%C2%AD%C2%A0", "name", /* soft hyphen, no-break space */
		"name: it must have at least one character that is no space");
	assert_null(parse("state=IL&bbox=1&near=2&name=+"));
	assert_int_equal(violations.count, 3);
	assert_null(parse(""));
	assert_int_equal(violations.count, 0);
}

static int set_up(void **state)
{
	static struct error err;

	(void)state;
	services.settings = settings_create(&err);
	scatter();
	router_list_params(&route, &listed, 1000);
	return services.settings != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	struct settings *settings = (struct settings *)(uintptr_t)services.settings;

	(void)state;
	settings_destroy(settings);
	arena_finish(&request.http.arena);
	arena_finish(&listed);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_boxes),
		cmocka_unit_test(test_random_boxes),
		cmocka_unit_test(test_known_distances),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_violations),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

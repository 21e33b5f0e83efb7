/* What a catalog knows of all its stations: ids in any letter case, codes, years. */
#include <string.h>

#include "catalog/catalog_data.h"
#include "unit.h"

static const struct catalog_block blocks[] = { { .year = 1951 }, { .year = 1999 },
	{ .year = 2012 } };
/* By id, as strcmp() orders. */
static const struct catalog_station made[] = {
	{ .id = "A1", .state = "IL", .country = "US", .blocks = blocks, .block_count = 2 },
	{ .id = "B2", .country = "US" },
	{ .id = "Cc", .state = "IA", .country = "CA" },
	{ .id = "a1", .state = "IL", .blocks = blocks + 2, .block_count = 1 },
	{ .id = "cC", .state = "NE", .country = "US" },
	{ .id = "d4", .state = "AL", .country = "US" },
};
enum { A1, B2, CC, SMALL_A1, SMALL_CC, D4, COUNT };
static const struct catalog_station *stations[COUNT];
static struct catalog_data data;

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		stations[i] = &made[i];
	}
	arena_init(&data.arena);
	data.catalog.stations = stations;
	data.catalog.station_count = COUNT;
	catalog_index(&data);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_finish(&data.arena);
	return 0;
}

static void matches_ids(void **state)
{
	const struct catalog *catalog = &data.catalog;

	(void)state;
	assert_int_equal(catalog_match_station(catalog, "A1"), A1);
	assert_int_equal(catalog_match_station(catalog, "a1"), SMALL_A1);
	assert_int_equal(catalog_match_station(catalog, "b2"), B2);
	assert_int_equal(catalog_match_station(catalog, "D4"), D4);
	assert_int_equal(catalog_match_station(catalog, "Cc"), CC);
	assert_int_equal(catalog_match_station(catalog, "cC"), SMALL_CC);
	assert_int_equal(catalog_match_station(catalog, "cc"), -1); /* both differ from it */
	assert_int_equal(catalog_match_station(catalog, "CC"), -1);
	assert_int_equal(catalog_match_station(catalog, ""), -1);
	assert_int_equal(catalog_match_station(catalog, "d"), -1);
	assert_int_equal(
		catalog_match_station(catalog, "dddddddddddddddddddddddddddddddddddddddd"), -1);
}

static void expect_codes(const struct catalog_codes *codes, size_t count, ...)
{
	va_list args;

	assert_int_equal(codes->count, count);
	va_start(args, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(codes->list[i], va_arg(args, const char *));
	}
	va_end(args);
}

static void lists_codes(void **state)
{
	(void)state;
	expect_codes(&data.catalog.states, 4, "AL", "IA", "IL", "NE");
	expect_codes(&data.catalog.countries, 2, "CA", "US");
}

static void spans_years(void **state)
{
	struct catalog_data nothing = { 0 };

	(void)state;
	assert_int_equal(data.catalog.first_year, 1951);
	assert_int_equal(data.catalog.last_year, 2012);
	arena_init(&nothing.arena);
	catalog_index(&nothing);
	assert_true(nothing.catalog.last_year < nothing.catalog.first_year);
	assert_int_equal(catalog_match_station(&nothing.catalog, "A1"), -1);
	arena_finish(&nothing.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_ids),
		cmocka_unit_test(lists_codes),
		cmocka_unit_test(spans_years),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

#include "ingest/input/increments.h"

#include <string.h>

#include "unit.h"

static void parses_names(void **state)
{
	struct increment increment;

	(void)state;
	assert_true(increments_parse("a_20200101_to_20200103.tar.gz", &increment));
	assert_int_equal(increment.prefix, 2);
	assert_int_equal(increment.from, 20200101);
	assert_int_equal(increment.to, 20200103);
	assert_true(increments_parse("20200101_to_20200103", &increment));
	assert_int_equal(increment.prefix, 0);
	assert_false(increments_parse("a_120200101_to_20200103", &increment));
	assert_false(increments_parse("a_20200101_to_202001034", &increment));
	assert_false(increments_parse("a_2020010_to_20200103", &increment));
	assert_false(increments_parse("a_20200101_to_2020010", &increment));
	assert_false(increments_parse("a_20200101_20200103", &increment));
	assert_false(increments_parse("_to_", &increment));
	assert_false(increments_parse("", &increment));
}

/* Others stay where they are, and each prefix keeps its places. */
static void sorts_by_dates(void **state)
{
	static const char *const names[] = { "b_20200105_to_20200106", "x",
		"a_20200102_to_20200103", NULL, "b_20200101_to_20200105",
		"a_20200101_to_20200102", "a_20200101_to_20200101" };
	static const size_t wanted[] = { 4, 1, 6, 3, 0, 5, 2 };
	size_t order[7];

	(void)state;
	increments_sort(names, 7, order);
	assert_memory_equal(order, wanted, sizeof(wanted));
	increments_sort(names, 0, order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_names),
		cmocka_unit_test(sorts_by_dates),
	};

	return cmocka_run_group_tests_name("increments", tests, NULL, NULL);
}

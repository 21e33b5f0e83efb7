/* Bounds of stored integers: against the conditions themselves, value by value. */
#include "base/arena.h"
#include "document/row_bound.h"
#include "unit.h"

enum { LEAST = -450, MOST = 450 };

static const enum compare compares[] = { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER,
	GREATER_EQUAL };
static const double numbers[] = { 0, 0.1, -0.1, 4.2, 4.25, 42, -17.77, 0.30000000000000004, 1e9,
	-1e300 };

static struct condition compare_with(enum compare compare, double number)
{
	return (struct condition){ .kind = AGAINST_NUMBER,
		.compare = compare,
		.value = { .number = number, .last = number },
		.yes = 1,
		.no = 2 };
}

static bool condition_says(
	const struct condition *condition, const struct shown *shown, int32_t value)
{
	struct cell cell = { .kind = CELL_SCALED, .integer = value };

	return condition_holds(condition, shown, &cell);
}

/* Whether any value of a range satisfies the condition. */
static bool any_holds(const struct condition *condition, const struct shown *shown,
	int32_t least, int32_t most)
{
	bool any = false;

	for (int32_t value = least; value <= most; value++) {
		any = any || condition_says(condition, shown, value);
	}
	return any;
}

static void expect_bound(const struct condition *condition, int decimals)
{
	const struct column column = {
		.name = "x", .type = ALM_NUMBER, .decimals = decimals, .stored = true
	};
	struct arena arena;
	struct shown shown;
	struct row_bounds bounds;

	arena_init(&arena);
	shown_init(&shown, &column);
	bounds = row_bounds_read(&arena, condition, 1, &shown);
	assert_true(bounds.exact);
	assert_int_equal(bounds.count, 1);
	for (int32_t value = LEAST; value <= MOST; value++) {
		assert_int_equal(row_bound_holds(&bounds.list[0], value),
			condition_says(condition, &shown, value));
	}
	for (int32_t least = LEAST; least <= MOST; least += 25) {
		assert_false(row_bound_may_hold(&bounds.list[0], least + 1, least));
		for (int32_t most = least; most < least + 9; most += 4) {
			assert_int_equal(row_bound_may_hold(&bounds.list[0], least, most),
				any_holds(condition, &shown, least, most));
		}
	}
	arena_finish(&arena);
}

static void bounds_are_what_conditions_say(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(compares) / sizeof(compares[0]); c++) {
		for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
			const struct condition condition =
				compare_with(compares[c], numbers[n]);

			for (int decimals = 0; decimals <= 2; decimals++) {
				expect_bound(&condition, decimals);
			}
		}
	}
}

/* "x>1, y<2 and date=..." has two bounds, and is more; of "x>1 or y<2" neither must hold. */
static void bounds_are_those_that_must_hold(void **state)
{
	const struct column stored = { .name = "x", .type = ALM_NUMBER, .stored = true };
	const struct column date = { .name = "d", .type = ALM_DATE };
	struct condition conditions[3] = { compare_with(GREATER, 1), compare_with(LESS, 2),
		compare_with(EQUAL, 3) };
	struct row_bounds bounds;
	struct shown shown[3];
	struct arena arena;

	(void)state;
	arena_init(&arena);
	shown_init(&shown[0], &stored);
	shown_init(&shown[1], &stored);
	shown_init(&shown[2], &date);
	for (size_t i = 0; i < 3; i++) {
		conditions[i].column = i;
		conditions[i].yes = i + 1;
		conditions[i].no = 4;
	}
	bounds = row_bounds_read(&arena, conditions, 3, shown);
	assert_int_equal(bounds.count, 2);
	assert_false(bounds.exact);
	assert_int_equal(bounds.list[1].column, 1);
	conditions[0].yes = 2;
	conditions[0].no = 1;
	conditions[1].no = 3;
	bounds = row_bounds_read(&arena, conditions, 2, shown);
	assert_int_equal(bounds.count, 0);
	assert_false(bounds.exact);
	bounds = row_bounds_read(&arena, NULL, 0, shown);
	assert_int_equal(bounds.count, 0);
	assert_true(bounds.exact);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_what_conditions_say),
		cmocka_unit_test(bounds_are_those_that_must_hold),
	};

	return cmocka_run_group_tests_name("row_bound", tests, NULL, NULL);
}

/* Values in other units: exact, and none of the stored resolution lost. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/cell_text.h"
#include "format/units.h"

static struct arena arena;

/* An observation in 10^-decimals of the unit. */
static int64_t convert(const char *unit, int decimals, int64_t value, struct column *column)
{
	struct conversion conversion;
	struct cell cell = { .kind = CELL_SCALED, .integer = value };

	*column = (struct column){ .name = "v",
		.type = ALM_NUMBER,
		.unit = unit,
		.decimals = decimals,
		.stored = true };
	assert_true(units_column(UNITS_IMPERIAL, &arena, column, &conversion));
	units_cell(&conversion, &cell);
	assert_int_equal(cell.kind, CELL_SCALED);
	return cell.integer;
}

static const struct {
	const char *unit;
	int64_t value;
	const char *to;
	int64_t converted;
	int decimals, to_decimals;
} known[] = {
	{ "degC", 0, "degF", 320, 1, 1 }, { "degC", 1000, "degF", 2120, 1, 1 },
	{ "degC", -400, "degF", -400, 1, 1 }, /* -40 is -40 */
	{ "degC", -178, "degF", 0, 1, 1 },    /* -0.04 */
	{ "degC", 281, "degF", 826, 1, 1 },   /* 82.58 */
	{ "mm", 254, "in", 1000, 1, 3 },      /* 25.4 mm is an inch */
	{ "mm", 1, "in", 4, 1, 3 },           /* 0.0039 */
	{ "mm", 13, "in", 51, 1, 3 },         /* 0.05118 */
	{ "mm", 127, "in", 500, 0, 2 }, { "cm", 254, "in", 1000, 2, 3 },
	{ "m", 3048, "ft", 10000, 1, 1 }, { "m", -1, "ft", -3, 1, 1 }, /* -0.328 */
	{ "km", 1609344, "mi", 10000000, 3, 4 },
	{ "m s-1", 10, "mi h-1", 22, 1, 1 }, /* 2.2369 */
};

static void converts_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct column column;
		int64_t converted =
			convert(known[i].unit, known[i].decimals, known[i].value, &column);

		assert_string_equal(column.unit, known[i].to);
		assert_int_equal(column.decimals, known[i].to_decimals);
		assert_int_equal(converted, known[i].converted);
	}
}

static void rounds_halves_away_from_zero(void **state)
{
	struct column column;

	(void)state;
	/* n * 0.18 + 32 with n = 25 is 36.5, and in whole degrees a half. */
	assert_int_equal(convert("degC", 0, -15, &column), 5);
	assert_int_equal(convert("mm", 1, 127, &column), 500);
}

/* No two stored values read the same. */
static void keeps_the_resolution(void **state)
{
	static const char *const units[] = { "degC", "mm", "m", "m s-1" };
	struct column column;

	(void)state;
	for (size_t u = 0; u < 4; u++) {
		for (int value = -1000; value < 1000; value++) {
			assert_true(convert(units[u], 1, value, &column) <
				    convert(units[u], 1, value + 1, &column));
		}
	}
}

/* What the units are, in the definitions of NIST SP 811. */
static const struct {
	const char *unit;
	long double factor, offset;
} definitions[] = {
	{ "degC", 1.8L, 32 },
	{ "mm", 1 / 25.4L, 0 },
	{ "cm", 1 / 2.54L, 0 },
	{ "m", 1 / 0.3048L, 0 },
	{ "km", 1 / 1.609344L, 0 },
	{ "m s-1", 3600 / 1609.344L, 0 },
};

static long double shown(const struct column *column, const struct cell *cell)
{
	struct cell_month month = { 0 };
	char text[CELL_ROOM + 1], *end;

	*cell_put(&month, text, column, cell) = '\0';
	end = strchr(text, '.');
	assert_int_equal(end == NULL ? 0 : strlen(end + 1), column->decimals);
	return strtold(text, NULL);
}

/* All conversions of all resolutions, up to the largest values: the text is nearest to the
 * value. */
static void texts_of_all_resolutions(void **state)
{
	static const int32_t values[] = { 0, 1, -1, 7, -12345, 999999999, INT32_MAX,
		-INT32_MAX + 3 };

	(void)state;
	cell_text_prepare();
	for (size_t u = 0; u < sizeof(definitions) / sizeof(definitions[0]); u++) {
		for (int decimals = 0; decimals <= 6; decimals++) {
			for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				struct column column;
				struct cell cell = { .kind = CELL_SCALED,
					.integer = convert(definitions[u].unit, decimals,
						values[v], &column) };
				long double exact = (long double)values[v] /
							    powl(10, decimals) *
							    definitions[u].factor +
						    definitions[u].offset;
				long double half = 0.5L / powl(10, column.decimals);

				assert_true(
					fabsl(shown(&column, &cell) - exact) <= half * 1.0001L);
			}
		}
	}
}

/* The same of numbers that were computed. */
static void texts_of_numbers(void **state)
{
	(void)state;
	cell_text_prepare();
	for (size_t u = 0; u < sizeof(definitions) / sizeof(definitions[0]); u++) {
		for (int decimals = 0; decimals <= 6; decimals++) {
			struct column column = { .name = "v",
				.type = ALM_NUMBER,
				.unit = definitions[u].unit,
				.decimals = decimals };
			struct conversion conversion;
			struct cell cell = { .kind = CELL_NUMBER, .number = 123.456789 };
			long double exact =
				123.456789L * definitions[u].factor + definitions[u].offset;

			units_column(UNITS_IMPERIAL, &arena, &column, &conversion);
			units_cell(&conversion, &cell);
			assert_true(fabsl(shown(&column, &cell) - exact) <=
				    0.5001L / powl(10, column.decimals));
		}
	}
}

/* Their values stay, and so does what they are said to be in. */
static void integers_stay(void **state)
{
	struct column column = { .name = "v", .type = ALM_INTEGER, .unit = "mm" };
	struct conversion conversion;

	(void)state;
	assert_false(units_column(UNITS_IMPERIAL, &arena, &column, &conversion));
	assert_string_equal(column.unit, "mm");
}

static void leaves_other_units(void **state)
{
	struct column column = { .name = "v", .type = ALM_INTEGER, .unit = "d" };
	struct conversion conversion;
	struct cell cell = { .kind = CELL_INTEGER, .integer = 5 };

	(void)state;
	assert_false(units_column(UNITS_IMPERIAL, &arena, &column, &conversion));
	units_cell(&conversion, &cell);
	assert_int_equal(cell.integer, 5);
	assert_string_equal(column.unit, "d");
}

static void nulls_stay(void **state)
{
	struct column column = {
		.name = "v", .type = ALM_NUMBER, .unit = "degC", .decimals = 1, .stored = true
	};
	struct conversion conversion;
	struct cell cell = { .kind = CELL_NULL };

	(void)state;
	units_column(UNITS_IMPERIAL, &arena, &column, &conversion);
	units_cell(&conversion, &cell);
	assert_int_equal(cell.kind, CELL_NULL);
}

static void raw_is_what_is_stored(void **state)
{
	struct column column = {
		.name = "v", .type = ALM_NUMBER, .unit = "degC", .decimals = 1, .stored = true
	};
	struct column computed = {
		.name = "v", .type = ALM_NUMBER, .unit = "degC", .decimals = 2
	};
	struct conversion conversion;
	struct cell cell = { .kind = CELL_SCALED, .integer = -128 };

	(void)state;
	assert_true(units_column(UNITS_RAW, &arena, &column, &conversion));
	units_cell(&conversion, &cell);
	assert_int_equal(cell.kind, CELL_INTEGER);
	assert_int_equal(cell.integer, -128);
	assert_string_equal(column.unit, "0.1 degC");
	assert_int_equal(column.decimals, 0);
	units_column(UNITS_RAW, &arena, &computed, &conversion);
	assert_int_equal(computed.decimals, FORMAT_EXACT);
	assert_string_equal(computed.unit, "degC");
}

static void unit_of_hundredths(void **state)
{
	struct column column = {
		.name = "v", .type = ALM_NUMBER, .unit = "m", .decimals = 3, .stored = true
	};
	struct conversion conversion;

	(void)state;
	units_column(UNITS_RAW, &arena, &column, &conversion);
	assert_string_equal(column.unit, "0.001 m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(converts_exactly),
		cmocka_unit_test(rounds_halves_away_from_zero),
		cmocka_unit_test(keeps_the_resolution),
		cmocka_unit_test(texts_of_all_resolutions),
		cmocka_unit_test(texts_of_numbers),
		cmocka_unit_test(integers_stay),
		cmocka_unit_test(leaves_other_units),
		cmocka_unit_test(nulls_stay),
		cmocka_unit_test(raw_is_what_is_stored),
		cmocka_unit_test(unit_of_hundredths),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}

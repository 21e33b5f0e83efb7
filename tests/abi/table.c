/* <almanac/table.h>, by hand. */
#include <almanac/table.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/unit.h"

enum { ID, DATE, WARM, COLUMNS };

static const char *const names[] = { "STATION|ID", "Obs-Date", "Max Temp (*", NULL };

static int head(struct alm_table *table, const char *line, char separator)
{
	return alm_table_head(table, line, strlen(line), separator, names);
}

static int row(const struct alm_table *table, const char *line, struct alm_text *cells)
{
	return alm_table_row(table, line, strlen(line), cells, COLUMNS);
}

static void finds_columns_in_any_order(void **state)
{
	struct alm_table table;
	struct alm_text cells[COLUMNS];

	(void)state;
	assert_int_equal(head(&table,
				 "\xEF\xBB\xBF\"Max Temp (\xC2\xB0"
				 "C)\";more; obs_date ;id",
				 0),
		3);
	assert_int_equal(table.separator, ';');
	assert_int_equal(table.fields, 4);
	assert_int_equal(table.unknown, 1);
	assert_true(alm_table_has(&table, ID));
	assert_int_equal(row(&table, "\" 1;2 \";x;2001-01-01;A 1", cells), 4);
	assert_true(alm_is(cells[WARM], "1;2"));
	assert_true(alm_is(cells[DATE], "2001-01-01"));
	assert_true(alm_is(cells[ID], "A 1"));
	assert_int_equal(row(&table, "1;x", cells), 2);
	assert_int_equal(cells[ID].length, 0);
	assert_int_equal(row(&table, "1;x;2001-01-01;A;5;6", cells), 6);
	assert_int_equal(row(&table, "\"1;x", cells), ALM_TEXT_BAD);
}

static void says_what_is_wrong_with_a_header(void **state)
{
	struct alm_table table;
	struct alm_text cells[COLUMNS];
	char *many = malloc(ALM_TABLE_FIELDS + 2);

	(void)state;
	assert_int_equal(head(&table, "ID,station", ','), ALM_TEXT_BAD);
	assert_int_equal(head(&table, "\"ID,station", ','), ALM_TEXT_BAD);
	assert_int_equal(head(&table, "a,b", ','), 0);
	assert_int_equal(head(&table, "", 0), 0);
	assert_int_equal(table.fields, 1);
	assert_int_equal(head(&table, "ID", 0), 1);
	assert_false(alm_table_has(&table, DATE));
	assert_int_equal(row(&table, "x", cells), 1);
	assert_int_equal(cells[DATE].length, 0);
	memset(many, ',', ALM_TABLE_FIELDS + 1);
	assert_int_equal(
		alm_table_head(&table, many, ALM_TABLE_FIELDS, ',', names), ALM_TEXT_RANGE);
	assert_int_equal(alm_table_head(&table, many, ALM_TABLE_FIELDS - 1, ',', names), 0);
	assert_int_equal(table.fields, ALM_TABLE_FIELDS);
	free(many);
}

static void guesses_separators(void **state)
{
	(void)state;
	assert_int_equal(alm_separator(alm_text("a,b", 3)), ',');
	assert_int_equal(alm_separator(alm_text("a;b,c;d", 7)), ';');
	assert_int_equal(alm_separator(alm_text("a\tb", 3)), '\t');
	assert_int_equal(alm_separator(alm_text("\"a;b;c\",d", 9)), ',');
	assert_int_equal(alm_separator(alm_text("", 0)), ',');
}

static void compares_names(void **state)
{
	(void)state;
	assert_true(alm_is_named(alm_text("obs time", 8), "X|OBS-TIME"));
	assert_true(alm_is_named(alm_text("OBS_TIME", 8), "obs time|x"));
	assert_false(alm_is_named(alm_text("OBS_TIM", 7), "obs time"));
	assert_false(alm_is_named(alm_text("OBS_TIMES", 9), "obs time"));
	assert_true(alm_is_named(alm_text("OBS_TIMES", 9), "obs time*"));
	assert_false(alm_is_named(alm_text("", 0), "x|y"));
}

static void scaled(const char *text, struct alm_scale scale, int32_t wanted)
{
	int32_t value = 7;

	assert_int_equal(alm_scaled(alm_text(text, strlen(text)), scale, &value), 0);
	assert_int_equal(value, wanted);
}

/* Fahrenheit, inches, knots; halves away from zero. */
static void converts_exactly(void **state)
{
	const struct alm_scale fahrenheit = { 1, -320, 5, 9 }, inches = { 2, 0, 127, 50 };
	const struct alm_scale half = { 0, 0, 1, 2 }, large = { 0, 0, 1000, 1 };
	int32_t value;

	(void)state;
	scaled("32.0", fahrenheit, 0);
	scaled("212", fahrenheit, 1000);
	scaled("-40", fahrenheit, -400);
	scaled("26.6", fahrenheit, -30);
	scaled("31.9", fahrenheit, -1); /* -0.0556 degC */
	scaled("0.01", inches, 3);      /* 0.254 mm */
	scaled("1.06", inches, 269);    /* 26.924 mm */
	scaled("1", half, 1);
	scaled("-1", half, -1);
	scaled("-3", half, -2);
	scaled("0", half, 0);
	assert_int_equal(alm_scaled(alm_text("1.55", 4), fahrenheit, &value), ALM_TEXT_INEXACT);
	assert_int_equal(alm_scaled(alm_text("x", 1), half, &value), ALM_TEXT_BAD);
	assert_int_equal(alm_scaled(alm_text("9999999", 7), large, &value), ALM_TEXT_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_columns_in_any_order),
		cmocka_unit_test(says_what_is_wrong_with_a_header),
		cmocka_unit_test(guesses_separators),
		cmocka_unit_test(compares_names),
		cmocka_unit_test(converts_exactly),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

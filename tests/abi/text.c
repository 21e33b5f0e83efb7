/* <almanac/text.h>: cases by hand; tests/e2e/test_text.py compares with Python's modules. Texts
 * are in memory of exactly their size, so that sanitizers see what is read behind them. */
#include <almanac/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/unit.h"

/* A copy that ends where its memory does. Freed by the caller. */
static struct alm_text exact(const char *string)
{
	size_t length = strlen(string);
	char *copy = malloc(length > 0 ? length : 1);

	memcpy(copy, string, length);
	return alm_text(copy, length);
}

static void drop(struct alm_text text)
{
	free((void *)(uintptr_t)text.at);
}

static void cuts_columns(void **state)
{
	struct alm_text line = exact("AB  \tcd  e");

	(void)state;
	assert_true(alm_is(alm_columns(line, 0, 4), "AB"));
	assert_true(alm_is(alm_columns(line, 2, 7), "cd"));
	assert_true(alm_is(alm_columns(line, 9, 5), "e"));
	assert_true(alm_is(alm_columns(line, 10, 5), ""));
	assert_true(alm_is(alm_columns(line, 99, SIZE_MAX), ""));
	assert_true(alm_is(alm_columns(line, 5, SIZE_MAX), "cd  e"));
	assert_false(alm_is(alm_columns(line, 0, 4), "A"));
	drop(line);
}

static void copies_within_bounds(void **state)
{
	struct alm_text text = exact("M\xFCnchen"), marks = exact("a\"\"b\"\"\"\"");
	char to[16] = "untouched";

	(void)state;
	assert_int_equal(alm_copy_latin1(text, to, sizeof(to)), 0);
	assert_string_equal(to, "M\xC3\xBCnchen");
	assert_int_equal(alm_copy_latin1(text, to, 9), 0);
	assert_int_equal(alm_copy_latin1(text, to, 8), ALM_TEXT_RANGE);
	assert_int_equal(alm_copy_latin1(text, to, 0), ALM_TEXT_RANGE);
	assert_int_equal(alm_copy(text, to, 7), ALM_TEXT_RANGE);
	assert_int_equal(alm_copy(text, to, 8), 0);
	assert_int_equal(alm_copy_csv(marks, to, sizeof(to)), 0);
	assert_string_equal(to, "a\"b\"\"");
	assert_int_equal(alm_copy_csv(marks, to, 6), 0);
	assert_int_equal(alm_copy_csv(marks, to, 5), ALM_TEXT_RANGE);
	assert_int_equal(alm_copy_csv(marks, to, 0), ALM_TEXT_RANGE);
	drop(text);
	drop(marks);
}

/* Lines shown as "[a][b]". */
static void expect_lines(const char *string, const char *shown)
{
	struct alm_text head = exact(string), rest = head, line;
	char to[64] = "";

	for (int first = 1; alm_next_line(&rest, first, &line); first = 0) {
		snprintf(to + strlen(to), sizeof(to) - strlen(to), "[%.*s]", (int)line.length,
			line.at);
	}
	assert_string_equal(to, shown);
	drop(head);
}

static void takes_lines_off_a_head(void **state)
{
	(void)state;
	expect_lines("", "");
	expect_lines("a\nb\n", "[a][b]");
	expect_lines("a\r\n\r\nb\r\ncut", "[a][][b]");
	expect_lines("a\rb\rcut", "[a][b]");
	expect_lines("only", "[only]");
	expect_lines("\n", "[]");
	expect_lines("a\r", "[a]");
}

/* Fields shown as "[a][b]", with "!" where one is not CSV. */
static void expect_fields(const char *string, int csv, const char *shown)
{
	struct alm_text line = exact(string), field;
	struct alm_fields fields = alm_fields(line.at, line.length, ',');
	char to[64] = "";
	int more;

	while ((more = csv ? alm_next_csv(&fields, &field) : alm_next_field(&fields, &field)) >
		0) {
		snprintf(to + strlen(to), sizeof(to) - strlen(to), "[%.*s]", (int)field.length,
			field.at);
	}
	snprintf(to + strlen(to), sizeof(to) - strlen(to), "%s", more < 0 ? "!" : "");
	assert_string_equal(to, shown);
	drop(line);
}

static void splits_fields(void **state)
{
	(void)state;
	expect_fields("a,b,,c", 0, "[a][b][][c]");
	expect_fields("", 0, "[]");
	expect_fields(",", 0, "[][]");
	expect_fields("\"a,b\"", 0, "[\"a][b\"]");
	expect_fields("\"a,b\",c", 1, "[a,b][c]");
	expect_fields("\"\",\"\"\"\",\"a\"\"b\"", 1, "[][\"\"][a\"\"b]");
	expect_fields("a\"b,c", 1, "[a\"b][c]"); /* only at the beginning */
	expect_fields("\"a\",", 1, "[a][]");
	expect_fields("x,\"a", 1, "[x]!");
	expect_fields("\"a\"b,c", 1, "!");
	expect_fields("\"a\"\"", 1, "!");
	expect_fields("\"", 1, "!");
}

static void expect_decimal(const char *string, int decimals, int status, int32_t wanted)
{
	struct alm_text text = exact(string);
	int32_t value = 77;

	assert_int_equal(alm_decimal(text, decimals, &value), status);
	assert_int_equal(value, status == 0 ? wanted : 77);
	drop(text);
}

static void scales_decimals_exactly(void **state)
{
	(void)state;
	expect_decimal("12.3", 1, 0, 123);
	expect_decimal("-0.05", 2, 0, -5);
	expect_decimal("12", 3, 0, 12000);
	expect_decimal("12.", 0, 0, 12);
	expect_decimal(".5", 1, 0, 5);
	expect_decimal("-.5", 1, 0, -5);
	expect_decimal("1.2000000000000000000000000", 1, 0, 12);
	expect_decimal("000000000000000000000000001", 0, 0, 1);
	expect_decimal("12.34", 1, ALM_TEXT_INEXACT, 0);
	expect_decimal("2147483647", 0, 0, INT32_MAX);
	expect_decimal("2147483648", 0, ALM_TEXT_RANGE, 0);
	expect_decimal("-2147483646", 0, 0, -2147483646);
	expect_decimal("-2147483647", 0, ALM_TEXT_RANGE, 0); /* not reported */
	expect_decimal("-2147483648", 0, ALM_TEXT_RANGE, 0); /* missing */
	expect_decimal("99999999999999999999999999", 0, ALM_TEXT_RANGE, 0);
	expect_decimal("2148", 6, ALM_TEXT_RANGE, 0);
	expect_decimal("2147.483647", 6, 0, INT32_MAX);
	static const char *const bad[] = { "", "-", ".", "-.", "+1", "1-", "--1", "1.2.3", " 1",
		"1 ", "1e3", "0x1", "1,2", "\xFF", "\xB9" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_decimal(bad[i], 2, ALM_TEXT_BAD, 0);
	}
}

static void reads_integers_and_numbers(void **state)
{
	int32_t integer = 0;
	double number = 0;

	(void)state;
	assert_int_equal(alm_integer(alm_text("-9999", 5), &integer), 0);
	assert_int_equal(integer, -9999);
	assert_int_equal(alm_integer(alm_text("1.0", 3), &integer), ALM_TEXT_BAD);
	assert_int_equal(alm_integer(alm_text(NULL, 0), &integer), ALM_TEXT_BAD);
	assert_int_equal(alm_number(alm_text("-170.7667", 9), &number), 0);
	assert_true(number == -170.7667);
	assert_int_equal(alm_number(alm_text("0.1", 3), &number), 0);
	assert_true(number == 0.1);
	assert_int_equal(alm_number(alm_text("1234567890123456", 16), &number), ALM_TEXT_RANGE);
	assert_int_equal(alm_number(alm_text("1e5", 3), &number), ALM_TEXT_BAD);
}

/* Every width, against the readers that go character by character. */
static void reads_padded_fields(void **state)
{
	static const int32_t numbers[] = { 0, 1, 9, 10, 99, 281, 9999, 99999, 1234567, 99999999,
		-1, -9, -10, -9999, -1234567 };

	(void)state;
	for (unsigned width = 1; width <= 7; width++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			char text[32];
			int32_t value;

			snprintf(text, sizeof(text), "xxxxxxxx%*d", (int)width, numbers[i]);
			if (strlen(text) == 8 + width) {
				assert_true(alm_padded(text + 8, width, &value));
				assert_int_equal(value, numbers[i]);
			}
		}
	}
}

/* Whatever five characters there are: only spaces, at most one '-', then digits will do. */
static void refuses_what_is_not_padded(void **state)
{
	static const char set[] = " -019x.\xB9\xFF";
	enum { KINDS = sizeof(set) - 1 };

	(void)state;
	for (int n = 0; n < KINDS * KINDS * KINDS * KINDS * KINDS; n++) {
		char text[9] = "12 ", *p = text + 3;
		int32_t value, wanted = 0;
		int rest = n, good;

		for (int i = 0; i < 5; i++, rest /= KINDS) {
			text[3 + i] = set[rest % KINDS];
		}
		p += strspn(p, " ");
		good = strspn(p + (*p == '-'), "0123456789") == strlen(p + (*p == '-')) &&
		       text[7] >= '0' && text[7] <= '9';
		assert_int_equal(alm_padded(text + 3, 5, &value) != 0, good);
		if (good) {
			assert_int_equal(alm_integer(alm_text(p, strlen(p)), &wanted), 0);
			assert_int_equal(value, wanted);
		}
	}
}

static void reads_dates_and_times(void **state)
{
	(void)state;
	assert_int_equal(alm_date(alm_text("19700101", 8)), 0);
	assert_int_equal(alm_date(alm_text("20000229", 8)), 11016);
	assert_int_equal(alm_iso_date(alm_text("1969-12-31", 10)), -1);
	assert_int_equal(alm_iso_date(alm_text("0001-01-01", 10)), -719162);
	assert_int_equal(alm_iso_date(alm_text("9999-12-31", 10)), 2932896);
	assert_int_equal(alm_date(alm_text("19000229", 8)), ALM_NO_DAY);
	assert_int_equal(alm_date(alm_text("00000101", 8)), ALM_NO_DAY);
	assert_int_equal(alm_date(alm_text("2000131", 7)), ALM_NO_DAY);
	assert_int_equal(alm_date(alm_text("2000-1-1", 8)), ALM_NO_DAY);
	assert_int_equal(alm_iso_date(alm_text("2000/01/01", 10)), ALM_NO_DAY);
	assert_int_equal(alm_iso_date(alm_text("200a-01-01", 10)), ALM_NO_DAY);
	assert_int_equal(alm_time(alm_text("0730", 4)), 730);
	assert_int_equal(alm_time(alm_text("0000", 4)), 0);
	assert_int_equal(alm_time(alm_text("2400", 4)), 2400);
	assert_int_equal(alm_time(alm_text("2401", 4)), -1);
	assert_int_equal(alm_time(alm_text("0760", 4)), -1);
	assert_int_equal(alm_time(alm_text("-730", 4)), -1);
	assert_int_equal(alm_time(alm_text("730", 3)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_columns),
		cmocka_unit_test(copies_within_bounds),
		cmocka_unit_test(takes_lines_off_a_head),
		cmocka_unit_test(splits_fields),
		cmocka_unit_test(scales_decimals_exactly),
		cmocka_unit_test(reads_integers_and_numbers),
		cmocka_unit_test(reads_padded_fields),
		cmocka_unit_test(refuses_what_is_not_padded),
		cmocka_unit_test(reads_dates_and_times),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

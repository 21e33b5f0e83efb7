/* Numbers and dates against values worked out by hand. */
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "unit.h"

static void parses_integers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "-9999", true, -9999 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1a", false, 0 },
		{ "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 42;

		assert_int_equal(
			number_parse_integer(cases[i].text, strlen(cases[i].text), &value),
			cases[i].good);
		assert_true(value == (cases[i].good ? cases[i].value : 42));
	}
}

static void parses_decimals(void **state)
{
	static const char *const none[] = { "", ".", "+", "-", "+.", "+-5", "1..2", "e5", ".e5",
		"5.e", "1e5.", "--5" };
	double value = 0;

	(void)state;
	assert_true(number_parse("-41.25", 6, &value));
	assert_true(value == -41.25);
	assert_true(number_parse("0.5", 3, &value) && value == 0.5);
	assert_true(number_parse("-0.5", 4, &value) && value == -0.5);
	assert_false(number_parse("1.", 2, &value));
	assert_false(number_parse(".5", 2, &value));
	assert_false(number_parse("-.5", 3, &value));
	assert_false(number_parse("1.2.3", 5, &value));
	assert_false(number_parse("1e5", 3, &value));
	assert_true(number_parse_real("1e5", 3, &value));
	assert_true(value == 100000);
	assert_true(number_parse_real("-2.5E-1", 7, &value));
	assert_true(value == -0.25);
	assert_false(number_parse_real("1e999", 5, &value));
	assert_false(number_parse_real("0x10", 4, &value));
	assert_false(number_parse_real("nan", 3, &value));
	assert_false(number_parse_real("1e", 2, &value));
	assert_false(number_parse_real(" 1", 2, &value));
	assert_true(number_parse_real("+38", 3, &value) && value == 38);
	assert_true(number_parse_real(".5", 2, &value) && value == 0.5);
	assert_true(number_parse_real("-.5", 3, &value) && value == -0.5);
	assert_true(number_parse_real("5.", 2, &value) && value == 5);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(number_parse_real(none[i], strlen(none[i]), &value));
	}
	assert_false(number_parse("nan", 3, &value));
	assert_false(number_parse("", 0, &value));
}

static void expect(const char *wanted, const char *got, size_t length)
{
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(got, wanted, length);
}

static void writes_scaled(void **state)
{
	char to[NUMBER_TEXT_MAX];

	(void)state;
	expect("-6.7", to, number_write_scaled(to, -67, 1));
	expect("0.0", to, number_write_scaled(to, 0, 1));
	expect("-0.5", to, number_write_scaled(to, -5, 1));
	expect("0.05", to, number_write_scaled(to, 5, 2));
	expect("429.5", to, number_write_scaled(to, 4295, 1));
	expect("1234", to, number_write_scaled(to, 1234, 0));
	expect("-2147.483648", to, number_write_scaled(to, INT32_MIN, 6));
	expect("-9223372036854775808", to, number_write_integer(to, INT64_MIN));
	expect("10", to, number_write_integer(to, 10));
}

static void rounds_half_away_from_zero(void **state)
{
	char to[NUMBER_TEXT_MAX];

	(void)state;
	expect("1.01", to, number_write(to, 1.005, 2)); /* 1.00499999999999989... */
	expect("-1.01", to, number_write(to, -1.005, 2));
	expect("2.68", to, number_write(to, 2.675, 2));
	expect("2.67", to, number_write(to, 2.6749, 2));
	expect("0.00", to, number_write(to, -0.001, 2)); /* no negative zero */
	expect("100.00", to, number_write(to, 99.995, 2));
	expect("3", to, number_write(to, 2.5, 0));
}

static void knows_dates(void **state)
{
	char text[DATE_TEXT];
	struct date date;

	(void)state;
	assert_int_equal(date_day(1970, 1, 1), 0);
	assert_int_equal(date_day(1969, 12, 31), -1);
	assert_int_equal(date_day(2000, 3, 1), 11017);
	assert_int_equal(date_day(1763, 1, 1), -75605); /* GHCN-Daily's first year */
	assert_int_equal(date_day(1900, 2, 29), DATE_NONE);
	assert_int_equal(date_day(2000, 2, 29), 11016);
	assert_int_equal(date_day(2014, 4, 31), DATE_NONE);
	assert_int_equal(date_day(2014, 0, 1), DATE_NONE);
	assert_int_equal(date_day(2014, 13, 1), DATE_NONE);
	assert_int_equal(date_day(0, 1, 1), DATE_NONE);
	for (int32_t day = date_day(1699, 1, 1); day <= date_day(2201, 1, 1); day++) {
		date = date_from_day(day);
		assert_int_equal(date_day(date.year, date.month, date.day), day);
	}
	/* The first and last days of 32 bits, as other calendars of ISO 8601 have them. */
	date = date_from_day(INT32_MAX);
	assert_true(date.year == 5881580 && date.month == 7 && date.day == 11);
	date = date_from_day(INT32_MIN);
	assert_true(date.year == -5877641 && date.month == 6 && date.day == 23);
	date_write(text, date_day(1985, 1, 9));
	assert_memory_equal(text, "1985-01-09", DATE_TEXT);
}

static void parses_dates(void **state)
{
	static const char *const wrong[] = { "2014-2-01", "2014-02-30", "20140201",
		"2014/02/01", "2014-02-01 ", "0000-01-01", "2014-02-0a", "-014-02-01", "" };

	(void)state;
	assert_int_equal(date_parse("1970-01-02", 10), 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(date_parse(wrong[i], strlen(wrong[i])), DATE_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_integers),
		cmocka_unit_test(parses_decimals),
		cmocka_unit_test(writes_scaled),
		cmocka_unit_test(rounds_half_away_from_zero),
		cmocka_unit_test(knows_dates),
		cmocka_unit_test(parses_dates),
	};

	return cmocka_run_group_tests_name("number and date", tests, NULL, NULL);
}

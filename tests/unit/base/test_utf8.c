/* UTF-8: the table is of RFC 3629 and of Unicode's control characters. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/utf8.h"
#include "unit.h"

static void knows_sequences(void **state)
{
	static const struct {
		const char *bytes;
		size_t left, length;
	} cases[] = {
		{ "a", 1, 1 },
		{ "", 1, 1 }, /* NUL */
		{ "\x7F", 1, 1 },
		{ "\x80", 1, 0 },
		{ "\xC3\xBC", 2, 2 },
		{ "\xC3\xBC", 1, 0 }, /* cut off */
		{ "\xC1\xBF", 2, 0 }, /* longer than needed */
		{ "\xE2\x82\xAC", 3, 3 },
		{ "\xE0\x9F\xBF", 3, 0 }, /* longer than needed */
		{ "\xED\xA0\x80", 3, 0 }, /* a surrogate */
		{ "\xF0\x9F\x8C\xA7", 4, 4 },
		{ "\xF4\x8F\xBF\xBF", 4, 4 },
		{ "\xF4\x90\x80\x80", 4, 0 }, /* beyond Unicode */
		{ "\xC3(", 2, 0 },
		{ "\xFF", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(utf8_sequence(cases[i].bytes, cases[i].left), cases[i].length);
	}
}

static void knows_plain_text(void **state)
{
	(void)state;
	assert_true(utf8_is_plain("", 0));
	assert_true(utf8_is_plain("St. Gallen", 10));
	assert_true(utf8_is_plain("Z\xC3\xBCrich", 7));
	assert_true(utf8_is_plain("\xC2\xA0", 2));  /* first beyond the C1 controls */
	assert_false(utf8_is_plain("\xC2\x9F", 2)); /* the last of them */
	assert_false(utf8_is_plain("a\tb", 3));
	assert_false(utf8_is_plain("a\0b", 3));
	assert_false(utf8_is_plain("\x7F", 1));
	assert_false(utf8_is_plain("Z\xFCrich", 6));
}

static void leaves_characters_whole(void **state)
{
	static const struct {
		const char *bytes;
		size_t length, whole;
	} cases[] = {
		{ "", 0, 0 },
		{ "ab", 2, 2 },
		{ "a\xC3\xBC", 3, 3 },
		{ "a\xC3", 2, 1 },
		{ "a\xE2\x82", 3, 1 },
		{ "\xE2\x82\xAC", 3, 3 },
		{ "a\xF0\x9F\x8C", 4, 1 },
		{ "a\xF0\x9F\x8C\xA7", 5, 5 },
		{ "\xBC\xBC\xBC\xBC\xBC", 5, 5 }, /* no text, and not cut off */
		{ "a\xFF", 2, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(utf8_whole(cases[i].bytes, cases[i].length), cases[i].whole);
	}
}

static void __attribute__((format(printf, 3, 4)))
expect_format(const char *wanted, int status, const char *format, ...)
{
	char to[8] = "#######";
	va_list args;

	va_start(args, format);
	assert_int_equal(utf8_format(to, 7, format, args), status);
	va_end(args);
	assert_string_equal(to, wanted);
	assert_int_equal(to[7], '\0');
}

static void formats_whole_characters(void **state)
{
	(void)state;
	expect_format("a 1", 0, "a %d", 1);
	expect_format("abcdef", 0, "%s", "abcdef");
	expect_format("abcdef", 0, "%s", "abcdefg");
	expect_format("abcd\xC3\xBC", 0, "%s", "abcd\xC3\xBCg");
	expect_format("abcde", 0, "%s", "abcde\xC3\xBC");
	expect_format("abc", 0, "%s", "abc\xF0\x9F\x8C\xA7");
	expect_format("", -1, "%ls", L"\x110000"); /* no character of any encoding */
}

static void expect(size_t room, const char *bytes, size_t length, const char *wanted)
{
	char to[64];

	memset(to, '#', sizeof(to));
	assert_int_equal(utf8_show(to, room, bytes, length), strlen(wanted));
	assert_string_equal(to, wanted);
	assert_int_equal(to[room], '#');
}

static void shows_any_bytes(void **state)
{
	(void)state;
	expect(50, "plain", 5, "plain");
	expect(50, "a\tb\r\n", 5, "a\\tb\\r\\n");
	expect(50, "\0\x1b[31m\x80", 7, "\\x00\\x1b[31m\\x80");
	expect(50, "Z\xC3\xBCrich\xC3", 8, "Z\xC3\xBCrich\\xc3");
	expect(50, "", 0, "");
}

static void cuts_nothing_in_two(void **state)
{
	(void)state;
	expect(6, "plain", 5, "plain");
	expect(5, "plain", 5, "plai");
	expect(1, "plain", 5, "");
	expect(3, "a\xC3\xBC", 3, "a");
	expect(4, "a\xC3\xBC", 3, "a\xC3\xBC");
	expect(5, "a\x01", 2, "a");
	expect(6, "a\x01", 2, "a\\x01");
}

/* Of Unicode's CaseFolding.txt and DerivedNormalizationProps.txt (NFKC_CF). */
static void folds_letters(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" }, { "ALEDO 1 N", "aledo 1 n" },
		{ "ZWILLING S\xC3\x9C"
		  "D",
			"zwilling s\xC3\xBC"
			"d" },
		{ "SU\xCC\x88"
		  "D",
			"s\xC3\xBC"
			"d" }, /* composed */
		{ "STRA\xC3\x9F"
		  "E",
			"strasse" },                                        /* sharp s */
		{ "\xD0\x9C\xD0\x9E\xD0\x9D", "\xD0\xBC\xD0\xBE\xD0\xBD" }, /* Cyrillic */
		{ "\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83" }, /* both small sigmas */
		{ "\xEF\xBC\xA1\xEF\xBC\x91", "a1" },       /* full width */
		{ "a\xC2\xA0"
		  "b",
			"a b" },                   /* no-break space */
		{ "\xC4\xB0STANBUL", "istanbul" }, /* I with a dot */
		{ "I\xCC\x87STANBUL", "istanbul" },
		{ "\xC4\xB1sparta", "isparta" },    /* i without: ISPARTA in capitals */
		{ "L\xCC\x87", "l\xCC\x87" },       /* the dot of another */
		{ "\xE6\xB0\x97", "\xE6\xB0\x97" }, /* no case */
		{ "\xFF"
		  "A",
			"\xFF"
			"A" }, /* no UTF-8 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *folded = fold_text(cases[i][0]);

		assert_string_equal(folded, cases[i][1]);
		free(folded);
	}
	assert_true(fold_is_ascii("ALEDO 1 N"));
	assert_false(fold_is_ascii("S\xC3\x9C"
				   "D"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_sequences),
		cmocka_unit_test(knows_plain_text),
		cmocka_unit_test(leaves_characters_whole),
		cmocka_unit_test(formats_whole_characters),
		cmocka_unit_test(shows_any_bytes),
		cmocka_unit_test(cuts_nothing_in_two),
		cmocka_unit_test(folds_letters),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}

/* Buffer, arena, errors, JSON strings, settings. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "unit.h"

static void buffer_grows_and_consumes(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buffer_printf(&buffer, "%03d,", i);
	}
	assert_int_equal(buffer.length, 4000);
	buffer_consume(&buffer, 3996);
	assert_string_equal(buffer_text(&buffer), "999,");
	buffer_consume(&buffer, 4);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_finish(&buffer);
}

static void buffer_has_a_place_for_nothing(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	assert_non_null(buffer_reserve(&buffer, 0));
	assert_int_equal(buffer.length, 0);
	buffer_finish(&buffer);
}

static void arena_memory_is_zeroed_and_aligned(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t size = 1; size < 20000; size += 777) {
		unsigned char *memory = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(memory[i], 0);
		}
		memset(memory, 0xFF, size);
		if (size > 10000) {
			arena_reset(&arena); /* used memory comes back zeroed */
		}
	}
	assert_string_equal(arena_printf(&arena, "%s %d", "day", 366), "day 366");
	assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
	arena_finish(&arena);
}

/* However long they are, and wherever in a character they are cut: in text, hint and prefix. */
static void errors_are_cut_between_characters(void **state)
{
	static const char *const characters[] = { "\xD0\xB6", "\xE6\x97\xA5",
		"\xF0\x9F\x8C\xA7" };
	char text[3 * ERROR_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
		size_t size = strlen(characters[i]);

		for (size_t shift = 0; shift < size; shift++) {
			struct error err = { 0 };

			memset(text, 'x', shift);
			for (size_t n = shift; n < 2 * ERROR_TEXT_MAX; n += size) {
				memcpy(text + n, characters[i], size + 1);
			}
			error_set(&err, "%s", text);
			error_hint(&err, "%s", text);
			assert_true(utf8_is_plain(err.text, strlen(err.text)));
			assert_true(utf8_is_plain(err.hint, strlen(err.hint)));
			assert_true(strlen(err.text) >= ERROR_TEXT_MAX - size);
			error_prefix(&err, "in: ");
			assert_true(utf8_is_plain(err.text, strlen(err.text)));
			assert_memory_equal(err.text, "in: ", 4);
			error_prefix(&err, "%s", text);
			assert_true(utf8_is_plain(err.text, strlen(err.text)));
		}
	}
}

static void errors_keep_context(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_false(error_is_set(&err));
	error_set(&err, "line %d: '%s' is not a date", 3, "x");
	error_hint(&err, "dates are YYYYMMDD");
	assert_int_equal(error_prefix(&err, "%s: ", "a.txt"), -1);
	assert_string_equal(err.text, "a.txt: line 3: 'x' is not a date");
	assert_string_equal(err.hint, "dates are YYYYMMDD");
}

static void expect_json(const char *text, size_t length, const char *wanted)
{
	struct buffer buffer = { 0 };

	json_string(&buffer, text, length);
	assert_string_equal(buffer_text(&buffer), wanted);
	buffer_finish(&buffer);
}

static void json_strings_are_valid(void **state)
{
	(void)state;
	expect_json("a\"b\\c\n\x01", 7, "\"a\\\"b\\\\c\\n\\u0001\"");
	expect_json("Z\xC3\xBCrich", 7, "\"Z\xC3\xBCrich\"");
	expect_json("a\0b", 3, "\"a\\u0000b\"");
	expect_json("\xC3", 1, "\"\xEF\xBF\xBD\"");                 /* cut short */
	expect_json("\xC0\xAF", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""); /* overlong '/' */
	expect_json("\xED\xA0\x80", 3,
		"\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""); /* a surrogate */
	expect_json("\xF0\x9F\x8C\xA6", 4, "\"\xF0\x9F\x8C\xA6\"");
}

static void flags_win_over_the_environment(void **state)
{
	char *argv[] = { strdup("--threads"), strdup("3"), strdup("x"),
		strdup("--listen=[::1]:99"), strdup("--"), strdup("--y"), NULL };
	char *owned[7];
	int argc = 6;
	struct error err = { 0 };
	struct settings *settings;

	(void)state;
	memcpy(owned, argv, sizeof(owned));
	setenv("ALMANAC_THREADS", "7", 1);
	setenv("ALMANAC_DB_CONNECTIONS", "5", 1);
	settings = settings_create(&err);
	assert_non_null(settings);
	assert_int_equal(settings_integer(settings, SETTING_THREADS), 7);
	assert_int_equal(settings_flags(settings, USE_SERVE, &argc, argv, &err), 0);
	assert_int_equal(settings_integer(settings, SETTING_THREADS), 3);
	assert_int_equal(settings_integer(settings, SETTING_DB_CONNECTIONS), 5);
	assert_string_equal(settings_text(settings, SETTING_LISTEN), "[::1]:99");
	assert_int_equal(argc, 2);
	assert_string_equal(argv[0], "x");
	assert_string_equal(argv[1], "--y");
	assert_null(argv[2]);
	settings_destroy(settings);
	unsetenv("ALMANAC_THREADS");
	unsetenv("ALMANAC_DB_CONNECTIONS");
	for (int i = 0; i < 6; i++) {
		free(owned[i]);
	}
}

static void expect_wrong_flag(const char *flag, const char *value, const char *wanted)
{
	char *argv[] = { strdup(flag), value != NULL ? strdup(value) : NULL, NULL };
	char *owned[] = { argv[0], argv[1] };
	int argc = value != NULL ? 2 : 1;
	struct error err = { 0 };
	struct settings *settings = settings_create(&err);

	assert_non_null(settings);
	assert_int_equal(settings_flags(settings, USE_SERVE, &argc, argv, &err), -1);
	assert_string_equal(err.text, wanted);
	settings_destroy(settings);
	free(owned[0]);
	free(owned[1]);
}

static void wrong_flags_say_why(void **state)
{
	(void)state;
	expect_wrong_flag(
		"--threads", "many", "--threads: 'many' is not an integer from 0 to 256");
	expect_wrong_flag(
		"--threads", "257", "--threads: '257' is not an integer from 0 to 256");
	expect_wrong_flag("--threads", NULL, "--threads needs a value");
	expect_wrong_flag("--workers", "2", "unknown flag --workers"); /* ingest's */
	expect_wrong_flag(
		"--log-level", "loud", "--log-level: 'loud' is none of: debug info warn error");
}

static void secrets_are_not_listed(void **state)
{
	struct buffer out = { 0 };
	struct error err = { 0 };
	struct settings *settings;

	(void)state;
	setenv("ALMANAC_DATABASE_URL", "postgresql://u:hunter2@h/d", 1);
	settings = settings_create(&err);
	assert_string_equal(
		settings_text(settings, SETTING_DATABASE_URL), "postgresql://u:hunter2@h/d");
	settings_json(settings, &out);
	assert_null(strstr(buffer_text(&out), "hunter2"));
	assert_non_null(strstr(buffer_text(&out), "\"ALMANAC_DATABASE_URL\""));
	buffer_finish(&out);
	settings_destroy(settings);
	unsetenv("ALMANAC_DATABASE_URL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_cut_between_characters),
		cmocka_unit_test(buffer_grows_and_consumes),
		cmocka_unit_test(buffer_has_a_place_for_nothing),
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
		cmocka_unit_test(errors_keep_context),
		cmocka_unit_test(json_strings_are_valid),
		cmocka_unit_test(flags_win_over_the_environment),
		cmocka_unit_test(wrong_flags_say_why),
		cmocka_unit_test(secrets_are_not_listed),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

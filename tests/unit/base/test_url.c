/* Percent-encoding, there and back. */
#include <string.h>

#include "base/nearest.h"
#include "base/url.h"
#include "unit.h"

static struct arena arena;

static void expect(enum url_part part, const char *text, const char *decoded)
{
	struct url_text got = { "untouched", 9 };
	const char *flaw = url_decode(&arena, part, text, strlen(text), &got);

	if (decoded != NULL) {
		assert_null(flaw);
		assert_string_equal(got.text, decoded);
		assert_int_equal(got.length, strlen(decoded));
	} else {
		assert_non_null(flaw);
		assert_string_equal(got.text, "untouched");
	}
}

static void decodes(void **state)
{
	(void)state;
	expect(URL_QUERY, "", "");
	expect(URL_QUERY, "abc", "abc");
	expect(URL_QUERY, "a%20b%2Cc", "a b,c");
	expect(URL_QUERY, "a%2cc", "a,c");
	expect(URL_QUERY, "%C3%A9%F0%9F%8C%A7", "\xC3\xA9\xF0\x9F\x8C\xA7");
	expect(URL_QUERY, "a+b", "a b");
	expect(URL_PATH, "a+b", "a+b");
	expect(URL_QUERY, "%25", "%");
}

static void refuses_what_is_broken(void **state)
{
	(void)state;
	expect(URL_QUERY, "%", NULL);
	expect(URL_QUERY, "%2", NULL);
	expect(URL_QUERY, "a%2", NULL);
	expect(URL_QUERY, "%zz", NULL);
	expect(URL_QUERY, "%2g", NULL);
	expect(URL_QUERY, "%u0041", NULL);
	expect(URL_QUERY, "a%00b", NULL);
	expect(URL_QUERY, "%ff", NULL);
	expect(URL_QUERY, "%C3", NULL);
	expect(URL_QUERY, "%C0%80", NULL);       /* a NUL, overlong */
	expect(URL_QUERY, "%ED%A0%80", NULL);    /* half a surrogate pair */
	expect(URL_QUERY, "%F4%90%80%80", NULL); /* beyond U+10FFFF */
	expect(URL_PATH, "/a%00", NULL);
}

static void encodes(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	url_encode(&out, "aZ09-._~", 8);
	assert_string_equal(buffer_text(&out), "aZ09-._~");
	out.length = 0;
	url_encode(&out, "a b,c/%&=+\xC3\xA9", 12);
	assert_string_equal(buffer_text(&out), "a%20b%2Cc%2F%25%26%3D%2B%C3%A9");
	buffer_finish(&out);
}

/* Every byte but NUL, as part of a sound text, comes back as it was. */
static void comes_back(void **state)
{
	(void)state;
	for (int c = 1; c < 0x80; c++) {
		struct buffer out = { 0 };
		char text[4] = { 'a', (char)c, 'b', '\0' };

		url_encode(&out, text, 3);
		expect(URL_QUERY, buffer_text(&out), text);
		expect(URL_PATH, buffer_text(&out), text);
		buffer_finish(&out);
	}
}

static void finds_the_nearest(void **state)
{
	static const char *const names[] = { "station_id", "start_date", "end_date", "page" };

	(void)state;
	assert_string_equal(nearest_text("statoin_id", names, 4), "station_id");
	assert_string_equal(nearest_text("station", names, 4), "station_id");
	assert_string_equal(nearest_text("startdate", names, 4), "start_date");
	assert_string_equal(nearest_text("pages", names, 4), "page");
	assert_null(nearest_text("xyz", names, 4));
	assert_null(nearest_text("", names, 4));
	assert_null(nearest_text("page", names, 0));
	assert_null(nearest_text("a text that is longer than any name that it could be near to,"
				 " by far",
		names, 4));
}

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses_what_is_broken),
		cmocka_unit_test(encodes),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(finds_the_nearest),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

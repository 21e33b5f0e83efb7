/* Lists of entity tags: RFC 9110, 8.8.3 (grammar) and 13.1.2 (weak comparison). */
#include "reply/entity_tag.h"
#include "unit.h"

static const char tag[] = "\"0123-x\"";

static void finds(void **state)
{
	static const char *const lists[] = {
		"\"0123-x\"",
		"W/\"0123-x\"",
		" \t\"0123-x\"\t ",
		"\"a\",\"0123-x\"",
		"\"a\", W/\"b\" , \"0123-x\"",
		"\"0123-x\", \"a\"",
		",, \"a\",,\"0123-x\",",
		"\"\", \"0123-x\"",
		"\"a,b\", \"0123-x\"",      /* a comma within a tag */
		"\"\xC3\xA9\", \"0123-x\"", /* obs-text */
		"\"a\\\", \"0123-x\"",      /* a backslash is no escape */
		/* as proxies alter them */
		"\"0123-x-gzip\"",
		"W/\"0123-x-gzip\"",
		"\"0123-x--gzip\"",
		"\"0123-x;gzip\"",
		"\"0123-x-br\"",
		"\"0123-x-zstd\"",
		"\"a\", \"0123-x-gzip\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!entity_tag_is_listed(lists[i], tag)) {
			fail_msg("%s", lists[i]);
		}
	}
}

static void finds_nothing(void **state)
{
	static const char *const lists[] = {
		"",
		",",
		"*",
		"0123-x",
		"\"0123-y\"",
		"\"0123-\"",
		"\"00123-x\"",
		"\"0123-xx\"",
		"\"0123-X\"",
		"w/\"0123-x\"", /* "W/" is case-sensitive */
		"W/ \"0123-x\"",
		"W \"0123-x\"",
		"W/W/\"0123-x\"",
		"\"0123-x-gzip-gzip\"",
		"\"0123-x---gzip\"",
		"\"0123-x-\"",
		"\"0123-xgzip\"",
		"\"0123-x-gzipped\"",
		"\"-gzip\"",
		/* within others, and in what is no list */
		"\"a\"0123-x\"b\"",
		"\"a\"\"0123-x\"\"b\"",
		"\"a, \"0123-x\"",
		"\"a, \"0123-x\", \"b\"",
		"\"0123-x",
		"0123-x\"",
		"\"0123-x\" \"a\"",
		"\"0123-x\"; \"a\"",
		"\"0123-x\", a",
		"\"0123-x\", *",
		"*, \"0123-x\"",
		"\"a b\", \"0123-x\"", /* a space is none of its characters */
		"\"a\x7F\", \"0123-x\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (entity_tag_is_listed(lists[i], tag)) {
			fail_msg("%s", lists[i]);
		}
	}
}

static void knows_any(void **state)
{
	(void)state;
	assert_true(entity_tag_is_any("*"));
	assert_true(entity_tag_is_any(" *\t"));
	assert_false(entity_tag_is_any(""));
	assert_false(entity_tag_is_any("\"*\""));
	assert_false(entity_tag_is_any("*, *"));
	assert_false(entity_tag_is_any("*, \"a\""));
	assert_false(entity_tag_is_any("W/*"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_nothing),
		cmocka_unit_test(knows_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

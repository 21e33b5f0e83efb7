/* The grammar of `where`: what binds closer, where values end, what is told of faults. */
#include <stdio.h>
#include <string.h>

#include "document/where.h"
#include "unit.h"

static struct arena arena;
static struct where where;
static struct where_fault fault;

static void parse(const char *text)
{
	arena_reset(&arena);
	if (!where_parse(&arena, text, &where, &fault)) {
		fail_msg("%s: %s", text, fault.what);
	}
}

/* Whether the expression holds if those tests do whose first letter of the field is among
 * `holding`; a negated test if it is not. */
static bool holds(const char *holding)
{
	size_t i = 0;

	while (i < where.count) {
		const struct where_test *test = &where.tests[i];
		bool is_held = strchr(holding, test->name[0]) != NULL;
		bool negated = test->negated ||
			       (test->kind == WHERE_COMPARE && test->compare == NOT_EQUAL);

		i = is_held != negated ? test->yes : test->no;
	}
	return i == where.count;
}

/* For each set of the fields a, b, c, d the answer: "1" or "0", the empty set first. */
static void expect_table(const char *text, const char *table)
{
	parse(text);
	for (unsigned set = 0; table[set] != '\0'; set++) {
		char holding[5] = "";
		size_t length = 0;

		for (unsigned bit = 0; bit < 4; bit++) {
			if ((set >> bit & 1) != 0) {
				holding[length++] = (char)('a' + bit);
			}
		}
		if (holds(holding) != (table[set] == '1')) {
			fail_msg("%s of {%s} is not %c", text, holding, table[set]);
		}
	}
}

static void joins(void **state)
{
	(void)state;
	expect_table("a=1", "01");
	expect_table("not a=1", "10");
	expect_table("not not a=1", "01");
	expect_table("a=1,b=1", "0001");
	expect_table("a=1 and b=1", "0001");
	expect_table("a=1 or b=1", "0111");
	expect_table("not (a=1 or b=1)", "1000");
	expect_table("not (a=1, b=1)", "1110");
	expect_table("a=1 or b=1 and c=1", "01010111");
	expect_table("a=1 and b=1 or c=1", "00011111");
	expect_table("a=1 or b=1, c=1", "00000111");
	expect_table("not a=1 or b=1", "1011");
	expect_table("(a=1 or b=1) and not (c=1 or not d=1)", "0000000001110000");
	expect_table("a is null or not b in (1)", "1101");
	expect_table("a is not null or b not in (1)", "1110");
	expect_table("(a=1)and(b=1)or(c=1)", "00011111");
}

static void expect_ending(const char *text, const char *value, bool quoted)
{
	parse(text);
	assert_string_equal(where.tests[0].values[0].text, value);
	assert_int_equal(where.tests[0].values[0].quoted, quoted);
}

static void ends_values(void **state)
{
	(void)state;
	expect_ending("a=1,b=2", "1", false);
	expect_ending("a = 1 2  ,b=2", "1 2", false);
	expect_ending("a=x and y", "x and y", false);
	expect_ending("a=x and y=1", "x", false);
	expect_ending("a=x and y is null", "x", false);
	expect_ending("a=x and y in (1)", "x", false);
	expect_ending("a=x and y in 1", "x and y in 1", false);
	expect_ending("a=x and (b=1)", "x", false);
	expect_ending("a=x and not b=1", "x", false);
	expect_ending("a=sand or gravel", "sand or gravel", false);
	expect_ending("(a=x (y) z)", "x (y) z", false);
	expect_ending("a=", "", false);
	expect_ending("a=''", "", true);
	expect_ending("a='x, y) and b=1'", "x, y) and b=1", true);
	expect_ending("a='O''HARE'", "O'HARE", true);
	expect_ending("a=O'HARE", "O'HARE", false);
	expect_ending("a=\"x \"\" y\"", "x \" y", true);
}

static void knows_parts(void **state)
{
	(void)state;
	parse("Tmax>=35 and STATE Not In ( 'IL' , in)");
	assert_int_equal(where.count, 2);
	assert_string_equal(where.tests[0].name, "tmax");
	assert_string_equal(where.tests[0].text, "Tmax>=35");
	assert_string_equal(where.tests[0].lead, "Tmax>=");
	assert_int_equal(where.tests[0].compare, GREATER_EQUAL);
	assert_int_equal(where.tests[0].place, 1);
	assert_string_equal(where.tests[1].name, "state");
	assert_int_equal(where.tests[1].kind, WHERE_IN);
	assert_true(where.tests[1].negated);
	assert_int_equal(where.tests[1].value_count, 2);
	assert_string_equal(where.tests[1].values[1].text, "in");
	assert_int_equal(where.tests[1].place, 14);
	parse("  a=1 ");
	assert_int_equal(where.tests[0].place, 0); /* all there is */
	assert_string_equal(where.tests[0].text, "a=1");
}

static void expect_fault(const char *text, const char *what, const char *at)
{
	arena_reset(&arena);
	assert_false(where_parse(&arena, text, &where, &fault));
	if (strncmp(fault.what, what, strlen(what)) != 0) {
		fail_msg("%s: '%s' does not begin with '%s'", text, fault.what, what);
	}
	assert_string_equal(fault.text, at);
}

static void tells_places(void **state)
{
	(void)state;
	expect_fault("", "at character 1: a condition is missing", "");
	expect_fault("\xC3\xA4=1, hot", "at character 6: 'hot' is no condition", "hot");
	expect_fault("a=1,(b=2", "at character 5: the bracket is not closed", "(b=2");
	expect_fault("a=1)", "at character 4: there is no bracket open", ")");
	expect_fault("a in ()", "at character 7: in the list a value is missing", ")");
	expect_fault("a='x", "at character 3: the quotation mark ' is not closed", "'x");
	expect_fault("a='x' b=1", "at character 7: a comma, and or or was expected", "b=1");
	expect_fault("hot", "'hot' is no condition", "hot");
	expect_fault("a=>1", "'a=>1' is no condition: write a>=1", "a=>1");
	expect_fault("3>a", "'3>a' begins with a number", "3>a");
}

static void is_bounded(void **state)
{
	char text[8192];
	size_t length = 0;

	(void)state;
	for (int i = 0; i < WHERE_TESTS_MAX; i++) {
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%sa%d=1", i > 0 ? "," : "", i);
	}
	parse(text);
	assert_int_equal(where.count, WHERE_TESTS_MAX);
	snprintf(text + length, sizeof(text) - length, " or x=1");
	assert_false(where_parse(&arena, text, &where, &fault));
	assert_non_null(strstr(fault.what, "more than 64 conditions"));
	memset(text, '(', 8000);
	text[8000] = '\0';
	expect_fault(text, "at character 17: more than 16 brackets are open", text + 16);
	for (int i = 0; i < 8000; i += 4) {
		memcpy(text + i, "not ", 4);
	}
	assert_false(where_parse(&arena, text, &where, &fault));
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
		cmocka_unit_test(joins),
		cmocka_unit_test(ends_values),
		cmocka_unit_test(knows_parts),
		cmocka_unit_test(tells_places),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

/* Expressions of `where`. What is taken is a program that ends whatever its tests answer, of
 * tests that have a field and values; brackets around it change nothing, and "not" before it
 * changes the answer for every outcome of its tests. What is refused is told with a place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "document/where.h"

enum { OUTCOMES = 64 };

static void check_test(const struct where *where, size_t i)
{
	const struct where_test *test = &where->tests[i];

	assert(test->name[0] != '\0' && test->text[0] != '\0');
	assert(test->yes > i && test->yes <= where->count + 1);
	assert(test->no > i && test->no <= where->count + 1);
	assert((test->kind == WHERE_NULL) == (test->value_count == 0));
	assert(test->kind != WHERE_COMPARE || test->value_count == 1);
	assert(test->value_count <= WHERE_VALUES_MAX);
	for (size_t v = 0; v < test->value_count; v++) {
		assert(test->values[v].text != NULL);
	}
}

/* Whether the row satisfies the expression if test i does by bit i of the outcomes, or, with
 * `negated`, does not. */
static bool run(const struct where *where, uint64_t outcomes, bool negated)
{
	size_t i = 0;

	while (i < where->count) {
		bool holds = ((outcomes >> (i % 64) & 1) != 0) != negated;

		i = holds ? where->tests[i].yes : where->tests[i].no;
	}
	return i == where->count;
}

/* The same expression with a text before and behind it. Its tests come in the same order. */
static void check_wrapped(struct arena *arena, const char *before, const char *text,
	const struct where *where, bool negated)
{
	struct where_fault fault;
	struct where wrapped;
	uint64_t outcomes = 0x9E3779B97F4A7C15u;

	if (!where_parse(
		    arena, arena_printf(arena, "%s(%s)", before, text), &wrapped, &fault)) {
		/* One too many, or one that an unquoted text has opened. */
		assert(strstr(fault.what, "brackets are open") != NULL ||
			strstr(fault.what, "bracket is not closed") != NULL);
		return;
	}
	assert(wrapped.count == where->count);
	for (int i = 0; i < OUTCOMES; i++) {
		/* A negated test holds where the test does not. */
		assert(run(&wrapped, outcomes, negated) ==
			(run(where, outcomes, false) != negated));
		outcomes = outcomes * 6364136223846793005u + 1442695040888963407u;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memory_copy_text((const char *)data, size);
	struct where_fault fault;
	struct where where;
	struct arena arena;

	arena_init(&arena);
	if (where_parse(&arena, text, &where, &fault)) {
		assert(where.count > 0 && where.count <= WHERE_TESTS_MAX);
		for (size_t i = 0; i < where.count; i++) {
			check_test(&where, i);
		}
		check_wrapped(&arena, "", text, &where, false);
		check_wrapped(&arena, "not ", text, &where, true);
	} else {
		assert(fault.what != NULL && fault.what[0] != '\0' && fault.text != NULL);
	}
	arena_finish(&arena);
	free(text);
	return 0;
}

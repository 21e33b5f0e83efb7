/* What is kept, what is dropped, and in which order. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/lru.h"
#include "base/memory.h"
#include "unit.h"

struct item {
	struct lru_entry entry; /* first */
	int number;
};

/* Numbers of the items that were dropped, in order. */
static int dropped[64];
static size_t dropped_count;

static void drop(struct lru_entry *entry)
{
	dropped[dropped_count++] = ((struct item *)entry)->number;
	free(entry);
}

static int start(void **state)
{
	struct lru *lru = memory_new(struct lru);

	lru_init(lru, 10, drop);
	dropped_count = 0;
	*state = lru;
	return 0;
}

static int stop(void **state)
{
	lru_finish(*state);
	free(*state);
	return 0;
}

static struct item *add(struct lru *lru, int number, uint64_t hash, size_t weight)
{
	struct item *item = memory_new(struct item);

	item->number = number;
	item->entry.hash = hash;
	item->entry.weight = weight;
	lru_insert(lru, &item->entry);
	return item;
}

static bool has(const struct lru *lru, uint64_t hash, int number)
{
	for (struct lru_entry *e = lru_first(lru, hash); e != NULL; e = lru_next(e)) {
		if (((struct item *)e)->number == number) {
			return true;
		}
	}
	return false;
}

static void drops_what_was_used_longest_ago(void **state)
{
	struct lru *lru = *state;
	struct item *first = add(lru, 1, 1, 4);

	add(lru, 2, 2, 4);
	lru_touch(lru, &first->entry);
	add(lru, 3, 3, 4);
	assert_int_equal(dropped_count, 1);
	assert_int_equal(dropped[0], 2);
	assert_true(has(lru, 1, 1));
	assert_false(has(lru, 2, 2));
	assert_true(has(lru, 3, 3));
	assert_int_equal(lru->weight, 8);
	assert_int_equal(lru->evictions, 1);
}

static void drops_several_for_a_heavy_one(void **state)
{
	struct lru *lru = *state;

	for (int i = 0; i < 5; i++) {
		add(lru, i, (uint64_t)i, 2);
	}
	add(lru, 9, 9, 7);
	assert_int_equal(dropped_count, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(dropped[i], i);
	}
	assert_true(has(lru, 4, 4));
	assert_true(has(lru, 9, 9));
}

static void does_not_keep_what_is_too_heavy(void **state)
{
	struct lru *lru = *state;

	add(lru, 1, 1, 11);
	assert_int_equal(dropped_count, 1);
	assert_int_equal(lru->weight, 0);
	assert_null(lru_first(lru, 1));
}

/* More of them than there are buckets at first; some with the same hash. */
static void finds_among_many(void **state)
{
	struct lru *lru = *state;

	lru->limit = 10000;
	for (int i = 0; i < 5000; i++) {
		add(lru, i, (uint64_t)i / 2, 1);
	}
	for (int i = 0; i < 5000; i++) {
		assert_true(has(lru, (uint64_t)i / 2, i));
		assert_false(has(lru, (uint64_t)i / 2, i + 5000));
	}
	assert_int_equal(lru->count, 5000);
	for (int i = 0; i < 4990; i++) {
		struct lru_entry *entry = lru->oldest;

		dropped_count = 0;
		lru_remove(lru, entry);
		assert_int_equal(dropped[0], i);
	}
	assert_int_equal(lru->count, 10);
}

static void forgets_all(void **state)
{
	struct lru *lru = *state;

	add(lru, 1, 7, 3);
	add(lru, 2, 7, 3);
	lru_clear(lru);
	assert_int_equal(dropped_count, 2);
	assert_null(lru_first(lru, 7));
	assert_int_equal(lru->weight, 0);
	add(lru, 3, 7, 3);
	assert_true(has(lru, 7, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(drops_what_was_used_longest_ago, start, stop),
		cmocka_unit_test_setup_teardown(drops_several_for_a_heavy_one, start, stop),
		cmocka_unit_test_setup_teardown(does_not_keep_what_is_too_heavy, start, stop),
		cmocka_unit_test_setup_teardown(finds_among_many, start, stop),
		cmocka_unit_test_setup_teardown(forgets_all, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When an ingestion has to stop. */
#include "base/clock.h"
#include "ingest/run/watch.h"
#include "unit.h"

static void without_limits_it_goes_on(void **state)
{
	const struct watch_limits limits = { 0 };

	(void)state;
	assert_false(watch_is_over(&limits));
}

static void cancelling_ends_it(void **state)
{
	atomic_bool cancel = false;
	const struct watch_limits limits = { .cancel = &cancel };

	(void)state;
	assert_false(watch_is_over(&limits));
	atomic_store(&cancel, true);
	assert_true(watch_is_over(&limits));
}

/* Nothing begins that may not end in time: a second is kept for the end, and twice
 * what the longest unit of work took. */
static void nothing_begins_that_may_be_late(void **state)
{
	struct watch_limits limits = { .deadline = clock_ms() + 60000 };

	(void)state;
	assert_false(watch_is_over(&limits));
	atomic_store(&limits.unit, 25000);
	assert_false(watch_is_over(&limits));
	atomic_store(&limits.unit, 29600);
	assert_true(watch_is_over(&limits));
	limits.deadline = clock_ms() + 500;
	atomic_store(&limits.unit, 0);
	assert_true(watch_is_over(&limits));
	limits.deadline = 1; /* long past */
	assert_true(watch_is_over(&limits));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_it_goes_on),
		cmocka_unit_test(cancelling_ends_it),
		cmocka_unit_test(nothing_begins_that_may_be_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

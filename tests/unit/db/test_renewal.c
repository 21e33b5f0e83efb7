/* Whether another login is worth waiting for. */
#include "db/rotation.h"

#include "unit.h"

static void a_login_that_was_never_good_is_not_waited_for(void **state)
{
	struct rotation rotation = { 0 };

	(void)state;
	assert_false(rotation_is_under_way(&rotation));
	rotation_record(&rotation, true);
	assert_false(rotation_is_under_way(&rotation));
}

static void one_that_was_good_is(void **state)
{
	struct rotation rotation = { 0 };

	(void)state;
	rotation_record(&rotation, false);
	assert_false(rotation_is_under_way(&rotation));
	rotation_record(&rotation, true);
	assert_true(rotation_is_under_way(&rotation));
}

/* The first to be let in again must not make the others give up. */
static void others_have_yet_to_come_back(void **state)
{
	struct rotation rotation = { 0 };

	(void)state;
	rotation_record(&rotation, false);
	rotation_record(&rotation, true);
	rotation_record(&rotation, false);
	assert_true(rotation_is_under_way(&rotation));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_that_was_never_good_is_not_waited_for),
		cmocka_unit_test(one_that_was_good_is),
		cmocka_unit_test(others_have_yet_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

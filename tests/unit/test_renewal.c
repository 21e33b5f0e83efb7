/* Whether another login is worth waiting for. */
#include "db/renewal.h"

#include "unit.h"

static void a_login_that_was_never_good_is_not_waited_for(void **state)
{
	struct renewal renewal = { 0 };

	(void)state;
	assert_false(renewal_is_awaited(&renewal));
	renewal_note(&renewal, true);
	assert_false(renewal_is_awaited(&renewal));
}

static void one_that_was_good_is(void **state)
{
	struct renewal renewal = { 0 };

	(void)state;
	renewal_note(&renewal, false);
	assert_false(renewal_is_awaited(&renewal));
	renewal_note(&renewal, true);
	assert_true(renewal_is_awaited(&renewal));
}

/* The first to be let in again must not make the others give up. */
static void others_have_yet_to_come_back(void **state)
{
	struct renewal renewal = { 0 };

	(void)state;
	renewal_note(&renewal, false);
	renewal_note(&renewal, true);
	renewal_note(&renewal, false);
	assert_true(renewal_is_awaited(&renewal));
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

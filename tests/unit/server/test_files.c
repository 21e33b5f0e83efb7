/* How the files that may be open are divided. What a server needs without clients is measured
 * by tests/e2e/test_limits.py. */
#include "unit.h"

#include <string.h>

#include "server/files.h"

static const struct files asked = { .threads = 4, .db_connections = 2, .connections = 20000 };

static void takes_what_was_asked(void **state)
{
	struct files files = asked;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(files_divide(&files, 1000000, &err), 0);
	assert_int_equal(files.threads, 4);
	assert_int_equal(files.connections, 20000);
	assert_true(files.refused > 0);
}

/* Whatever the limit, all that may be open at a time fits. */
static void fits(void **state)
{
	size_t connections = 0, threads = 0;

	(void)state;
	for (size_t most = 0; most < 3000; most++) {
		struct files files = asked;
		struct error err = { 0 };

		if (files_divide(&files, most, &err) != 0) {
			assert_int_equal(connections, 0);
			assert_non_null(strstr(err.text, "files"));
			continue;
		}
		assert_true(files.threads >= 1 && files.threads <= 4);
		assert_true(files.connections > 0 && files.refused > 0);
		assert_true(files.connections + files.refused +
				    files.threads * (1 + files.db_connections) <
			    most);
		/* More files never mean less. */
		assert_true(files.threads > threads || files.connections >= connections);
		assert_true(files.threads >= threads);
		connections = files.connections;
		threads = files.threads;
	}
	assert_int_equal(threads, 4);
}

static void leaves_out_threads(void **state)
{
	struct files files = { .threads = 256, .db_connections = 64, .connections = 100 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(files_divide(&files, 1024, &err), 0);
	assert_in_range(files.threads, 1, 16);
	assert_true(files.connections > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_was_asked),
		cmocka_unit_test(fits),
		cmocka_unit_test(leaves_out_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

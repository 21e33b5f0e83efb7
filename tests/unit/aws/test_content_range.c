/* What servers say of the parts that they give. */
#include "aws/transfer.h"
#include "unit.h"

static void expect(const char *text, int64_t first, int64_t last, int64_t size)
{
	struct content_range range;

	assert_true(content_range_parse(text, &range));
	assert_int_equal(range.first, first);
	assert_int_equal(range.last, last);
	assert_int_equal(range.size, size);
}

static void reads_ranges(void **state)
{
	(void)state;
	expect("bytes 0-0/1", 0, 0, 1);
	expect("bytes 1048576-2097151/5000000000000", 1048576, 2097151, 5000000000000);
	expect("Bytes 42-1233/*", 42, 1233, -1);
}

static void refuses_what_is_none(void **state)
{
	static const char *const wrong[] = { "", "bytes", "bytes ", "bytes */1234", "bytes 0-0",
		"bytes 0-0/", "bytes 2-1/3", "bytes 0-3/3", "bytes -1-3/4", "bytes 0--3/4",
		"bytes 0-3/-4", "bytes 0-3/4 ", "bytes 0-3/4, bytes 5-6/7", "bytes=0-3/4",
		"lines 0-3/4", "bytes 0-99999999999999999999/*", "bytes 0-3/**" };
	struct content_range range;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(content_range_parse(wrong[i], &range));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ranges),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests_name("content_range", tests, NULL, NULL);
}

/* Runs of flags and times: against bytes written by hand, and there and back. */
#include <string.h>

#include "catalog/runs.h"
#include "unit.h"

/* A small generator of our own, so that a failure can be repeated anywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 11;
}

static void set_all(uint16_t *symbols, uint16_t symbol)
{
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		symbols[i] = symbol;
	}
}

static size_t expect_round_trip(const uint16_t *symbols, const int32_t *values, int days)
{
	unsigned char bytes[RUNS_BYTES_MAX + 1];
	uint16_t back[BLOCK_DAYS_MAX];
	size_t length;

	bytes[RUNS_BYTES_MAX] = 0xA5;
	length = runs_encode(symbols, values, days, ' ', bytes);
	assert_int_equal(bytes[RUNS_BYTES_MAX], 0xA5);
	if (length == 0) {
		return 0;
	}
	assert_int_equal(runs_decode(bytes, length, days, back), 0);
	for (int i = 0; i < days; i++) {
		if (values[i] != BLOCK_NOT_REPORTED) {
			assert_int_equal(back[i], symbols[i]);
		}
	}
	assert_int_equal(runs_decode(bytes, length - 1, days, back), -1);
	if (bytes[0] != 0xFF) {
		assert_int_equal(runs_decode(bytes, length, days - 1, back), -1);
	}
	return length;
}

static void a_column_that_never_changes_takes_a_run(void **state)
{
	static const unsigned char expected[] = { 0x04, 0x11, 0x6C }; /* 'A', 365 - 1 */
	int32_t values[BLOCK_DAYS_MAX] = { 0 };
	uint16_t symbols[BLOCK_DAYS_MAX];
	unsigned char bytes[RUNS_BYTES_MAX];

	(void)state;
	set_all(symbols, 'A');
	assert_int_equal(runs_encode(symbols, values, 365, ' ', bytes), sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
	/* Days without a value may have whatever is shorter. */
	for (int i = 0; i < 365; i += 2) {
		values[i] = BLOCK_NOT_REPORTED;
		symbols[i] = ' ';
	}
	assert_int_equal(runs_encode(symbols, values, 365, ' ', bytes), sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
	set_all(symbols, ' ');
	assert_int_equal(runs_encode(symbols, values, 365, ' ', bytes), 0);
}

static void a_change_takes_another(void **state)
{
	/* 0 until day 9, 701 (07:00) until day 10, 2401 (24:00) for the rest. */
	static const unsigned char expected[] = { 0x00, 0x00, 0x09, 0x2B, 0xD0, 0x00, 0x96,
		0x11, 0x61 };
	int32_t values[BLOCK_DAYS_MAX] = { 0 };
	uint16_t symbols[BLOCK_DAYS_MAX] = { 0 };
	unsigned char bytes[RUNS_BYTES_MAX];

	(void)state;
	for (int i = 10; i < 365; i++) {
		symbols[i] = i == 10 ? 701 : 2401;
	}
	assert_int_equal(runs_encode(symbols, values, 365, 0, bytes), sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
}

static void columns_that_change_daily_are_packed(void **state)
{
	uint64_t random = 4;
	int32_t values[BLOCK_DAYS_MAX] = { 0 };
	uint16_t symbols[BLOCK_DAYS_MAX];

	(void)state;
	for (int count = 1; count <= 100; count++) {
		for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
			symbols[i] = (uint16_t)(i < count ? ' ' + i
							  : ' ' + (int)(next_random(&random) %
									  (unsigned)count));
			values[i] = next_random(&random) % 7 == 0 ? BLOCK_NOT_REPORTED : 1;
		}
		assert_in_range(expect_round_trip(symbols, values, 366), 0, RUNS_BYTES_MAX);
	}
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = 0;
		symbols[i] = i % 2 == 0 ? 'T' : ' ';
	}
	assert_int_equal(expect_round_trip(symbols, values, 365), 3 + 2 * 2 + 46);
}

static void refuses_what_is_no_year(void **state)
{
	static const unsigned char short_run[] = { 0x04, 0x11, 0x6B };
	static const unsigned char long_run[] = { 0x04, 0x11, 0x6D };
	unsigned char packed[3 + 2 * 2 + 46] = { 0xFF, 1, 2, 0, 'A', 0, 'B' };
	uint16_t symbols[BLOCK_DAYS_MAX];

	(void)state;
	assert_int_equal(runs_decode(short_run, 0, 365, symbols), -1);
	assert_int_equal(runs_decode(short_run, sizeof(short_run), 365, symbols), -1);
	assert_int_equal(runs_decode(long_run, sizeof(long_run), 365, symbols), -1);
	assert_int_equal(runs_decode(long_run, sizeof(long_run), 366, symbols), 0);
	assert_int_equal(runs_decode(packed, sizeof(packed), 365, symbols), 0);
	assert_int_equal(symbols[364], 'A');
	assert_int_equal(runs_decode(packed, 1, 365, symbols), -1);
	packed[2] = 1; /* as many bytes with one symbol fewer are none */
	assert_int_equal(runs_decode(packed, sizeof(packed), 365, symbols), -1);
	packed[2] = 2;
	packed[1] = 9;
	assert_int_equal(runs_decode(packed, sizeof(packed), 365, symbols), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_that_never_changes_takes_a_run),
		cmocka_unit_test(a_change_takes_another),
		cmocka_unit_test(columns_that_change_daily_are_packed),
		cmocka_unit_test(refuses_what_is_no_year),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}

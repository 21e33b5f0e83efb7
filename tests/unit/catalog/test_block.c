/* Blocks: codes against a bit-by-bit reader, counts against counting by hand. */
#include <string.h>

#include "catalog/block.h"
#include "unit.h"

/* A small generator of our own, so that a failure can be repeated anywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 11;
}

/* Bits of the code of a day, as the header says it, one bit at a time. */
static uint64_t read_code(const unsigned char *bytes, int bits, int day)
{
	uint64_t code = 0;

	for (int bit = day * bits; bit < (day + 1) * bits; bit++) {
		code = code << 1 | (uint64_t)(bytes[bit / 8] >> (7 - bit % 8) & 1);
	}
	return code;
}

static void expect_codes(const int32_t *values, int days, int32_t base,
	const unsigned char *bytes, size_t length)
{
	int bits = (int)(length * 8 / (size_t)days);

	for (int i = 0; i < days; i++) {
		uint64_t code = values[i] == BLOCK_NOT_REPORTED ? 0
				: values[i] == BLOCK_MISSING
					? 1
					: (uint64_t)((int64_t)values[i] - base) + 2;

		assert_true(read_code(bytes, bits, i) == code);
	}
}

/* Ranges of days, also empty ones and those that begin within a byte. */
static void expect_ranges(const int32_t *values, int days, int32_t base,
	const unsigned char *bytes, size_t length)
{
	int32_t back[BLOCK_DAYS_MAX];

	for (int first = 0; first < days; first += 13) {
		for (int count = 0; count <= days - first; count += 17) {
			assert_int_equal(block_decode_days(
						 bytes, length, days, base, first, count, back),
				0);
			assert_memory_equal(
				values + first, back, (size_t)count * sizeof(*values));
		}
	}
	assert_int_equal(block_decode_days(bytes, length, days, base, days - 1, 1, back), 0);
	assert_int_equal(back[0], values[days - 1]);
}

/* There and back. Returns the bits of a code. */
static int expect_round_trip(const int32_t *values, int days)
{
	unsigned char bytes[BLOCK_BYTES_MAX + 1];
	int32_t back[BLOCK_DAYS_MAX], base = 0;
	size_t length;

	bytes[BLOCK_BYTES_MAX] = 0xA5;
	length = block_encode(values, days, &base, bytes);
	assert_in_range(length, 1, BLOCK_BYTES_MAX);
	assert_int_equal(bytes[BLOCK_BYTES_MAX], 0xA5);
	expect_codes(values, days, base, bytes, length);
	assert_int_equal(block_decode(bytes, length, days, base, back), 0);
	assert_memory_equal(values, back, (size_t)days * sizeof(*values));
	expect_ranges(values, days, base, bytes, length);
	return (int)(length * 8 / (size_t)days);
}

static void fill(int32_t *values, int days, int32_t low, int32_t high, uint64_t *state)
{
	uint64_t span = (uint64_t)((int64_t)high - low) + 1;

	for (int i = 0; i < days; i++) {
		uint64_t dice = next_random(state) % 10;

		values[i] = dice == 0   ? BLOCK_NOT_REPORTED
			    : dice == 1 ? BLOCK_MISSING
					: (int32_t)((int64_t)low +
						    (int64_t)(next_random(state) % span));
	}
	values[0] = low;
	values[days - 1] = high;
}

static void keeps_values_of_any_range(void **state)
{
	uint64_t random = 1;
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	/* The largest code is high - low + 2. */
	for (int bits = 2; bits <= 31; bits++) {
		int32_t low = -(int32_t)(next_random(&random) % 100000);
		int32_t high = (int32_t)((int64_t)low + ((int64_t)1 << bits) - 3);

		for (int days = 365; days <= 366; days++) {
			fill(values, days, low, high, &random);
			assert_int_equal(expect_round_trip(values, days), bits);
			if (bits < 31) { /* one value more takes one bit more */
				values[1] = high + 1;
				assert_int_equal(expect_round_trip(values, days), bits + 1);
			}
		}
	}
}

static void keeps_the_widest_range(void **state)
{
	uint64_t random = 2;
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	fill(values, 366, BLOCK_VALUE_MIN, INT32_MAX - 3, &random);
	assert_int_equal(expect_round_trip(values, 366), 32);
	fill(values, 366, BLOCK_VALUE_MIN, INT32_MAX, &random);
	assert_int_equal(expect_round_trip(values, 366), 32);
	fill(values, 365, INT32_MAX - 1, INT32_MAX, &random);
	assert_int_equal(expect_round_trip(values, 365), 2);
}

static void keeps_days_without_values(void **state)
{
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = i % 3 == 0 ? BLOCK_MISSING : BLOCK_NOT_REPORTED;
	}
	assert_int_equal(expect_round_trip(values, 365), 1);
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = BLOCK_NOT_REPORTED;
	}
	assert_int_equal(expect_round_trip(values, 366), 1);
}

static void refuses_lengths_that_cannot_be(void **state)
{
	static unsigned char bytes[BLOCK_BYTES_MAX + 100];
	int32_t values[BLOCK_DAYS_MAX];
	bool possible[sizeof(bytes)] = { false };

	(void)state;
	for (int bits = 1; bits <= BLOCK_BITS_MAX; bits++) {
		possible[(365 * bits + 7) / 8] = true;
	}
	for (size_t length = 0; length < sizeof(bytes); length++) {
		assert_int_equal(
			block_decode(bytes, length, 365, 0, values), possible[length] ? 0 : -1);
	}
}

static void refuses_values_beyond_int32(void **state)
{
	int32_t values[BLOCK_DAYS_MAX] = { 0 }, base;
	unsigned char bytes[BLOCK_BYTES_MAX];
	size_t length;

	(void)state;
	values[7] = 5;
	length = block_encode(values, 365, &base, bytes);
	assert_int_equal(block_decode(bytes, length, 365, INT32_MAX - 5, values), 0);
	assert_int_equal(values[7], INT32_MAX);
	assert_int_equal(block_decode(bytes, length, 365, INT32_MAX - 4, values), -1);
}

/* What block_count() says, counted day by day from first to last. */
static void count_run(const bool *good, int first, int last, int *present, int *longest)
{
	int run = 0;

	*present = *longest = 0;
	for (int i = first; i < last; i++) {
		*present += good[i];
		run = good[i] ? 0 : run + 1;
		*longest = run > *longest ? run : *longest;
	}
}

static void expect_counts(const int32_t *values, const char *quality, int year)
{
	struct block_coverage coverage;
	bool good[BLOCK_DAYS_MAX] = { false };
	int days = date_year_days(year), reported = 0, first = 0, present, longest;

	block_count(values, quality, year, &coverage);
	for (int i = 0; i < days; i++) {
		good[i] = values[i] != BLOCK_MISSING && values[i] != BLOCK_NOT_REPORTED &&
			  (quality == NULL || quality[i] == ' ');
		reported += values[i] != BLOCK_NOT_REPORTED;
		assert_int_equal(
			block_bit(coverage.reported, i), values[i] != BLOCK_NOT_REPORTED);
	}
	assert_int_equal(coverage.reported_days, reported);
	count_run(good, 0, days, &present, &longest);
	assert_int_equal(coverage.present_days, present);
	assert_int_equal(coverage.longest_gap, longest);
	for (int month = 1; month <= 12; month++) {
		int last = first + date_month_days(year, month);

		count_run(good, first, last, &present, &longest);
		assert_int_equal(coverage.month_present[month - 1], present);
		assert_int_equal(coverage.month_gap[month - 1], longest);
		first = last;
	}
	assert_int_equal(first, days);
}

static void counts_days_and_gaps(void **state)
{
	static const int years[] = { 1900, 1999, 2000, 2023, 2024 };
	uint64_t random = 3;
	int32_t values[BLOCK_DAYS_MAX];
	char quality[BLOCK_DAYS_MAX];

	(void)state;
	for (int round = 0; round < 200; round++) {
		int year = years[round % 5];
		uint64_t spell = 1 + (uint64_t)round / 5;
		int32_t value = 0;

		for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
			if (next_random(&random) % spell == 0) {
				uint64_t dice = next_random(&random) % 3;

				value = dice == 0   ? BLOCK_MISSING
					: dice == 1 ? BLOCK_NOT_REPORTED
						    : 7;
			}
			values[i] = value;
			quality[i] = next_random(&random) % 4 == 0 ? 'X' : ' ';
		}
		expect_counts(values, NULL, year);
		expect_counts(values, quality, year);
	}
}

static void counts_a_year_by_hand(void **state)
{
	struct block_coverage coverage;
	int32_t values[BLOCK_DAYS_MAX] = { 0 };

	(void)state;
	/* 29 January to 3 March of a leap year: 3 + 29 + 3 days. */
	for (int i = 28; i < 63; i++) {
		values[i] = i % 2 == 0 ? BLOCK_MISSING : BLOCK_NOT_REPORTED;
	}
	block_count(values, NULL, 2024, &coverage);
	assert_int_equal(coverage.reported_days, 366 - 17);
	assert_int_equal(coverage.present_days, 366 - 35);
	assert_int_equal(coverage.longest_gap, 35);
	assert_int_equal(coverage.month_present[0], 28);
	assert_int_equal(coverage.month_present[1], 0);
	assert_int_equal(coverage.month_present[2], 28);
	assert_int_equal(coverage.month_gap[0], 3);
	assert_int_equal(coverage.month_gap[1], 29);
	assert_int_equal(coverage.month_gap[2], 3);
	assert_int_equal(coverage.month_gap[3], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_values_of_any_range),
		cmocka_unit_test(keeps_the_widest_range),
		cmocka_unit_test(keeps_days_without_values),
		cmocka_unit_test(refuses_lengths_that_cannot_be),
		cmocka_unit_test(refuses_values_beyond_int32),
		cmocka_unit_test(counts_days_and_gaps),
		cmocka_unit_test(counts_a_year_by_hand),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}

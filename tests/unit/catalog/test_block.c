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

/* Bits `first` to `first + bits - 1`, most significant bit first, one bit at a time. */
static uint64_t read_bits(const unsigned char *bytes, size_t first, int bits)
{
	uint64_t code = 0;

	for (size_t bit = first; bit < first + (size_t)bits; bit++) {
		code = code << 1 | (uint64_t)(bytes[bit / 8] >> (7 - bit % 8) & 1);
	}
	return code;
}

/* Reads the block as docs/storage.md describes it, day by day. */
static void expect_codes(const int32_t *values, int days, int32_t base,
	const unsigned char *bytes, size_t length)
{
	const int mode = bytes[0], bits = bytes[1];
	const uint64_t missing = (mode & 2) != 0, withdrawn = (mode & 4) != 0;
	size_t reported = 0, zeros = 0, seen = 0, at;

	for (int i = 0; i < days; i++) {
		reported += values[i] != BLOCK_NOT_REPORTED;
	}
	at = 8 * (2 + ((mode & 1) != 0 ? (reported + 7) / 8 : 0));
	for (int i = 0; i < days; i++) {
		const int32_t value = values[i];

		if (value == BLOCK_NOT_REPORTED) {
			continue;
		}
		if ((mode & 1) != 0) {
			const int zero = bytes[2 + seen / 8] >> (seen % 8) & 1;

			assert_int_equal(zero, value == 0);
			seen++;
			zeros += (size_t)zero;
			if (zero) {
				continue;
			}
		}
		assert_true(
			read_bits(bytes, at, bits) ==
			(value == BLOCK_MISSING            ? 0
				: value == BLOCK_WITHDRAWN ? missing
							   : (uint64_t)((int64_t)value - base) +
								     missing + withdrawn));
		at += (size_t)bits;
	}
	assert_int_equal(length, (at + 7) / 8);
}

/* There and back. Returns the number of bytes. */
static size_t expect_round_trip(const int32_t *values, int days)
{
	unsigned char bytes[BLOCK_BYTES_MAX + 1];
	int32_t back[BLOCK_DAYS_MAX], base = 0;
	uint8_t reported[BLOCK_BITMAP];
	size_t length;

	bytes[BLOCK_BYTES_MAX] = 0xA5;
	length = block_encode(values, days, &base, bytes);
	assert_in_range(length, 2, BLOCK_BYTES_MAX);
	assert_int_equal(bytes[BLOCK_BYTES_MAX], 0xA5);
	expect_codes(values, days, base, bytes, length);
	if (block_mark(values, days, reported) == days) {
		assert_int_equal(block_decode(NULL, bytes, length, days, base, back), 0);
		assert_memory_equal(values, back, (size_t)days * sizeof(*values));
	}
	assert_int_equal(block_decode(reported, bytes, length, days, base, back), 0);
	assert_memory_equal(values, back, (size_t)days * sizeof(*values));
	assert_int_equal(block_decode(reported, bytes, length - 1, days, base, back), -1);
	assert_int_equal(block_decode(reported, bytes, length + 1, days, base, back), -1);
	return length;
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
	/* The largest code is high - low + 1, above that of missing. */
	for (int bits = 2; bits <= 31; bits++) {
		int32_t low = 1 + (int32_t)(next_random(&random) % 100000);
		int32_t high = (int32_t)((int64_t)low + ((int64_t)1 << bits) - 2);

		low = high < low ? -low : low;
		high = (int32_t)((int64_t)low + ((int64_t)1 << bits) - 2);
		for (int days = 365; days <= 366; days++) {
			uint8_t reported[BLOCK_BITMAP];
			size_t count, codes;

			fill(values, days, low, high, &random);
			values[3] = BLOCK_MISSING;
			count = (size_t)block_mark(values, days, reported);
			codes = count * (size_t)bits;
			assert_int_equal(expect_round_trip(values, days), 2 + (codes + 7) / 8);
		}
	}
}

static void keeps_the_widest_range(void **state)
{
	uint64_t random = 2;
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	fill(values, 366, BLOCK_VALUE_MIN, INT32_MAX, &random);
	expect_round_trip(values, 366);
	fill(values, 365, INT32_MAX - 1, INT32_MAX, &random);
	expect_round_trip(values, 365);
}

static void keeps_days_without_values(void **state)
{
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = i % 3 == 0 ? BLOCK_MISSING : BLOCK_NOT_REPORTED;
	}
	assert_int_equal(expect_round_trip(values, 365), 2);
	for (int i = 1; i < BLOCK_DAYS_MAX; i += 3) {
		values[i] = BLOCK_WITHDRAWN;
	}
	expect_round_trip(values, 365);
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		values[i] = BLOCK_NOT_REPORTED;
	}
	assert_int_equal(expect_round_trip(values, 366), 2);
}

/* Zeros take a bit, whatever else there is. */
static void keeps_zeros_cheaply(void **state)
{
	uint64_t random = 5;
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	for (int i = 0; i < 365; i++) {
		values[i] = i % 5 == 0 ? 1 + (int32_t)(next_random(&random) % 1000) : 0;
	}
	values[0] = 1;
	values[5] = 1000;
	/* 73 codes of 1 to 1000 in ten bits each. */
	assert_int_equal(expect_round_trip(values, 365), 2 + 46 + (73 * 10 + 7) / 8);
	values[10] = -7;
	values[20] = BLOCK_MISSING;
	values[30] = BLOCK_NOT_REPORTED;
	expect_round_trip(values, 365);
	memset(values, 0, sizeof(values));
	assert_int_equal(expect_round_trip(values, 365), 2);
}

/* What schema 1 to 9 stored: a code a day, 0 not reported, 1 missing, n base + n - 2. */
static void reads_what_was_stored_before(void **state)
{
	unsigned char bytes[1 + 92] = { 0x80 };
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	bytes[1] = 0x1B; /* 0, 1, 2, 3 */
	for (size_t i = 2; i < sizeof(bytes); i++) {
		bytes[i] = 0xAA;
	}
	assert_int_equal(block_decode(NULL, bytes, sizeof(bytes), 365, -40, values), 0);
	assert_int_equal(values[0], BLOCK_NOT_REPORTED);
	assert_int_equal(values[1], BLOCK_MISSING);
	assert_int_equal(values[2], -40);
	assert_int_equal(values[3], -39);
	assert_int_equal(values[364], -40);
	assert_int_equal(block_decode(NULL, bytes, sizeof(bytes) - 1, 365, -40, values), -1);
}

static void refuses_what_is_no_block(void **state)
{
	static const unsigned char modes[] = { 8, 16, 0x81, 0xFF };
	unsigned char bytes[BLOCK_BYTES_MAX] = { 0 };
	int32_t values[BLOCK_DAYS_MAX];

	(void)state;
	assert_int_equal(block_decode(NULL, bytes, 0, 365, 0, values), -1);
	assert_int_equal(block_decode(NULL, bytes, 1, 365, 0, values), -1);
	assert_int_equal(block_decode(NULL, bytes, 2, 365, 0, values), 0);
	for (size_t i = 0; i < sizeof(modes); i++) {
		bytes[0] = modes[i];
		assert_int_equal(block_decode(NULL, bytes, 2, 365, 0, values), -1);
	}
	bytes[0] = 0;
	bytes[1] = 34;
	assert_int_equal(block_decode(NULL, bytes, 2 + (365 * 34 + 7) / 8, 365, 0, values), -1);
}

static void refuses_values_beyond_int32(void **state)
{
	int32_t values[BLOCK_DAYS_MAX] = { 0 }, base;
	unsigned char bytes[BLOCK_BYTES_MAX];
	size_t length;

	(void)state;
	for (int i = 0; i < 365; i++) {
		values[i] = 1 + i % 6;
	}
	length = block_encode(values, 365, &base, bytes);
	assert_int_equal(block_decode(NULL, bytes, length, 365, INT32_MAX - 5, values), 0);
	assert_int_equal(values[5], INT32_MAX);
	assert_int_equal(block_decode(NULL, bytes, length, 365, INT32_MAX - 4, values), -1);
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
	int64_t least = INT32_MAX, greatest = INT32_MIN;

	block_count(values, quality, year, &coverage);
	for (int i = 0; i < days; i++) {
		good[i] = values[i] != BLOCK_MISSING && values[i] != BLOCK_NOT_REPORTED &&
			  (quality == NULL || quality[i] == ' ');
		reported += values[i] != BLOCK_NOT_REPORTED;
		least = good[i] && values[i] < least ? values[i] : least;
		greatest = good[i] && values[i] > greatest ? values[i] : greatest;
		assert_int_equal(
			block_bit(coverage.reported, i), values[i] != BLOCK_NOT_REPORTED);
	}
	assert_int_equal(coverage.reported_days, reported);
	assert_int_equal(coverage.least, least);
	assert_int_equal(coverage.greatest, greatest);
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
						    : (int32_t)(next_random(&random) % 50) - 25;
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
		cmocka_unit_test(keeps_zeros_cheaply),
		cmocka_unit_test(reads_what_was_stored_before),
		cmocka_unit_test(refuses_what_is_no_block),
		cmocka_unit_test(refuses_values_beyond_int32),
		cmocka_unit_test(counts_days_and_gaps),
		cmocka_unit_test(counts_a_year_by_hand),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}

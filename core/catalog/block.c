#include "catalog/block.h"

#include <endian.h>
#include <string.h>

enum { CODE_NOT_REPORTED = 0, CODE_MISSING = 1, CODE_BASE = 2 };

static int bits_for(uint64_t largest)
{
	return largest > 0 ? 64 - __builtin_clzll(largest) : 1;
}

/* The smallest value of the block; *bits gets the width of its codes. */
static int32_t find_range(const int32_t *values, int days, int *bits)
{
	int64_t least = INT32_MAX, most = INT32_MIN;

	for (int i = 0; i < days; i++) {
		if (values[i] >= BLOCK_VALUE_MIN) {
			least = values[i] < least ? values[i] : least;
			most = values[i] > most ? values[i] : most;
		}
	}
	*bits = most < least ? 1 : bits_for((uint64_t)(most - least) + CODE_BASE);
	return most < least ? 0 : (int32_t)least;
}

static uint64_t to_code(int32_t value, int32_t base)
{
	if (value < BLOCK_VALUE_MIN) {
		return value == BLOCK_MISSING ? CODE_MISSING : CODE_NOT_REPORTED;
	}
	return (uint64_t)((int64_t)value - base) + CODE_BASE;
}

size_t block_encode(const int32_t *values, int days, int32_t *base, unsigned char *to)
{
	unsigned char *p = to;
	uint64_t word = 0;
	int bits, held = 0;

	*base = find_range(values, days, &bits);
	for (int i = 0; i < days; i++) {
		word = word << bits | to_code(values[i], *base);
		for (held += bits; held >= 8; held -= 8) {
			*p++ = (unsigned char)(word >> (held - 8));
		}
	}
	if (held > 0) {
		*p++ = (unsigned char)(word << (8 - held));
	}
	return (size_t)(p - to);
}

/* Width of a code in bits; 0: no width makes `days` codes `length` bytes long. */
static int find_width(size_t length, int days)
{
	size_t bits = length * 8 / (size_t)days;

	if (bits < 1 || bits > BLOCK_BITS_MAX || (bits * (size_t)days + 7) / 8 != length) {
		return 0;
	}
	return (int)bits;
}

/* Reads 64 bits from a byte on, with zeros beyond the end. */
static uint64_t load_word(const unsigned char *bytes, size_t length, size_t at)
{
	uint64_t word = 0;

	if (at + sizeof(word) <= length) {
		memcpy(&word, bytes + at, sizeof(word));
		return be64toh(word);
	}
	for (size_t i = 0; i < sizeof(word); i++) {
		word = word << 8 | (at + i < length ? bytes[at + i] : 0);
	}
	return word;
}

int block_decode_days(const unsigned char *bytes, size_t length, int days, int32_t base,
	int first, int count, int32_t *values)
{
	const int bits = find_width(length, days);
	size_t at = (size_t)first * (size_t)bits; /* in bits */

	if (bits == 0) {
		return -1;
	}
	for (int i = 0; i < count; i++, at += (size_t)bits) {
		uint64_t code = load_word(bytes, length, at / 8) << (at % 8) >> (64 - bits);
		int64_t value = (int64_t)base + (int64_t)code - CODE_BASE;

		if (code >= CODE_BASE && value > INT32_MAX) {
			return -1;
		}
		values[i] = code >= CODE_BASE      ? (int32_t)value
			    : code == CODE_MISSING ? BLOCK_MISSING
						   : BLOCK_NOT_REPORTED;
	}
	return 0;
}

int block_decode(
	const unsigned char *bytes, size_t length, int days, int32_t base, int32_t *values)
{
	return block_decode_days(bytes, length, days, base, 0, days, values);
}

void block_count(
	const int32_t *values, const char *quality, int year, struct block_coverage *coverage)
{
	int day = 0, gap = 0;

	memset(coverage, 0, sizeof(*coverage));
	for (int month = 1; month <= 12; month++) {
		int month_gap = 0, present = 0, longest = 0;

		for (int end = day + date_month_days(year, month); day < end; day++) {
			bool reported = values[day] != BLOCK_NOT_REPORTED;
			bool good = values[day] >= BLOCK_VALUE_MIN &&
				    (quality == NULL || quality[day] == ' ');

			coverage->reported_days += reported;
			coverage->reported[day / 8] |= (uint8_t)(reported << (day % 8));
			present += good;
			gap = good ? 0 : gap + 1;
			month_gap = good ? 0 : month_gap + 1;
			longest = month_gap > longest ? month_gap : longest;
			coverage->longest_gap =
				gap > coverage->longest_gap ? gap : coverage->longest_gap;
		}
		coverage->present_days += present;
		coverage->month_present[month - 1] = (uint8_t)present;
		coverage->month_gap[month - 1] = (uint8_t)longest;
	}
}

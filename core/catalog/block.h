/* Block codec: the values of one element at one station in one year (table `block`), and
 * their coverage. [any] */
#ifndef ALMANAC_CATALOG_BLOCK_H
#define ALMANAC_CATALOG_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"

enum {
	BLOCK_DAYS_MAX = DATE_YEAR_DAYS_MAX,
	BLOCK_BITS_MAX = 33,
	BLOCK_BYTES_MAX = (BLOCK_DAYS_MAX * BLOCK_BITS_MAX + 7) / 8,
	BLOCK_BITMAP = (BLOCK_DAYS_MAX + 7) / 8,
	BLOCK_MISSING = INT32_MIN,          /* reported as missing; equals ALM_MISSING */
	BLOCK_NOT_REPORTED = INT32_MIN + 1, /* no source reported the day */
	BLOCK_VALUE_MIN = INT32_MIN + 2
};

/* Coverage of a block, known without decoding it. A day is present if it has a value without
 * a quality flag. */
struct block_coverage {
	int reported_days, present_days;
	int longest_gap; /* longest run of days that are not present */
	uint8_t month_present[12];
	uint8_t month_gap[12];          /* the same within each month */
	uint8_t reported[BLOCK_BITMAP]; /* bit i: day of year i + 1 was reported */
};

/* Format: `base` and one code a day, as wide as the block's range of values needs, 1 to 33
 * bits, most significant bit first. Code 0: not reported; 1: reported as missing; n: the
 * value base + n - 2. Reasons: docs/storage.md. */

/* Encodes `days` values to `to`, at most BLOCK_BYTES_MAX bytes. Returns their number. */
size_t block_encode(const int32_t *values, int days, int32_t *base, unsigned char *to);

/* Decodes. -1: `length` bytes cannot be `days` codes, or a value exceeds int32; `values` is
 * undefined then. */
int block_decode(
	const unsigned char *bytes, size_t length, int days, int32_t base, int32_t *values);

/* Decodes `count` days from `first` on, a day of the year from 0. */
int block_decode_days(const unsigned char *bytes, size_t length, int days, int32_t base,
	int first, int count, int32_t *values);

/* Counts the coverage of a year. `quality` has a flag per day, ' ' for none; NULL: no flags. */
void block_count(
	const int32_t *values, const char *quality, int year, struct block_coverage *coverage);

static inline bool block_bit(const uint8_t *bitmap, int i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

#endif

/* A year of days of one element at one station: how it is stored, and what is
 * counted of it. Table `block`. */
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
	BLOCK_NOT_REPORTED = INT32_MIN + 1, /* no source said anything of the day */
	BLOCK_VALUE_MIN = INT32_MIN + 2
};

/* What is known of a block without decoding it. A day is present if it has a
 * value without a quality flag. */
struct block_coverage {
	int reported_days, present_days;
	int longest_gap; /* longest run of days, within the year, that are not present */
	uint8_t month_present[12];
	uint8_t month_gap[12];          /* the same within each month */
	uint8_t reported[BLOCK_BITMAP]; /* bit i: day of year i + 1 was reported */
};

/* A block is stored as `base` and one code per day, each as wide as the block's
 * range of values needs, 1 to 33 bits, most significant bit first: 0 is not
 * reported, 1 reported as missing, n the value base + n - 2. (Why not int16, and
 * why not PostgreSQL's own compression: docs/storage.md.) */

/* Writes the codes of `days` values to `to`, at most BLOCK_BYTES_MAX bytes.
 * Returns the bytes written. */
size_t block_encode(const int32_t *values, int days, int32_t *base, unsigned char *to);

/* The reverse. -1 if `length` bytes cannot be the codes of `days` days, or a code
 * is beyond int32; `values` is then undefined. */
int block_decode(
	const unsigned char *bytes, size_t length, int days, int32_t base, int32_t *values);

/* The same of `count` days from `first` on, days of the year counted from 0. */
int block_decode_days(const unsigned char *bytes, size_t length, int days, int32_t base,
	int first, int count, int32_t *values);

/* `quality` is one character per day, ' ' for none; NULL: none at all. `year`
 * decides the number of days. */
void block_count(
	const int32_t *values, const char *quality, int year, struct block_coverage *coverage);

static inline bool block_bit(const uint8_t *bitmap, int i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

#endif

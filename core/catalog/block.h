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
	BLOCK_HEAD = 2, /* bytes before the codes: mode, width */
	BLOCK_BITMAP = (BLOCK_DAYS_MAX + 7) / 8,
	BLOCK_BYTES_MAX = BLOCK_HEAD + BLOCK_BITMAP + (BLOCK_DAYS_MAX * BLOCK_BITS_MAX + 7) / 8,
	BLOCK_MISSING = INT32_MIN,          /* reported as missing; equals ALM_MISSING */
	BLOCK_NOT_REPORTED = INT32_MIN + 1, /* no source reported the day */
	BLOCK_WITHDRAWN = INT32_MIN + 2,    /* of a part: what earlier objects report goes */
	BLOCK_VALUE_MIN = INT32_MIN + 3
};

/* The first byte of the values. */
enum block_mode {
	BLOCK_ZEROS = 1 << 0,         /* a bitmap of zeros precedes the codes of other values */
	BLOCK_HAS_MISSING = 1 << 1,   /* the smallest code stands for missing */
	BLOCK_HAS_WITHDRAWN = 1 << 2, /* the smallest code after it stands for withdrawn */
	BLOCK_EVERY_DAY = 1 << 7      /* alone: as blocks were before schema 10 */
};

/* Coverage of a block, known without decoding it. A day is present if it has a value without
 * a quality flag. */
struct block_coverage {
	int reported_days, present_days;
	int longest_gap; /* longest run of days that are not present */
	uint8_t month_present[12];
	uint8_t month_gap[12];          /* the same within each month */
	uint8_t reported[BLOCK_BITMAP]; /* bit i: day of year i + 1 was reported */
	int32_t least, greatest;        /* of present days; least > greatest: there are none */
};

/* Format: docs/storage.md. Two bytes, mode and width, then, with BLOCK_ZEROS, a bit for each
 * reported day, least significant bit first, which is set for the value 0, then a code for each
 * other reported day, of 0 to 33 bits, most significant bit first: the special codes that the
 * mode has, then n: the value base + n. */

/* Encodes `days` values to `to`, at most BLOCK_BYTES_MAX bytes. Returns their number. */
size_t block_encode(const int32_t *values, int days, int32_t *base, unsigned char *to);

/* Decodes. `reported`: bitmap of the reported days; NULL: all. -1: `length` bytes cannot be the
 * codes of these days, or a value exceeds int32; `values` is undefined then. */
int block_decode(const uint8_t *reported, const unsigned char *bytes, size_t length, int days,
	int32_t base, int32_t *values);

/* Sets the bitmap of days that are reported or withdrawn. Returns their number. */
int block_mark(const int32_t *values, int days, uint8_t reported[BLOCK_BITMAP]);

/* Counts the coverage of a year. `quality` has a flag per day, ' ' for none; NULL: no flags. */
void block_count(
	const int32_t *values, const char *quality, int year, struct block_coverage *coverage);

static inline bool block_bit(const uint8_t *bitmap, int i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

#endif

/* Codec of what days are marked with: flags and times of observation, which seldom change from
 * one day to the next. [any] */
#ifndef ALMANAC_CATALOG_RUNS_H
#define ALMANAC_CATALOG_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/block.h"

enum {
	RUNS_SYMBOL_MAX = 0xFEF, /* the largest symbol: a flag or an ALM_TIME() */
	RUNS_BYTES_MAX = 3 * BLOCK_DAYS_MAX
};

/* Format: runs of 3 bytes, 12 bits of symbol and 12 of length - 1, as long as the year
 * together; or, where that is shorter, the byte 0xFF, the width of codes in bits, the number of
 * symbols, these in two bytes each, and an index a day, most significant bit first. */

/* Encodes the symbols of the days that have a value, one a day of the year; days without one
 * have whatever is shorter. Returns the number of bytes, at most RUNS_BYTES_MAX; 0: all are
 * `none`. */
size_t runs_encode(const uint16_t *symbols, const int32_t *values, int days, uint16_t none,
	unsigned char *to);

/* Decodes to a symbol a day. -1: the bytes are not that of a year of `days` days. */
int runs_decode(const unsigned char *bytes, size_t length, int days, uint16_t *symbols);

#endif

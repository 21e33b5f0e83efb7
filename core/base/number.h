/* Numbers from and to text, strict and independent of locale. [any] */
#ifndef ALMANAC_BASE_NUMBER_H
#define ALMANAC_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NUMBER_DECIMALS_MAX = 6, /* of declared columns and elements */
	NUMBER_PLACES_MAX = 8,   /* of written values: a converted unit may need two more */
	NUMBER_TEXT_MAX = 32     /* bytes a writer needs at most */
};

/* Parses an optional '-' and digits. False: it is anything else or does not fit; *value is
 * unchanged then. */
bool number_parse_integer(const char *text, size_t length, int64_t *value);

/* Parses an optional '-', digits, and optionally '.' and digits. */
bool number_parse(const char *text, size_t length, double *value);

/* Parses a finite number with optional sign, point and exponent (6.02e23, +38, .5, 5.). */
bool number_parse_real(const char *text, size_t length, double *value);

/* Writes value / 10^decimals exactly, without a NUL. Returns the length, at most
 * NUMBER_TEXT_MAX. */
size_t number_write_scaled(char *to, int32_t value, int decimals);

/* Writes a number rounded half away from zero; halves that binary cannot represent (1.005)
 * count as halves. The number must be finite and at most 1e15. */
size_t number_write(char *to, double value, int decimals);

size_t number_write_integer(char *to, int64_t value);

#endif

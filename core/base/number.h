/* Numbers from and to text, strictly and without a locale. */
#ifndef ALMANAC_BASE_NUMBER_H
#define ALMANAC_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NUMBER_DECIMALS_MAX = 6, /* of what is declared */
	NUMBER_PLACES_MAX = 8,   /* of what is written: another unit may need two more */
	NUMBER_TEXT_MAX = 32     /* bytes that the writers need at most */
};

/* Optional '-', digits, nothing else. False if it is anything else or does not
 * fit; *value is untouched then. */
bool number_parse_integer(const char *text, size_t length, int64_t *value);

/* Optional '-', digits, optionally '.' and digits. */
bool number_parse(const char *text, size_t length, double *value);

/* What people and programs write: a sign, digits before or after a point or both, an exponent
 * (6.02e23, +38, .5, 5.). Finite. */
bool number_parse_real(const char *text, size_t length, double *value);

/* Write value / 10^decimals, exactly, with that many decimals. No NUL. Returns
 * the length, at most NUMBER_TEXT_MAX. */
size_t number_write_scaled(char *to, int32_t value, int decimals);

/* Write with that many decimals, rounded half away from zero; exact halves that
 * binary cannot hold (1.005) count as halves. NAN and infinities must not come
 * here, nor numbers beyond 1e15. */
size_t number_write(char *to, double value, int decimals);

size_t number_write_integer(char *to, int64_t value);

#endif

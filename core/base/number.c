#include "base/number.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool number_parse_integer(const char *text, size_t length, int64_t *value)
{
	size_t i = length > 0 && text[0] == '-';
	int64_t sum = 0; /* kept negative, since that range is larger by one */

	if (i == length) {
		return false;
	}
	for (; i < length; i++) {
		int digit = text[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
			__builtin_sub_overflow(sum, digit, &sum)) {
			return false;
		}
	}
	if (text[0] != '-' && sum == INT64_MIN) {
		return false;
	}
	*value = text[0] == '-' ? sum : -sum;
	return true;
}

static double power_of_ten(size_t exponent)
{
	double power = 1;

	while (exponent-- > 0) {
		power *= 10;
	}
	return power;
}

bool number_parse(const char *text, size_t length, double *value)
{
	enum { DIGITS_MAX = 15 }; /* of powers of ten that a double holds exactly */
	const char *point = memchr(text, '.', length);
	size_t whole = point != NULL ? (size_t)(point - text) : length;
	size_t places = point != NULL ? length - whole - 1 : 0;
	char digits[DIGITS_MAX + 2];
	int64_t scaled;

	if (length > sizeof(digits) || (point != NULL && places == 0)) {
		return false;
	}
	memcpy(digits, text, whole);
	if (point != NULL) {
		memcpy(digits + whole, point + 1, places);
	}
	if (whole == (size_t)(length > 0 && text[0] == '-') ||
		!number_parse_integer(digits, whole + places, &scaled)) {
		return false;
	}
	*value = (double)scaled / power_of_ten(places);
	return true;
}

bool number_parse_real(const char *text, size_t length, double *value)
{
	enum { TEXT_MAX = 64 };
	char copy[TEXT_MAX + 1], *end;
	double number;

	if (number_parse(text, length, value)) {
		return true;
	}
	if (length == 0 || length > TEXT_MAX || strspn(text, "0123456789+-.eE") < length) {
		return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	number = strtod(copy, &end); /* the program never sets a locale: "C" */
	if (*end != '\0' || !isfinite(number)) {
		return false;
	}
	*value = number;
	return true;
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

/* Writes the digits of `value`, at least `least`, before `end`; returns their begin. */
static char *digits_before(char *end, uint64_t value, int least)
{
	char *p = end;

	while (value >= 100) {
		p -= 2;
		memcpy(p, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		p -= 2;
		memcpy(p, pairs + value * 2, 2);
	} else if (value > 0 || p == end) {
		*--p = (char)('0' + value);
	}
	while (end - p < least) {
		*--p = '0';
	}
	return p;
}

static size_t write_parts(char *to, bool negative, uint64_t magnitude, int decimals)
{
	char text[NUMBER_TEXT_MAX];
	char *end = text + sizeof(text);
	char *p = digits_before(end, magnitude, decimals + 1);
	size_t whole = (size_t)(end - p) - (size_t)decimals;
	size_t length = 0;

	if (negative) {
		to[length++] = '-';
	}
	memcpy(to + length, p, whole);
	length += whole;
	if (decimals > 0) {
		to[length++] = '.';
		memcpy(to + length, p + whole, (size_t)decimals);
		length += (size_t)decimals;
	}
	return length;
}

size_t number_write_scaled(char *to, int32_t value, int decimals)
{
	assert(decimals >= 0 && decimals <= NUMBER_PLACES_MAX);
	return write_parts(to, value < 0,
		value < 0 ? 0 - (uint64_t)(int64_t)value : (uint64_t)value, decimals);
}

size_t number_write(char *to, double value, int decimals)
{
	/* Distance within which a value counts as an exact half. A mean of up to 366
	 * integers is a half, or at least 1e-7 away from one. */
	const double half = 0.5 + 1e-9;
	double scaled = fabs(value) * power_of_ten((size_t)decimals);
	uint64_t magnitude;

	assert(decimals >= 0 && decimals <= NUMBER_PLACES_MAX && isfinite(value));
	assert(scaled < 1e18);
	magnitude = (uint64_t)(scaled + half);
	return write_parts(to, value < 0 && magnitude > 0, magnitude, decimals);
}

size_t number_write_integer(char *to, int64_t value)
{
	return write_parts(to, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 0);
}

#include "format/cell_text.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"

enum { PLAIN_MAX = 1000000000 /* larger numbers have no decimals worth showing */ };

char cell_table[CELL_TABLE_DECIMALS + 1][CELL_TABLE_MAX - CELL_TABLE_MIN + 1][8];

double cell_numbers[CELL_TABLE_DECIMALS + 1][CELL_TABLE_MAX - CELL_TABLE_MIN + 1];

static void fill_table(void)
{
	for (int decimals = 0; decimals <= CELL_TABLE_DECIMALS; decimals++) {
		for (int value = CELL_TABLE_MIN; value <= CELL_TABLE_MAX; value++) {
			char text[NUMBER_TEXT_MAX];
			size_t length = number_write_scaled(text, value, decimals);
			char *entry = cell_table[decimals][value - CELL_TABLE_MIN];

			assert(length < sizeof(cell_table[0][0]));
			memcpy(entry, text, length);
			entry[7] = (char)length;
			cell_numbers[decimals][value - CELL_TABLE_MIN] =
				value / pow(10, decimals);
		}
	}
}

void cell_text_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill_table);
}

char *cell_put_large(char *p, int64_t value, int decimals)
{
	if (decimals == 0) {
		return p + number_write_integer(p, value);
	}
	if (value < INT32_MIN || value > INT32_MAX) {
		return p + snprintf(p, CELL_ROOM, "%.*f", decimals,
				   (double)value / pow(10, decimals));
	}
	return p + number_write_scaled(p, (int32_t)value, decimals);
}

/* The fewest digits that read back as the same number. */
static char *put_exact(char *p, double value)
{
	for (int digits = 15; digits <= 17; digits++) {
		int length = snprintf(p, CELL_ROOM, "%.*g", digits, value);

		if (strtod(p, NULL) == value || digits == 17) {
			return p + length;
		}
	}
	return p;
}

char *cell_put_number(char *p, double value, int decimals)
{
	static const double powers[CELL_TABLE_DECIMALS + 1] = { 1, 10, 100 };
	const double half = 0.5 + 1e-9;
	double magnitude = fabs(value);

	if (!isfinite(value)) {
		return NULL;
	}
	if (decimals == FORMAT_EXACT) {
		return put_exact(p, value == 0 ? 0 : value);
	}
	if (decimals <= CELL_TABLE_DECIMALS && magnitude * powers[decimals] < CELL_TABLE_MAX) {
		int scaled = (int)(magnitude * powers[decimals] + half);

		return cell_put_scaled(p, value < 0 ? -scaled : scaled, decimals);
	}
	if (magnitude >= PLAIN_MAX) {
		return p + snprintf(p, CELL_ROOM, "%.15g", value);
	}
	return p + number_write(p, value, decimals);
}

double cell_shown_number(double value, int decimals)
{
	const double half = 0.5 + 1e-9, exact = 9007199254740992; /* 2^53 */
	double scale = 1, scaled;
	char text[CELL_ROOM], *end;

	if (!isfinite(value)) {
		return (double)NAN;
	}
	if (decimals == FORMAT_EXACT) {
		return value;
	}
	for (int i = 0; i < decimals; i++) {
		scale *= 10;
	}
	scaled = fabs(value) * scale + half;
	if (fabs(value) < PLAIN_MAX && scaled < exact) {
		scaled =
			floor(scaled) / scale; /* the double nearest to the text, as strtod() */
		return value < 0 ? -scaled : scaled;
	}
	end = cell_put_number(text, value, decimals);
	*end = '\0';
	return strtod(text, NULL);
}

bool cell_find_month(struct cell_month *month, int64_t day)
{
	struct date date;
	char text[DATE_TEXT];

	if (day < date_day(DATE_YEAR_MIN, 1, 1) || day > date_day(DATE_YEAR_MAX, 12, 31)) {
		return false;
	}
	date = date_from_day((int32_t)day);
	date_write(text, (int32_t)day);
	memcpy(month->text, text, sizeof(month->text));
	month->first = (int32_t)day - date.day + 1;
	month->end = month->first + date_month_days(date.year, date.month);
	return true;
}

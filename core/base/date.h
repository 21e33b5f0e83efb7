/* Dates as days since 1970-01-01, proleptic Gregorian (ISO 8601). */
#ifndef ALMANAC_BASE_DATE_H
#define ALMANAC_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DATE_NONE = INT32_MIN, /* no such date; equals ALM_NO_DAY */
	DATE_TEXT = 10,        /* length of "2014-12-31" */
	DATE_YEAR_MIN = 1,     /* years a text can have */
	DATE_YEAR_MAX = 9999,
	DATE_YEAR_DAYS_MAX = 366
};

struct date {
	int year, month, day; /* month 1-12, day 1-31 */
};

int date_year_days(int year);
int date_month_days(int year, int month);

/* Day number of a date; DATE_NONE if it does not exist or the year is not between
 * DATE_YEAR_MIN and DATE_YEAR_MAX. */
int32_t date_day(int year, int month, int day);

/* Day number of January 1. Any year between -9999 and 9999. */
int32_t date_year_start(int year);

struct date date_from_day(int32_t day);

/* Parses "2014-12-31"; DATE_NONE for any other text. */
int32_t date_parse(const char *text, size_t length);

/* Parses a day (2014-12-31 or 20141231, also with the time of its beginning: T00:00, T00:00:00,
 * Z or an offset of zero), and unless `day` a month (2014-12) or year (2014). False: the text
 * is anything else. */
bool date_parse_span(
	const char *text, size_t length, bool day, int32_t *first_day, int32_t *last_day);

/* Writes DATE_TEXT characters, no NUL. The year must be 1 to 9999. */
void date_write(char *to, int32_t day);

#endif

#include "base/date.h"

#include <assert.h>
#include <string.h>

enum {
	DATE_COMPACT = 8,
	DATE_MONTH_TEXT = 7,
	DATE_YEAR_TEXT = 4
};                                                      /* "20141231" and the like */
enum { DAYS_400_YEARS = 146097, EPOCH_SHIFT = 719468 }; /* 0000-03-01 to 1970-01-01 */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int date_year_days(int year)
{
	return is_leap(year) ? 366 : 365;
}

int date_month_days(int year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from the civil date, in years that begin in March and so end with the leap day:
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
static int32_t civil_day(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_400_YEARS + day_of_era - EPOCH_SHIFT;
}

int32_t date_day(int year, int month, int day)
{
	if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || month < 1 || month > 12 ||
		day < 1 || day > date_month_days(year, month)) {
		return DATE_NONE;
	}
	return civil_day(year, month, day);
}

int32_t date_year_start(int year)
{
	return civil_day(year, 1, 1);
}

struct date date_from_day(int32_t day)
{
	int64_t shifted = (int64_t)day + EPOCH_SHIFT;
	int era = (int)((shifted >= 0 ? shifted : shifted - (DAYS_400_YEARS - 1)) /
			DAYS_400_YEARS);
	int doe = (int)(shifted - (int64_t)era * DAYS_400_YEARS);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	struct date date = { .day = doy - (153 * mp + 2) / 5 + 1,
		.month = mp < 10 ? mp + 3 : mp - 9 };

	date.year = yoe + era * 400 + (date.month <= 2);
	return date;
}

/* Reads digits; -1: there is another character. */
static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return -1;
		}
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

int32_t date_parse(const char *text, size_t length)
{
	if (length != DATE_TEXT || text[4] != '-' || text[7] != '-') {
		return DATE_NONE;
	}
	return date_day(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2));
}

/* Whether the text is like the pattern, in which T is what parts a time from its date, + the
 * sign of an offset (a space, where a URL has the plus as it is), and Z as such in either case.
 */
static bool is_like(const char *text, size_t length, const char *pattern)
{
	static const char *const classes[] = { ['T'] = "Tt ", ['+'] = "+- ", ['Z'] = "Zz" };

	if (strlen(pattern) != length) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		const char *class = strchr("T+Z", pattern[i]) != NULL
					    ? classes[(unsigned char)pattern[i]]
					    : NULL;

		if (text[i] == '\0' || (class != NULL ? strchr(class, text[i]) == NULL
						      : text[i] != pattern[i])) {
			return false;
		}
	}
	return true;
}

/* Whether the text is the beginning of a day. */
static bool is_day_begin(const char *text, size_t length)
{
	static const char *const times[] = { "", "T00:00", "T00:00:00", "T00:00:00.0",
		"T00:00:00.000", "T00:00:00.000000" };
	static const char *const zones[] = { "", "Z", "+00:00", "+0000" };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		size_t time = strlen(times[i]);

		if (time > length || !is_like(text, time, times[i])) {
			continue;
		}
		for (size_t k = 0; k < sizeof(zones) / sizeof(zones[0]) && (time > 0 || k == 0);
			k++) {
			if (is_like(text + time, length - time, zones[k])) {
				return true;
			}
		}
	}
	return false;
}

/* The day that a text begins with, and its length; DATE_NONE: with none. */
static int32_t parse_beginning(const char *text, size_t length, size_t *used)
{
	int32_t day = length >= DATE_TEXT ? date_parse(text, DATE_TEXT) : DATE_NONE;

	*used = DATE_TEXT;
	if (day == DATE_NONE && length >= DATE_COMPACT) {
		*used = DATE_COMPACT;
		day = date_day(digits(text, 4), digits(text + 4, 2), digits(text + 6, 2));
	}
	return day;
}

bool date_parse_span(
	const char *text, size_t length, bool day, int32_t *first_day, int32_t *last_day)
{
	bool year = length == DATE_YEAR_TEXT;
	bool month = length == DATE_MONTH_TEXT && text[DATE_YEAR_TEXT] == '-';
	size_t used;

	if (!day && (year || month)) {
		int of_year = digits(text, DATE_YEAR_TEXT);
		int first = year ? 1 : digits(text + DATE_YEAR_TEXT + 1, 2),
		    last = year ? 12 : first;

		*first_day = date_day(of_year, first, 1);
		*last_day = *first_day != DATE_NONE
				    ? date_day(of_year, last, date_month_days(of_year, last))
				    : DATE_NONE;
		return *first_day != DATE_NONE;
	}
	*first_day = *last_day = parse_beginning(text, length, &used);
	return *first_day != DATE_NONE && is_day_begin(text + used, length - used);
}

static void write_two(char *to, int value)
{
	to[0] = (char)('0' + value / 10);
	to[1] = (char)('0' + value % 10);
}

void date_write(char *to, int32_t day)
{
	struct date date = date_from_day(day);

	assert(date.year >= DATE_YEAR_MIN && date.year <= DATE_YEAR_MAX);
	write_two(to, date.year / 100);
	write_two(to + 2, date.year % 100);
	to[4] = to[7] = '-';
	write_two(to + 5, date.month);
	write_two(to + 8, date.day);
}

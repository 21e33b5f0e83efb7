/* Calendar arithmetic of the statistics: months counted on one axis, and the spans of months
 * that periods are made of. */
#ifndef ALMANAC_STATS_CALENDAR_H
#define ALMANAC_STATS_CALENDAR_H

#include <almanac/plugin.h>
#include <stdbool.h>

enum { MONTHS_OF_YEAR = 12, MONTHS_OF_SEASON = 3, DAYS_OF_LEAP_YEAR = 366 };

/* Quotient rounded down, for b > 0. */
static inline int32_t floor_divide(int32_t a, int32_t b)
{
	return a / b - (a % b < 0);
}

/* Months are numbered from January of year 0: year * 12 + month - 1. */
static inline int32_t month_number(int32_t year, int month)
{
	return year * MONTHS_OF_YEAR + month - 1;
}

static inline int32_t month_year(int32_t month)
{
	return floor_divide(month, MONTHS_OF_YEAR);
}

/* 0 for January */
static inline int month_index(int32_t month)
{
	return (int)(month - month_year(month) * MONTHS_OF_YEAR);
}

/* Day number of the first day of a month. Years are counted from March here, so that the leap
 * day is the last of its year. */
static inline int32_t month_first_day(int32_t month)
{
	enum { MARCH = 2, EPOCH = 719468 }; /* days from 0000-03-01 to 1970-01-01 */
	int32_t since_march = month - MARCH, year = floor_divide(since_march, MONTHS_OF_YEAR);
	int32_t part = since_march - year * MONTHS_OF_YEAR;

	return 365 * year + floor_divide(year, 4) - floor_divide(year, 100) +
	       floor_divide(year, 400) + (153 * part + 2) / 5 - EPOCH;
}

static inline int month_days(int32_t month)
{
	return (int)(month_first_day(month + 1) - month_first_day(month));
}

static inline int32_t month_of_day(int32_t day)
{
	int year, of_year, of_month;

	alm->date(day, &year, &of_year, &of_month);
	return month_number(year, of_year);
}

static inline bool is_leap_year(int32_t year)
{
	return month_days(month_number(year, 2)) == 29;
}

/* A span of days. */
struct span {
	int32_t first_day, days;
};

/* A span of months. */
struct months {
	int32_t first, count;
};

static inline struct span months_span(struct months months)
{
	int32_t first = month_first_day(months.first);

	return (struct span){ first, month_first_day(months.first + months.count) - first };
}

/* The months of a month, season or year. A year that begins with another month than January
 * has the number of the year in which it ends. */
static inline struct months months_of_period(const struct alm_period *period, int start_month)
{
	int32_t january = month_number(period->year, 1), part = (int32_t)period->part - 1;

	switch (period->kind) {
	case ALM_MONTH:
		return (struct months){ january + part, 1 };
	case ALM_SEASON:
		return (struct months){ january - 1 + part * MONTHS_OF_SEASON,
			MONTHS_OF_SEASON };
	default:
		return (struct months){ january + start_month - 1 -
						(start_month > 1 ? MONTHS_OF_YEAR : 0),
			MONTHS_OF_YEAR };
	}
}

/* The day of a year by its number in a leap year, 1 to 366; of a year without 29 February that
 * day is the 28th. */
static inline int32_t day_of_year(int32_t year, int leap_day)
{
	enum { FEBRUARY_29 = 60 };
	int32_t first = month_first_day(month_number(year, 1));

	return first + leap_day - 1 - (leap_day >= FEBRUARY_29 && !is_leap_year(year));
}

/* The number of a day in a leap year. */
static inline int32_t leap_day_of(int32_t day)
{
	enum { LEAP_YEAR = 2000 };
	int32_t month = month_of_day(day);
	int32_t same = month_number(LEAP_YEAR, month_index(month) + 1);

	return month_first_day(same) - month_first_day(month_number(LEAP_YEAR, 1)) + day -
	       month_first_day(month) + 1;
}

/* Months of ALM_CALENDAR_MONTH, ALM_CALENDAR_SEASON or ALM_CALENDAR_YEAR in one year. */
static inline struct months months_of_part(uint32_t kind, uint32_t part, int32_t year)
{
	struct alm_period period = { .kind = kind == ALM_CALENDAR_MONTH    ? ALM_MONTH
					     : kind == ALM_CALENDAR_SEASON ? ALM_SEASON
									   : ALM_YEAR,
		.year = year,
		.part = part };

	return months_of_period(&period, 1);
}

/* Days of a part of the calendar in one year: none of 29 February in most. */
static inline struct span span_of_part(uint32_t kind, uint32_t part, int32_t year)
{
	enum { FEBRUARY_29 = 60 };

	if (kind != ALM_CALENDAR_DAY) {
		return months_span(months_of_part(kind, part, year));
	}
	return (struct span){ day_of_year(year, (int)part),
		part != FEBRUARY_29 || is_leap_year(year) };
}

#endif

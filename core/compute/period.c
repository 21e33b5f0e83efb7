#include "compute/period.h"

#include <assert.h>

#include "base/date.h"

enum { MONTHS_OF_SEASON = 3 };

static struct period month_period(int year, int month)
{
	struct period period = { .kind = ALM_MONTH,
		.year = year,
		.part = month,
		.first_day = date_year_start(year),
		.days = date_month_days(year, month) };

	for (int before = 1; before < month; before++) {
		period.first_day += date_month_days(year, before);
	}
	return period;
}

static struct period season_period(int year, int season)
{
	struct period period = { .kind = ALM_SEASON, .year = year, .part = season };

	for (int i = 0; i < MONTHS_OF_SEASON; i++) {
		int month = (season - 1) * MONTHS_OF_SEASON + i; /* 0: December before */
		struct period part =
			month == 0 ? month_period(year - 1, 12) : month_period(year, month);

		period.first_day = i == 0 ? part.first_day : period.first_day;
		period.days += part.days;
	}
	return period;
}

static struct period year_period(int year)
{
	return (struct period){ .kind = ALM_YEAR,
		.year = year,
		.first_day = date_year_start(year),
		.days = date_year_days(year) };
}

struct period period_of(enum alm_period kind, int32_t day)
{
	struct date date = date_from_day(day);

	if (kind == ALM_MONTH) {
		return month_period(date.year, date.month);
	}
	if (kind == ALM_SEASON) {
		return season_period(
			date.year + (date.month == 12), date.month % 12 / MONTHS_OF_SEASON + 1);
	}
	assert(kind == ALM_YEAR);
	return year_period(date.year);
}

struct period period_next(const struct period *period)
{
	return period_of(period->kind, period->first_day + period->days);
}

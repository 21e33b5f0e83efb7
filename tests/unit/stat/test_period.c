/* Months, seasons, years. */
#include "base/date.h"
#include "stat/period.h"
#include "unit.h"

static const struct {
	uint32_t kind;
	int year, month, day; /* a day of the period */
	int period_year, part;
	int first_year, first_month; /* its first day is the first of a month */
	int days;
} cases[] = {
	{ ALM_YEAR, 1985, 1, 1, 1985, 0, 1985, 1, 365 },
	{ ALM_YEAR, 2000, 12, 31, 2000, 0, 2000, 1, 366 },
	{ ALM_YEAR, 1900, 2, 28, 1900, 0, 1900, 1, 365 },
	{ ALM_YEAR, 1763, 7, 4, 1763, 0, 1763, 1, 365 },
	{ ALM_MONTH, 2012, 2, 29, 2012, 2, 2012, 2, 29 },
	{ ALM_MONTH, 2013, 2, 1, 2013, 2, 2013, 2, 28 },
	{ ALM_MONTH, 1969, 12, 31, 1969, 12, 1969, 12, 31 },
	{ ALM_MONTH, 2014, 11, 30, 2014, 11, 2014, 11, 30 },
	{ ALM_SEASON, 1999, 12, 1, 2000, 1, 1999, 12, 31 + 31 + 29 },
	{ ALM_SEASON, 2000, 2, 29, 2000, 1, 1999, 12, 31 + 31 + 29 },
	{ ALM_SEASON, 2001, 1, 15, 2001, 1, 2000, 12, 31 + 31 + 28 },
	{ ALM_SEASON, 2000, 3, 1, 2000, 2, 2000, 3, 31 + 30 + 31 },
	{ ALM_SEASON, 2000, 8, 31, 2000, 3, 2000, 6, 30 + 31 + 31 },
	{ ALM_SEASON, 2000, 11, 30, 2000, 4, 2000, 9, 30 + 31 + 30 },
};

static void finds_the_period_of_a_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t day = date_day(cases[i].year, cases[i].month, cases[i].day);
		struct period period = period_of(cases[i].kind, day);

		assert_int_equal(period.kind, cases[i].kind);
		assert_int_equal(period.year, cases[i].period_year);
		assert_int_equal(period.part, cases[i].part);
		assert_int_equal(period.first_day,
			date_day(cases[i].first_year, cases[i].first_month, 1));
		assert_int_equal(period.days, cases[i].days);
	}
}

/* From one century to another: no day is left out, and none in two periods. */
static void periods_follow_each_other(void **state)
{
	static const uint32_t kinds[] = { ALM_MONTH, ALM_SEASON, ALM_YEAR };
	const int32_t end = date_day(2101, 1, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct period period = period_of(kinds[i], date_day(1899, 6, 1));

		while (period.first_day < end) {
			struct period next = period_next(&period);
			struct period last =
				period_of(kinds[i], period.first_day + period.days - 1);

			assert_int_equal(next.first_day, period.first_day + period.days);
			assert_int_equal(last.first_day, period.first_day);
			assert_true(next.year > period.year ||
				    (next.year == period.year && next.part > period.part));
			period = next;
		}
	}
}

/* What a text may say as a date must not end the program. */
static void reaches_the_first_year(void **state)
{
	struct period season = period_of(ALM_SEASON, date_day(1, 1, 1));

	(void)state;
	assert_int_equal(season.year, 1);
	assert_int_equal(season.part, 1);
	assert_int_equal(season.first_day, date_day(1, 1, 1) - 31);
	assert_int_equal(season.days, 31 + 31 + 28);
}

/* Days are numbered as in a leap year, so that 1 March is the same day every year. */
static void parts_of_the_calendar(void **state)
{
	static const struct {
		int year, month, day, number, season;
	} days[] = {
		{ 2000, 1, 1, 1, 1 },
		{ 2000, 2, 29, 60, 1 },
		{ 2000, 3, 1, 61, 2 },
		{ 2001, 2, 28, 59, 1 },
		{ 2001, 3, 1, 61, 2 },
		{ 2001, 11, 30, 335, 4 },
		{ 2001, 12, 31, 366, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		int32_t day = date_day(days[i].year, days[i].month, days[i].day);
		struct period period = period_of(ALM_DAY, day);
		int month, day_of_month;

		assert_int_equal(period_calendar_part(ALM_CALENDAR_DAY, day), days[i].number);
		assert_int_equal(period_calendar_part(ALM_CALENDAR_MONTH, day), days[i].month);
		assert_int_equal(
			period_calendar_part(ALM_CALENDAR_SEASON, day), days[i].season);
		assert_int_equal(period_calendar_part(ALM_CALENDAR_YEAR, day), 0);
		period_leap_date(days[i].number, &month, &day_of_month);
		assert_int_equal(month, days[i].month);
		assert_int_equal(day_of_month, days[i].day);
		assert_int_equal(period.part, days[i].number);
		assert_int_equal(period.first_day, day);
		assert_int_equal(period.days, 1);
		assert_int_equal(period_next(&period).first_day, day + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_the_calendar),
		cmocka_unit_test(finds_the_period_of_a_day),
		cmocka_unit_test(periods_follow_each_other),
		cmocka_unit_test(reaches_the_first_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "stat/coverage.h"

#include "base/date.h"

static int count_missing(const int32_t *values, int days)
{
	int missing = 0;

	for (int i = 0; i < days; i++) {
		missing += !alm_is_value(values[i]);
	}
	return missing;
}

/* Days of one month of the period: `*run` is the gap that reaches into it, and out of it. */
static void count_month(const int32_t *values, int days, int *run, struct coverage *coverage)
{
	int missing = 0, own_run = 0;

	for (int i = 0; i < days; i++) {
		bool gone = !alm_is_value(values[i]);

		missing += gone;
		own_run = gone ? own_run + 1 : 0;
		*run = gone ? *run + 1 : 0;
		coverage->month_gap =
			own_run > coverage->month_gap ? own_run : coverage->month_gap;
		coverage->longest_gap =
			*run > coverage->longest_gap ? *run : coverage->longest_gap;
	}
	coverage->month_missing =
		missing > coverage->month_missing ? missing : coverage->month_missing;
}

void coverage_count(
	const struct period *period, const int32_t *values, struct coverage *coverage)
{
	int missing = count_missing(values, period->days);
	int run = 0;

	*coverage = (struct coverage){ .present = period->days - missing, .missing = missing };
	if (missing == 0) {
		return; /* most periods: one pass, which the compiler vectorizes */
	}
	for (int day = 0; day < period->days;) {
		struct date first = date_from_day(period->first_day + day);
		int rest = date_month_days(first.year, first.month) - (first.day - 1);
		int days = rest < period->days - day ? rest : period->days - day;

		count_month(values + day, days, &run, coverage);
		day += days;
	}
}

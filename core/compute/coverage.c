#include "compute/coverage.h"

#include "base/date.h"

/* A month breaks a rule with this many days missing, or this many in a row. */
enum { WMO_MISSING = 11, WMO_RUN = 5, NCEI_MISSING = 6, NCEI_RUN = 4 };

static int count_missing(const int32_t *values, int days)
{
	int missing = 0;

	for (int i = 0; i < days; i++) {
		missing += values[i] == ALM_MISSING;
	}
	return missing;
}

/* One month of the period: `*run` is the gap that reaches into it, and out of it. */
static void count_month(const int32_t *values, int days, int *run, struct coverage *coverage)
{
	int missing = 0, own_run = 0, longest = 0;

	for (int i = 0; i < days; i++) {
		bool gone = values[i] == ALM_MISSING;

		missing += gone;
		own_run = gone ? own_run + 1 : 0;
		*run = gone ? *run + 1 : 0;
		longest = own_run > longest ? own_run : longest;
		coverage->longest_gap =
			*run > coverage->longest_gap ? *run : coverage->longest_gap;
	}
	coverage->wmo_mean = coverage->wmo_mean && missing < WMO_MISSING && longest < WMO_RUN;
	coverage->ncei = coverage->ncei && missing < NCEI_MISSING && longest < NCEI_RUN;
}

void coverage_count(
	const struct period *period, const int32_t *values, struct coverage *coverage)
{
	int missing = count_missing(values, period->days);
	int run = 0;

	*coverage = (struct coverage){ .present = period->days - missing,
		.missing = missing,
		.wmo_mean = true,
		.wmo_sum = missing == 0,
		.ncei = true };
	if (missing == 0) {
		return; /* most periods: one pass, which the compiler vectorizes */
	}
	for (int day = 0; day < period->days;) {
		struct date first = date_from_day(period->first_day + day);
		int days = date_month_days(first.year, first.month);

		count_month(values + day, days, &run, coverage);
		day += days;
	}
}

bool coverage_wmo(const struct coverage *coverage, enum alm_method method)
{
	return method == ALM_SUM || method == ALM_COUNT ? coverage->wmo_sum
							: coverage->wmo_mean;
}

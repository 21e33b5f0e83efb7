#include "aggregate.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TENTHS = 10 };

/* WMO-No. 1203, 4.4.1: no mean of a month with as many days missing, or as many in a row. */
enum { WMO_MISSING = 11, WMO_RUN = 5 };

const char *const completeness_choices[] = { "wmo", "ncei", NULL };

enum completeness completeness_of(const struct alm_value *value)
{
	return strcmp(value->text, "ncei") == 0 ? COMPLETE_NCEI : COMPLETE_WMO;
}

bool is_complete_mean(enum completeness rule, const struct tally *month)
{
	return rule == COMPLETE_NCEI
		       ? is_ncei_mean(month)
		       : month->present > 0 && month->days - month->present < WMO_MISSING &&
				 month->gap < WMO_RUN;
}

bool is_complete_sum(enum completeness rule, const struct tally *month)
{
	return rule == COMPLETE_NCEI ? is_ncei_sum(month) : month->present == month->days;
}

double mean_of_months(const struct alm_record *record, unsigned input, struct months months,
	enum completeness rule)
{
	double sum = 0;

	for (int32_t m = 0; m < months.count; m++) {
		struct span span = months_span((struct months){ months.first + m, 1 });
		struct tally month = tally_days(record, input, span);

		if (!is_complete_mean(rule, &month)) {
			return NAN;
		}
		sum += tally_mean(&month);
	}
	return sum / months.count;
}

double sum_of_months(const struct alm_record *record, unsigned input, struct months months,
	enum completeness rule)
{
	int64_t sum = 0;

	for (int32_t m = 0; m < months.count; m++) {
		struct span span = months_span((struct months){ months.first + m, 1 });
		struct tally month = tally_days(record, input, span);

		if (!is_complete_sum(rule, &month)) {
			return NAN;
		}
		sum += month.sum;
	}
	return (double)sum / TENTHS;
}

struct years years_within(const struct alm_record *record, int32_t first, int32_t last)
{
	int32_t begin, end;

	if (record->days == 0) {
		return (struct years){ first, 0 };
	}
	begin = month_year(month_of_day(record->first_day));
	end = month_year(month_of_day(record->first_day + (int32_t)record->days - 1)) + 1;
	begin = begin > first ? begin : first;
	end = end < last ? end : last;
	return (struct years){ begin, end >= begin ? end - begin + 1 : 0 };
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_numbers(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
}

/* Rounding of a place, as R has it: `4 * .Machine$double.eps`. */
static const double fuzz = 4 * DBL_EPSILON;

double quantile(const double *sorted, size_t count, double p)
{
	const double third = 1.0 / 3;
	double place = third + p * ((double)count + third), whole;

	if (count == 0) {
		return NAN;
	}
	if (place <= 1) {
		return sorted[0];
	}
	if (place >= (double)count) {
		return sorted[count - 1];
	}
	whole = floor(place + fuzz);
	place -= whole;
	if (fabs(place) <= fuzz) {
		return sorted[(size_t)whole - 1];
	}
	return (1 - place) * sorted[(size_t)whole - 1] + place * sorted[(size_t)whole];
}

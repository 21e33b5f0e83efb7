#include "tally.h"

#include <math.h>
#include <string.h>

enum { TENTHS = 10 };

/* GSOM: void are months with more days missing, or with more in a row. */
enum { NCEI_MISSING_MAX = 5, NCEI_RUN_MAX = 3 };

struct span span_within(const struct alm_record *record, struct span span)
{
	int32_t end = record->first_day + (int32_t)record->days;
	int32_t first = span.first_day > record->first_day ? span.first_day : record->first_day;
	int32_t last = span.first_day + span.days < end ? span.first_day + span.days : end;

	return (struct span){ first, last > first ? last - first : 0 };
}

const int32_t *values_at(const struct alm_record *record, unsigned input, struct span span)
{
	return record->series[input].value + (span.first_day - record->first_day);
}

int32_t value_at(const struct alm_record *record, unsigned input, int32_t day)
{
	int64_t i = (int64_t)day - record->first_day;

	return i >= 0 && i < record->days ? record->series[input].value[i] : ALM_NOT_REPORTED;
}

static void tally_value(struct tally *tally, int32_t value, int32_t day)
{
	if (tally->present == 0 || value < tally->low) {
		tally->low_first_day = day;
	}
	if (tally->present == 0 || value > tally->high) {
		tally->high_first_day = day;
	}
	if (tally->present == 0 || value <= tally->low) {
		tally->low = value;
		tally->low_day = day;
	}
	if (tally->present == 0 || value >= tally->high) {
		tally->high = value;
		tally->high_day = day;
	}
	tally->sum += value;
	tally->present++;
}

struct tally tally_days(const struct alm_record *record, unsigned input, struct span span)
{
	struct tally tally = { .days = span.days };
	struct span held = span_within(record, span);
	const int32_t *values;
	int32_t run = held.days > 0 ? held.first_day - span.first_day : span.days;

	if (held.days == 0) {
		tally.gap = run;
		return tally;
	}
	values = values_at(record, input, held);
	for (int32_t i = 0; i < held.days; i++) {
		if (alm_is_value(values[i])) {
			tally_value(&tally, values[i], held.first_day + i);
			run = 0;
			continue;
		}
		run++;
		tally.gap = run > tally.gap ? run : tally.gap;
	}
	run += span.first_day + span.days - held.first_day - held.days;
	tally.gap = run > tally.gap ? run : tally.gap;
	return tally;
}

void tally_add(struct tally *tally, const struct tally *more)
{
	struct tally sum = *tally;

	if (more->present > 0) {
		if (sum.present == 0 || more->low <= sum.low) {
			sum.low_first_day = sum.present == 0 || more->low < sum.low
						    ? more->low_first_day
						    : sum.low_first_day;
			sum.low = more->low;
			sum.low_day = more->low_day;
		}
		if (sum.present == 0 || more->high >= sum.high) {
			sum.high_first_day = sum.present == 0 || more->high > sum.high
						     ? more->high_first_day
						     : sum.high_first_day;
			sum.high = more->high;
			sum.high_day = more->high_day;
		}
	}
	sum.sum += more->sum;
	sum.days += more->days;
	sum.present += more->present;
	sum.gap = more->gap > sum.gap ? more->gap : sum.gap;
	*tally = sum;
}

int32_t count_between(const struct alm_record *record, unsigned input, struct span span,
	int32_t low, int32_t high)
{
	struct span held = span_within(record, span);
	int32_t count = 0;

	if (held.days > 0) {
		const int32_t *values = values_at(record, input, held);

		for (int32_t i = 0; i < held.days; i++) {
			count += alm_is_value(values[i]) && values[i] >= low &&
				 values[i] <= high;
		}
	}
	return count;
}

double tally_mean(const struct tally *tally)
{
	return tally->present > 0 ? (double)tally->sum / (double)(tally->present * TENTHS)
				  : NAN;
}

bool is_ncei_mean(const struct tally *month)
{
	return month->present > 0 && month->days - month->present <= NCEI_MISSING_MAX &&
	       month->gap <= NCEI_RUN_MAX;
}

bool is_ncei_sum(const struct tally *month)
{
	return month->present > 0 && month->days - month->present <= NCEI_MISSING_MAX;
}

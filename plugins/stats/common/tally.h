/* Sums and extremes of the days of one element, exact: integers in the element's own scale. */
#ifndef ALMANAC_STATS_TALLY_H
#define ALMANAC_STATS_TALLY_H

#include "calendar.h"

/* All zero: no day yet. */
struct tally {
	int64_t sum;
	int32_t days, present;     /* days of the calendar; those with a value */
	int32_t gap;               /* most days without a value in a row, within a month */
	int32_t low, high;         /* valid if present > 0 */
	int32_t low_day, high_day; /* of several the last, as NCEI has it */
	int32_t low_first_day, high_first_day; /* of several the first */
};

/* Days outside the record have no value. */
int32_t value_at(const struct alm_record *record, unsigned input, int32_t day);

/* Days of the span that the record holds. */
struct span span_within(const struct alm_record *record, struct span span);

/* Values from the first day of a span, which the record holds. */
const int32_t *values_at(const struct alm_record *record, unsigned input, struct span span);

struct tally tally_days(const struct alm_record *record, unsigned input, struct span span);

/* Adds what comes later. */
void tally_add(struct tally *tally, const struct tally *more);

/* Days of the span with values from `low` to `high`. */
int32_t count_between(const struct alm_record *record, unsigned input, struct span span,
	int32_t low, int32_t high);

/* Mean in 10^-1 of the element's scale: degrees of tenths. NAN: no day has a value. */
double tally_mean(const struct tally *tally);

/* NCEI's rules of GSOM: what is computed of a month with a few days missing. */
bool is_ncei_mean(const struct tally *month);
bool is_ncei_sum(const struct tally *month);

#endif

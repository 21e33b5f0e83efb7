/* Values of months, seasons and years that satisfy a completeness rule. */
#ifndef ALMANAC_STATS_AGGREGATE_H
#define ALMANAC_STATS_AGGREGATE_H

#include "tally.h"

enum completeness { COMPLETE_WMO, COMPLETE_NCEI };

/* Of a parameter with the choices below. */
enum completeness completeness_of(const struct alm_value *value);
extern const char *const completeness_choices[];
#define COMPLETENESS_HELP \
	"Which months count: wmo, means with at most 10 days missing and 4 in a row, totals " \
	"with none; ncei, means with at most 5 missing and 3 in a row, totals with at most 5"

bool is_complete_mean(enum completeness rule, const struct tally *month);
bool is_complete_sum(enum completeness rule, const struct tally *month);

/* Mean of the monthly means, in units of the element with one decimal; total of the monthly
 * totals. NAN: a month does not satisfy the rule. */
double mean_of_months(const struct alm_record *record, unsigned input, struct months months,
	enum completeness rule);
double sum_of_months(const struct alm_record *record, unsigned input, struct months months,
	enum completeness rule);

/* Years that a record has days of, of those from first to last; count 0: none. The year after
 * its last counts as well: its winter may have begun. */
struct years {
	int32_t first, count;
};
struct years years_within(const struct alm_record *record, int32_t first, int32_t last);

/* Sorts; then the quantile of type 8 (Hyndman and Fan 1996), `p` from 0 to 1. NAN: count 0. */
void sort_numbers(double *values, size_t count);
double quantile(const double *sorted, size_t count, double p);

#endif

/* Completeness of one input in one period, counted by the host so that every
 * calculator means the same by it. */
#ifndef ALMANAC_COMPUTE_COVERAGE_H
#define ALMANAC_COMPUTE_COVERAGE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/period.h"

struct coverage {
	int present, missing, longest_gap; /* days; the gap within the period */
	/* Whether the period satisfies the rule. `wmo_mean`: no month with 11 or more
	 * days missing, or 5 or more in a row (WMO-No. 1203, 4.4.1). `wmo_sum`: no day
	 * missing (there, sums and counts). `ncei`: no month with more than 5 days
	 * missing, or more than 3 in a row (GSOM and GSOY readme). */
	bool wmo_mean, wmo_sum, ncei;
};

/* `values` are the input's days of the period, ALM_MISSING where there is none. */
void coverage_count(
	const struct period *period, const int32_t *values, struct coverage *coverage);

/* The rule for a column of that method. */
bool coverage_wmo(const struct coverage *coverage, enum alm_method method);

#endif

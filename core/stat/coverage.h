/* Completeness of one input in one period, counted by the host so that every
 * calculator means the same by it. Rules that judge it: stat/rule.h. */
#ifndef ALMANAC_STAT_COVERAGE_H
#define ALMANAC_STAT_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "stat/period.h"

/* Days. */
struct coverage {
	int present, missing, longest_gap; /* the gap within the period */
	/* The largest of any month of the period, gaps within the month. */
	int month_missing, month_gap;
};

/* `values` are the input's days of the period. */
void coverage_count(
	const struct period *period, const int32_t *values, struct coverage *coverage);

#endif

/* Runs a calculator over a station's record. No database here: `almanac check`
 * uses it as the ingestion does. */
#ifndef ALMANAC_COMPUTE_COMPUTE_H
#define ALMANAC_COMPUTE_COMPUTE_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/registry.h"
#include "stat/coverage.h"
#include "stat/period.h"

/* One row of a calculator's table. */
struct compute_row {
	struct period period;
	size_t column_count, input_count;
	double *value;             /* by column; NAN: null */
	struct coverage *coverage; /* by input */
	/* By column; bit i: it has a value, and the inputs it needs satisfy stat_rules[i]. */
	uint8_t *verdicts;
};

/* Periods in which no day of any input was reported have no row. The days of a period
 * that lie outside the record count as missing. Calls `each` for every row, in
 * order; what the row points to is good until that returns. [worker] */
void compute_run(const struct plugin_stat *stat, const struct alm_record *record,
	void (*each)(const struct compute_row *row, void *arg), void *arg);

#endif

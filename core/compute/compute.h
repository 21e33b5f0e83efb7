/* Runs a calculator over a station's record. No database here: `almanac check`
 * uses it as the ingestion does. */
#ifndef ALMANAC_COMPUTE_COMPUTE_H
#define ALMANAC_COMPUTE_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "compute/coverage.h"
#include "compute/period.h"
#include "plugin/registry.h"

enum { COMPUTE_INPUTS_MAX = 32, COMPUTE_COLUMNS_MAX = 64 };

/* One row of a calculator's table. */
struct compute_row {
	struct period period;
	double value[COMPUTE_COLUMNS_MAX];                        /* NAN: null */
	struct coverage coverage[COMPUTE_INPUTS_MAX];             /* by input */
	bool wmo[COMPUTE_COLUMNS_MAX], ncei[COMPUTE_COLUMNS_MAX]; /* by column */
};

/* `reported`: one byte per day of the record, not 0 where any input was reported,
 * also as missing: periods without such a day have no row. The days of a period
 * that lie outside the record count as missing. Calls `each` for every row, in
 * order. [worker] */
void compute_run(const struct plugin_stat *stat, const struct alm_record *record,
	const unsigned char *reported, void (*each)(const struct compute_row *row, void *arg),
	void *arg);

#endif

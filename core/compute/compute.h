/* Runs a statistic over a station's record. No database here: `almanac check`
 * uses it as the ingestion and the server do. */
#ifndef ALMANAC_COMPUTE_COMPUTE_H
#define ALMANAC_COMPUTE_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/stat_view.h"
#include "stat/coverage.h"
#include "stat/period.h"

/* One row: of a table, or of an answer. */
struct compute_row {
	struct period period;
	size_t column_count, input_count;
	double *value;             /* by column of the view; NAN: null */
	struct coverage *coverage; /* by input */
	/* By column; bit i: it has a value, and the inputs it needs satisfy stat_rules[i]. Of
	 * kinds that cannot be stored: 0. */
	uint8_t *verdicts;
};

/* A row; what it points to is good until the function returns. */
typedef void compute_row_fn(const struct compute_row *row, void *arg);

/* A statistic at work on one record. */
struct compute;

/* Calls prepare(). The record must live until compute_end(). `params`: by parameter; `base`:
 * what compute_base() has written, NULL if the statistic has no base(). */
struct compute *compute_begin(const struct plugin_stat *stat, const struct alm_record *record,
	const struct alm_value *params, const void *base);

/* Periods in which no day of any input was reported have no row. The days of a period
 * that lie outside the record count as missing. Calls `each` for every row of the view for
 * which `wants`, unless that is NULL, is true; in order of periods. */
void compute_rows(struct compute *compute, const struct stat_view *view,
	bool (*wants)(const struct period *period, void *arg), compute_row_fn *each, void *arg);

/* Calls release() and frees it. */
void compute_end(struct compute *compute);

/* All of that for one view, with its defaults and, if there is a base(), the record as the
 * base period's. */
void compute_run(const struct stat_view *view, const struct alm_record *record,
	compute_row_fn *each, void *arg);

/* Calls base() with the record of the base period: base_size zeroed bytes at `base` are
 * written. */
void compute_base(const struct plugin_stat *stat, const struct alm_record *record,
	const struct alm_value *params, void *base);

/* First and last day of a base period, with the days before it that it needs. */
void compute_base_days(const struct plugin_stat *stat, const struct alm_value *params,
	int32_t *first, int32_t *last);

/* A part of a record: the days from `first` to `last` that it has, of which there may be none.
 * `series` holds record->series_count; *part refers to it and to the record's arrays. */
void compute_cut(const struct alm_record *record, int32_t first, int32_t last,
	struct alm_series *series, struct alm_record *part);

#endif

/* Rows of the tables that ingestion fills by COPY. */
#ifndef ALMANAC_INGEST_ROWS_H
#define ALMANAC_INGEST_ROWS_H

#include <almanac/plugin.h>

#include "base/buffer.h"
#include "compute/compute.h"
#include "ingest/merge.h"

/* The columns of `block`, in the order of rows_block(). */
#define ROWS_BLOCK_COLUMNS \
	"station_id, year, element, reported_days, present_days, longest_gap, " \
	"month_present, month_gap, reported, base, values, measurement_flags, " \
	"quality_flags, source_flags"

void rows_block(struct buffer *buffer, const char *station, const char *element,
	const struct merge_view *view);

/* The columns are those of stat_table_columns(). */
void rows_stat(struct buffer *buffer, const char *station, const struct alm_stat *stat,
	const struct compute_row *row);

#endif

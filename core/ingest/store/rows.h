/* Rows, in the format of copy.h, of the tables that ingestion fills by COPY. */
#ifndef ALMANAC_INGEST_STORE_ROWS_H
#define ALMANAC_INGEST_STORE_ROWS_H

#include <almanac/plugin.h>

#include "base/buffer.h"
#include "compute/compute.h"
#include "ingest/store/merge.h"

/* The columns of `block`, in the order of rows_block(). */
#define ROWS_BLOCK_COLUMNS \
	"station_id, year, element, reported_days, present_days, longest_gap, " \
	"month_present, month_gap, reported, base, values, measurement_flags, " \
	"quality_flags, source_flags, origin, times, minimum, maximum"

/* `origin` below 0: null. */
void rows_block(struct buffer *buffer, const char *station, const char *element,
	const struct merge_view *view, int32_t origin);

/* The columns of `block_part`, in the order of rows_part(). */
#define ROWS_PART_COLUMNS \
	"station_id, year, element, origin, base, values, measurement_flags, " \
	"quality_flags, source_flags, times, reported"

/* `view` NULL: equal to the block. */
void rows_part(struct buffer *buffer, const char *station, int year, const char *element,
	int32_t origin, const struct merge_view *view);

/* The columns are those of stat_table_columns(). */
void rows_stat(struct buffer *buffer, const char *station, const struct alm_stat *stat,
	const struct compute_row *row);

#endif

/* One calculator at work: blocks of a station in, rows for COPY out. [writer] */
#ifndef ALMANAC_INGEST_STATISTICS_CALCULATE_H
#define ALMANAC_INGEST_STATISTICS_CALCULATE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "compute/record.h"
#include "ingest/statistics/stat_sql.h"
#include "ingest/store/array.h"
#include "ingest/store/dirty.h"
#include "ingest/store/merge.h"

struct plugin_stat;

/* Embedded by its owner. */
struct calculate {
	const struct plugin_stat *stat;
	struct array inputs; /* element codes */
	struct stat_sql sql;
	struct record record;
	struct buffer rows; /* as session_copy_end() wants them, while there are any */
	int64_t row_count;  /* in `rows` */
	bool staged;        /* the stage has rows of this transaction */
};

void calculate_init(struct calculate *calculate, const struct plugin_stat *stat);
void calculate_finish(struct calculate *calculate);

/* Whether rows depend on days outside their own periods. */
bool calculate_is_whole(const struct calculate *calculate);

/* A station: its blocks of these years come between the calls. Its texts must live
 * until the second. Rows of untouched periods are left out; NULL: all count. */
void calculate_begin(struct calculate *calculate, const struct alm_station *station,
	int first_year, int last_year);
void calculate_block(
	struct calculate *calculate, const char *element, const struct merge_view *view);
void calculate_end(struct calculate *calculate, const struct dirty_station *dirty);

#endif

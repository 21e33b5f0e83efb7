/* One statistic at work: blocks of a station in, rows for COPY out. [writer] */
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
#include "plugin/stat_view.h"

enum { DEFINITION_SIZE = 33 };

/* Rows of one kind of period. */
struct calculate_table {
	const struct stat_view *view;
	struct stat_sql sql;
	struct buffer rows; /* as session_copy_end() wants them, while there are any */
	int64_t row_count;  /* in `rows` */
	bool staged;        /* the stage has rows of this transaction */
};

/* What base() has made for stations, to be stored. One of a base period without blocks is not
 * kept: a station's rows of before are removed only. */
struct calculate_bases {
	struct buffer rows; /* likewise */
	int64_t count;      /* of stations */
	struct array ids;
	void *bytes;               /* of the station at hand; NULL: there is no base() */
	int first_year, last_year; /* of the blocks that base() gets */
	bool filled;               /* the station at hand has such blocks */
};

/* Embedded by its owner. */
struct calculate {
	const struct plugin_stat *stat;
	char definition[DEFINITION_SIZE]; /* of the whole */
	struct array inputs;              /* element codes */
	struct record record;
	struct calculate_table *tables; /* of the stored kinds */
	size_t table_count;
	struct calculate_bases bases;
};

void calculate_init(struct calculate *calculate, const struct plugin_stat *stat);
void calculate_finish(struct calculate *calculate);

/* Forgets rows that were not stored. */
void calculate_reset(struct calculate *calculate);

/* Whether rows depend on days outside their own periods without bound. */
bool calculate_is_whole(const struct calculate *calculate);

/* A station: its blocks of these years come between the calls. Its texts must live
 * until the last of them. */
void calculate_begin(struct calculate *calculate, const struct alm_station *station,
	int first_year, int last_year);
void calculate_block(
	struct calculate *calculate, const char *element, const struct merge_view *view);

/* Makes bases.bytes of the record, if the statistic has a base(). */
void calculate_base(struct calculate *calculate);

/* Adds bases.bytes, if filled, to what is to be stored in place of what is. */
void calculate_put_base(struct calculate *calculate);

/* Computes rows with bases.bytes. Those of periods that are not dirty are left out; NULL: all
 * count. `only`: of the table of that name; NULL: of all. */
void calculate_end(
	struct calculate *calculate, const struct dirty_station *dirty, const char *only);

#endif

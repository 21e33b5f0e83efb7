/* Merging of days: stored blocks and reports of objects, overlaid in order of precedence. */
#ifndef ALMANAC_INGEST_STORE_MERGE_H
#define ALMANAC_INGEST_STORE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/parse/batch.h"

/* A year of days of one element, in memory of another owner. */
struct merge_view {
	int year;
	const int32_t *values;         /* a value per day of the year, as in a block */
	const char *flags[FLAG_KINDS]; /* a character per day; NULL: all blank */
	const uint16_t *times;         /* as ALM_TIME() per day; NULL: all 0 */
};

/* A year of days in own memory. */
struct merge {
	int year;
	int32_t values[BLOCK_DAYS_MAX];
	char flags[FLAG_KINDS][BLOCK_DAYS_MAX];
	uint16_t times[BLOCK_DAYS_MAX];
	bool flagged[FLAG_KINDS]; /* false: all blank, whatever is in the array */
	bool timed;               /* false: all 0, likewise */
};

/* Sets all days to not reported. */
void merge_clear(struct merge *merge, int year);

/* Sets a day (from 0) to not reported. */
void merge_drop_day(struct merge *merge, int day);

/* Replaces days by those that `over` reports or withdraws, with their flags and times. */
void merge_overlay(struct merge *merge, const struct merge_view *over);

/* Sets the days that are withdrawn to not reported. */
void merge_resolve(struct merge *merge);

/* Whether a day is withdrawn. */
bool merge_withdraws(const struct merge_view *view);

struct merge_view merge_view(const struct merge *merge);

struct merge_view merge_view_batch(const struct batch_block *block);

/* Whether days, values, flags and times are equal. */
bool merge_is_equal(const struct merge_view *a, const struct merge_view *b);

#endif

/* What is stored of a block and what objects report of it, put together. */
#ifndef ALMANAC_INGEST_STORE_MERGE_H
#define ALMANAC_INGEST_STORE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/parse/batch.h"

/* One year of one element, wherever it lies. */
struct merge_view {
	int year;
	const int32_t *values;         /* a value per day of the year, as in a block */
	const char *flags[FLAG_KINDS]; /* a character per day; NULL: all blank */
};

/* The same with memory of its own. */
struct merge {
	int year;
	int32_t values[BLOCK_DAYS_MAX];
	char flags[FLAG_KINDS][BLOCK_DAYS_MAX];
	bool flagged[FLAG_KINDS]; /* false: all blank, whatever is in the array */
};

/* Nothing reported yet. */
void merge_clear(struct merge *merge, int year);

/* The day, from 0, is not reported any more. */
void merge_drop_day(struct merge *merge, int day);

/* Days that are reported there replace those here, with their flags. */
void merge_lay(struct merge *merge, const struct merge_view *over);

struct merge_view merge_view(const struct merge *merge);

struct merge_view merge_view_batch(const struct batch_block *block);

/* Same days, values and flags. */
bool merge_is_equal(const struct merge_view *a, const struct merge_view *b);

#endif

/* Which of the rows that are looked at are rows of the answer, and in which order: the
 * parameters `where` and `sort`, and pages of what they leave. All [loop]. */
#ifndef ALMANAC_DOCUMENT_ROW_FILTER_H
#define ALMANAC_DOCUMENT_ROW_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/projection.h"
#include "format/format.h"
#include "route/page.h"
#include "route/request.h"

struct row_filter;

/* Whether the request has conditions or an order. */
bool row_filter_is_wanted(const struct alm_request *request);

/* Whether all rows must be looked at, also those before the cursor. */
bool row_filter_counts(const struct alm_request *request);

/* Bytes that so many rows of so many columns take while they are sorted. */
int64_t row_filter_size(int64_t rows, size_t columns);

/* The most rows that are sorted, whatever memory there is. */
enum { ROW_FILTER_SORTED_MAX = 20000 };

/* `first` is the number of the first row that will be offered, `from` that of the first
 * which may be shown. NULL: a condition cannot be read, or the page is beyond what is sorted;
 * replied. */
struct row_filter *row_filter_create(struct alm_request *request,
	const struct projection *projection, int64_t first, int64_t from);

/* NULL is fine. */
void row_filter_destroy(struct row_filter *row_filter);

/* The next row. True: it is to be written now. False: it is not, or not yet. Numbers become
 * what is shown of them. */
bool row_filter_offer(struct row_filter *row_filter, struct cell *cells);

/* A row that is none of the answer, whatever its values. */
void row_filter_skip(struct row_filter *row_filter);

/* Nothing more needs to be looked at. */
bool row_filter_is_full(const struct row_filter *row_filter);

/* More rows were to be sorted than there may be; no answer can be given. */
bool row_filter_overflows(const struct row_filter *row_filter, int64_t *most);

/* After the last one: brings what was kept in order, up to so many rows. True: it is. */
bool row_filter_sort(struct row_filter *row_filter, size_t rows);

/* Then: the rows that were kept to be sorted, in their order; each is good until the next.
 * NULL: no more. */
const struct cell *row_filter_next(struct row_filter *row_filter);

/* Where the page stands among all rows, once all were offered. */
void row_filter_place(const struct row_filter *row_filter, struct page_place *place);

/* Number of the last row that was shown, -1 if there is none. */
int64_t row_filter_last_row(const struct row_filter *row_filter);

#endif

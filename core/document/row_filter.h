/* Row filter: conditions (`where`), order (`sort`) and pages of the rows that pass. All [loop].
 */
#ifndef ALMANAC_DOCUMENT_ROW_FILTER_H
#define ALMANAC_DOCUMENT_ROW_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/projection.h"
#include "document/row_bound.h"
#include "format/format.h"
#include "route/page.h"
#include "route/request.h"

struct row_filter;

/* Whether the request has conditions or an order. */
bool row_filter_is_wanted(const struct alm_request *request);

/* Whether the total is wanted, so that all rows must be tried, also those before the cursor. */
bool row_filter_counts(const struct alm_request *request);

/* Bytes of that many rows and columns while they are sorted. */
int64_t row_filter_size(int64_t rows, size_t columns);

/* The most rows that are sorted, however much memory there is. */
enum { ROW_FILTER_SORTED_MAX = 20000 };

/* `first`: number of the first row that will be offered; `from`: of the first that may be
 * shown. NULL: a condition is malformed, or the page is beyond the rows that can be sorted;
 * replied. */
struct row_filter *row_filter_create(struct alm_request *request,
	const struct projection *projection, int64_t first, int64_t from);

/* NULL is fine. */
void row_filter_destroy(struct row_filter *filter);

/* Tries the next row. True: it is to be written now. False: it is not, or not yet. Normalizes
 * the cells that it compares. */
bool row_filter_offer(struct row_filter *filter, struct cell *cells);

/* Counts the next row, which does not pass whatever its values are. */
void row_filter_skip(struct row_filter *filter);

/* -- Rows that are judged by what is stored -------------------------------- */

/* Bounds that all rows of the answer keep; none if cells are converted to other units. */
const struct row_bounds *row_filter_bounds(const struct row_filter *filter);

/* Whether there are no conditions. */
bool row_filter_passes_all(const struct row_filter *filter);

/* Whether rows that keep exact bounds need no more than to be counted, unless they keep *bound
 * as well (false: it is not set, and all need). */
bool row_filter_floor(const struct row_filter *filter, struct row_bound *bound);

/* How many of the next rows that keep exact bounds need no more than to be counted. */
int64_t row_filter_idle(const struct row_filter *filter);

/* Counts rows that do not pass, and rows that pass and are not among those of the page. */
void row_filter_count(struct row_filter *filter, int64_t failed, int64_t passed);

/* Counts rows that are left out by what the catalog says of them: without conditions, rows that
 * pass and come after the page, else rows that do not pass. */
void row_filter_leave_out(struct row_filter *filter, int64_t rows);

/* Whether no further row can change the answer. */
bool row_filter_is_full(const struct row_filter *filter);

/* Whether more rows were to be sorted than *most: there is no answer. */
bool row_filter_overflows(const struct row_filter *filter, int64_t *most);

/* Sorts the rows that have passed, by up to `rows` steps, once all were offered. True: they are
 * sorted. */
bool row_filter_sort(struct row_filter *filter, size_t rows);

/* The next of the sorted rows of the page, valid until the next call. NULL: there are no more.
 */
const struct cell *row_filter_next(struct row_filter *filter);

/* Sets the place of the page among all rows, once all were offered. */
void row_filter_place(const struct row_filter *filter, struct page_place *place);

/* Number of the last row that was shown; -1: none. */
int64_t row_filter_last_row(const struct row_filter *filter);

#endif

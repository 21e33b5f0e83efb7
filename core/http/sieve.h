/* Which of the rows that are looked at are rows of the answer, and in which order: the
 * parameters `where` and `sort`, and pages of what they leave. All [loop]. */
#ifndef ALMANAC_HTTP_SIEVE_H
#define ALMANAC_HTTP_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/format.h"
#include "http/page.h"
#include "http/request.h"
#include "http/shape.h"

struct sieve;

/* Whether the request has conditions or an order. */
bool sieve_is_wanted(const struct alm_request *request);

/* Whether all rows must be looked at, also those before the cursor. */
bool sieve_counts(const struct alm_request *request);

/* `first` is the number of the first row that will be offered, `from` that of the first
 * which may be shown. In the request's arena. NULL: a condition cannot be read; replied. */
struct sieve *sieve_create(
	struct alm_request *request, const struct shape *shape, int64_t first, int64_t from);

/* The next row. True: it is to be written now. False: it is not, or not yet. */
bool sieve_offer(struct sieve *sieve, const struct cell *cells);

/* A row that is none of the answer, whatever its values. */
void sieve_skip(struct sieve *sieve);

/* Nothing more needs to be looked at. */
bool sieve_is_full(const struct sieve *sieve);

/* More rows were to be sorted than there may be; no answer can be given. */
bool sieve_overflows(const struct sieve *sieve, int64_t *most);

/* After the last one: the rows that were kept to be sorted, in their order. NULL: no more. */
const struct cell *sieve_next(struct sieve *sieve);

/* Where the page stands among all rows, once all were offered. */
void sieve_place(const struct sieve *sieve, struct page_place *place);

/* Number of the last row that was shown, -1 if there is none. */
int64_t sieve_last_row(const struct sieve *sieve);

#endif

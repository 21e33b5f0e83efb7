/* Bounds of stored integers that rows must keep to satisfy the conditions of `where`: by these,
 * blocks are left out by their extremes, and days before rows are made of them. All [loop]. */
#ifndef ALMANAC_DOCUMENT_ROW_BOUND_H
#define ALMANAC_DOCUMENT_ROW_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/condition.h"

/* The cell of the column is not null, and within, or outside, least to most. */
struct row_bound {
	size_t column;
	int64_t least, most;
	bool outside;
};

struct row_bounds {
	struct row_bound *list; /* all must hold */
	size_t count;
	bool exact; /* a row that keeps them satisfies the expression */
};

/* Reads the bounds of an expression, the flat program of where.h. Columns of which `stored` is
 * not set, such as dates, have none. `shown` is by column. */
struct row_bounds row_bounds_read(struct arena *arena, const struct condition *conditions,
	size_t count, const struct shown *shown);

static inline bool row_bound_holds(const struct row_bound *bound, int64_t value)
{
	return (value >= bound->least && value <= bound->most) != bound->outside;
}

/* Whether a value from `least` to `greatest` may keep the bound. */
bool row_bound_may_hold(const struct row_bound *bound, int64_t least, int64_t greatest);

#endif

/* What a plan is made of, for plan.c alone: its selection (plan_walk.c), its rows
 * (plan_rows.c). All [loop]. */
#ifndef ALMANAC_QUERY_PLAN_PARTS_H
#define ALMANAC_QUERY_PLAN_PARTS_H

#include "http/client.h"
#include "query/plan.h"

/* Copies the selection of a plugin. */
void plan_select(struct plan *plan, const struct alm_selection *from);

/* Makes plan->walk of the selection and of the request's catalog, but for what the request's
 * filter leaves of its stations. -1: there is no such station or calculator; replied. */
int plan_make_walk(struct plan *plan);

/* What it will need at most, once the walk is made (plan_need.c). */
void plan_needs(const struct plan *plan, struct client_need *need);

/* Does a piece of what must be known before the first row is read: the stations that the filter
 * leaves, the rows of each, the rows of the answer. ASKED: it is not all. */
enum plan_found plan_prepare(struct plan *plan);

/* Lets go of what it has prepared. */
void plan_forget(struct plan *plan);

/* Finds which rows of the walk the answer has, or looks at: first, end, total and, unless it is
 * filtered, its place. -1: they are too many, or the cursor is none; replied. */
int plan_find_rows(struct plan *plan);

/* Whether its pages have cursors. */
bool plan_has_cursor(const struct plan *plan);

/* The cursor of what comes after a row of the walk; NULL: there is no such row. */
const char *plan_cursor_after(struct plan *plan, int64_t row);

#endif

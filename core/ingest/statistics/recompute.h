/* Statistics of what was stored. A fresh station's days are at hand: its rows are
 * computed while its blocks are written. Those of other stations are read back.
 * [writer] */
#ifndef ALMANAC_INGEST_STATISTICS_RECOMPUTE_H
#define ALMANAC_INGEST_STATISTICS_RECOMPUTE_H

#include <almanac/plugin.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/dirty.h"
#include "ingest/store/merge.h"
#include "ingest/store/session.h"

struct registry;
struct derive;

/* With all calculators of the registry. */
struct derive *recompute_create(const struct registry *registry, struct session *session);
void recompute_destroy(struct derive *derive); /* NULL is fine */

/* Removes all rows of stations that were stored before but have no blocks, in case
 * somebody deleted those. */
int recompute_clear(struct derive *derive, struct array *stations, struct error *err);

/* A fresh station: its blocks, all of them, come between these calls. Its texts
 * must live until the last of them. */
void recompute_begin(struct derive *derive, const struct alm_station *station, int first_year,
	int last_year);
void recompute_block(struct derive *derive, const char *element, const struct merge_view *view);
void recompute_end(struct derive *derive);

/* Stores the rows of the fresh stations; their number is added to *rows. */
int recompute_write(struct derive *derive, int64_t *rows, struct error *err);

/* Computes the touched years of stations anew, from what is stored by now. Rows
 * that change are counted and their stations put into `changed`. `only`: name of
 * one calculator, or NULL for all. */
int recompute_touched(struct derive *derive, const char *only, struct dirty *dirty,
	int64_t *rows, struct array *changed, struct error *err);

/* The transaction has ended; rows that were not stored are forgotten. */
void recompute_reset(struct derive *derive);

#endif

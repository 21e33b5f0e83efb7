/* Which stations of the catalog a walk goes through, and in which order. All [loop]. */
#ifndef ALMANAC_HTTP_STATION_PICK_H
#define ALMANAC_HTTP_STATION_PICK_H

#include "base/arena.h"
#include "http/station_filter.h"
#include "http/walk.h"

/* Leaves those of the walk's stations that pass. The arena keeps the list. */
void station_pick(struct walk *walk, const struct station_filter *filter, struct arena *arena);

/* The same, and brings them in order of distance to the filter's point, in whole centimetres,
 * then id. The distances are the walk's keys. */
void station_pick_nearest(
	struct walk *walk, const struct station_filter *filter, struct arena *arena);

#endif

/* Which stations of a walk a filter leaves, and in which order, a piece at a time. */
#ifndef ALMANAC_SCAN_STATION_PICK_H
#define ALMANAC_SCAN_STATION_PICK_H

#include "base/arena.h"
#include "route/station_filter.h"
#include "scan/scan.h"

struct picked;

/* All zero: none. */
struct station_picking {
	const struct station_filter *filter;
	bool nearest;
	struct picked *list, *spare;
	size_t at, count; /* stations judged, and picked */
	unsigned shift;   /* of the digit of their distances that is sorted by next */
};

/* `nearest`: by distance from the filter's point, in centimetres, and those that are as far by
 * their ids. The filter has a point then. Else the stations stay in order. */
void station_picking_begin(struct station_picking *picking, const struct scan *scan,
	const struct station_filter *filter, bool nearest);

/* Judges about `effort` more stations, or does as much of the sorting as cannot be cut. True:
 * that was the rest, and the walk has those that were picked, in the arena. */
bool station_picking_go_on(
	struct station_picking *picking, struct scan *scan, size_t effort, struct arena *arena);

/* Lets go of what is left; needed if it is not done. */
void station_picking_finish(struct station_picking *picking);

/* Bytes that it takes at most. */
size_t station_picking_size(const struct scan *scan, bool nearest);

#endif

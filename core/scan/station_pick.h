/* Station picking: the stations of a scan that pass a filter, in order, slice by slice. [loop]
 */
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
	size_t at, count; /* stations tried, and picked */
	unsigned shift;   /* of the next digit of the distances to sort by */
};

/* `nearest`: sorts by distance from the filter's point, in centimetres, then by id; the filter
 * must have a point. Else the stations stay in order. */
void station_picking_begin(struct station_picking *picking, const struct scan *scan,
	const struct station_filter *filter, bool nearest);

/* Tries about `effort` more stations, or sorts by one more digit. True: it is complete, and the
 * scan has the stations picked, in the arena. */
bool station_picking_go_on(
	struct station_picking *picking, struct scan *scan, size_t effort, struct arena *arena);

/* Frees the picking; needed if it is not complete. */
void station_picking_finish(struct station_picking *picking);

/* Bytes that it takes at most. */
size_t station_picking_size(const struct scan *scan, bool nearest);

#endif

/* The parameters state, country, bbox, near, radius, year and name: which stations they leave.
 * All [loop]. */
#ifndef ALMANAC_ROUTE_STATION_FILTER_H
#define ALMANAC_ROUTE_STATION_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "reply/problem.h"
#include "route/request.h"

struct station_filter;

/* By the request's parameters, in its arena. NULL: it has none of them, or they are wrong,
 * which is added to *flaws. */
const struct station_filter *station_filter_read(
	struct alm_request *request, struct violations *violations);

/* Whether a station satisfies all of them. What is not known of a station satisfies none.
 * With a point, *km is the distance of one that does. */
bool station_filter_passes(
	const struct station_filter *filter, const struct catalog_station *station, double *km);

/* Whether there is a point (`near`) to which stations have a distance. NULL: no. */
bool station_filter_has_point(const struct station_filter *filter);

/* km from that point, along the great circle of a sphere of WGS 84's mean radius. NAN: the
 * station's place is not known. */
double station_filter_distance(
	const struct station_filter *filter, const struct catalog_station *station);

#endif

/* Stations as plugins are shown them. */
#ifndef ALMANAC_PLUGIN_STATION_H
#define ALMANAC_PLUGIN_STATION_H

#include <almanac/plugin.h>
#include <math.h>

/* Sets size and presence bits of a station whose unknown coordinates are NAN. */
static inline struct alm_station station_complete(struct alm_station station)
{
	station.size = sizeof(station);
	station.has =
		(isnan(station.latitude) || isnan(station.longitude) ? 0 : ALM_HAS_POSITION) |
		(isnan(station.elevation) ? 0 : ALM_HAS_ELEVATION);
	return station;
}

#endif

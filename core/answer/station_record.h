/* The days of one station, read through the value cache. All [loop]. */
#ifndef ALMANAC_ANSWER_STATION_RECORD_H
#define ALMANAC_ANSWER_STATION_RECORD_H

#include <almanac/plugin.h>
#include <stdint.h>

/* The record lives as long as the request. */
typedef void station_record_fn(
	struct alm_request *request, const struct alm_record *record, void *arg);

/* Asks for the record of the one station of a selection, whose texts live as long as the
 * request, and reserves `bytes` besides. Several of a request are read one after the other.
 * -1: there is none; replied. */
int station_record(struct alm_request *request, const struct alm_selection *wanted,
	int64_t bytes, station_record_fn *then, void *arg);

#endif

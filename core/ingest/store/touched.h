/* Which years of which stations changed, so that their statistics are computed
 * anew. */
#ifndef ALMANAC_INGEST_STORE_TOUCHED_H
#define ALMANAC_INGEST_STORE_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compute/period.h"
#include "ingest/parse/parcel.h"

enum { TOUCHED_WORDS = (PARCEL_YEAR_MAX - PARCEL_YEAR_MIN) / 64 + 1 };

struct touched_station {
	char id[STATION_ID_MAX + 1];
	bool all; /* whatever years it has */
	uint64_t years[TOUCHED_WORDS];
};

/* Embedded by its owner; all zero is empty. */
struct touched {
	struct touched_station *stations;
	size_t count, capacity;
};

void touched_finish(struct touched *touched);

/* Empties it. */
void touched_clear(struct touched *touched);

void touched_add(struct touched *touched, const char *id, int year);

/* All years of the station. */
void touched_add_all(struct touched *touched, const char *id);

/* Sorts by id and makes one of what was added of the same station at different
 * times. To be called before reading. */
void touched_settle(struct touched *touched);

bool touched_has_year(const struct touched_station *station, int year);

/* Whether a day of the period lies in a touched year. */
bool touched_has_period(const struct touched_station *station, const struct period *period);

/* First and last touched year, or the bounds of what can be stored if `all`. */
void touched_range(const struct touched_station *station, int *first, int *last);

#endif

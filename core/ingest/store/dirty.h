/* Which years of which stations changed, so that their statistics are computed
 * anew. */
#ifndef ALMANAC_INGEST_STORE_DIRTY_H
#define ALMANAC_INGEST_STORE_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compute/period.h"
#include "ingest/parse/batch.h"

enum { TOUCHED_WORDS = (BATCH_YEAR_MAX - BATCH_YEAR_MIN) / 64 + 1 };

struct dirty_station {
	char id[STATION_ID_MAX + 1];
	bool all; /* whatever years it has */
	uint64_t years[TOUCHED_WORDS];
};

/* Embedded by its owner; all zero is empty. */
struct dirty {
	struct dirty_station *stations;
	size_t count, capacity;
};

void dirty_finish(struct dirty *dirty);

/* Empties it. */
void dirty_clear(struct dirty *dirty);

void dirty_add(struct dirty *dirty, const char *id, int year);

/* All years of the station. */
void dirty_add_all(struct dirty *dirty, const char *id);

/* Sorts by id and makes one of what was added of the same station at different
 * times. To be called before reading. */
void dirty_settle(struct dirty *dirty);

bool dirty_has_year(const struct dirty_station *station, int year);

/* Whether a day of the period lies in a touched year. */
bool dirty_has_period(const struct dirty_station *station, const struct period *period);

/* First and last touched year, or the bounds of what can be stored if `all`. */
void dirty_range(const struct dirty_station *station, int *first, int *last);

#endif

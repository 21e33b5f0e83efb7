/* Dirty set: years of stations that changed and whose statistics are recomputed. */
#ifndef ALMANAC_INGEST_STORE_DIRTY_H
#define ALMANAC_INGEST_STORE_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/parse/batch.h"
#include "stat/period.h"

enum { DIRTY_WORDS = (BATCH_YEAR_MAX - BATCH_YEAR_MIN) / 64 + 1 };

struct dirty_station {
	char id[STATION_ID_MAX + 1];
	bool all; /* all years of the station */
	uint64_t years[DIRTY_WORDS];
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

/* Adds all years of a station. */
void dirty_add_all(struct dirty *dirty, const char *id);

/* Sorts by id and unites repeated entries. Call it before reading. */
void dirty_sort(struct dirty *dirty);

bool dirty_has_year(const struct dirty_station *station, int year);

/* Whether the period, or one of the `lead` days before it, has a day in a dirty year. */
bool dirty_has_period(
	const struct dirty_station *station, const struct period *period, uint32_t lead);

/* First and last dirty year; the bounds of storable years if `all`. */
void dirty_range(const struct dirty_station *station, int *first, int *last);

#endif

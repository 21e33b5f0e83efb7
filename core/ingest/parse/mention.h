/* What an object has mentioned so far: stations, their years, and the elements of
 * each. It outlives the parcels of the object, and remembers which days were in
 * those handed over. [worker] */
#ifndef ALMANAC_INGEST_PARSE_MENTION_H
#define ALMANAC_INGEST_PARSE_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ingest/parse/parcel.h"

/* One element of a year. */
struct mention_block {
	struct mention_block *next;
	struct parcel_block *block; /* in the current parcel, or NULL */
	uint8_t *before;            /* bitmap of days in parcels before; NULL: none */
	unsigned element;           /* index into the source's table */
};

struct mention_year {
	int year;
	struct mention_block *blocks; /* in no order, no element twice */
};

struct mention_station {
	char id[STATION_ID_MAX + 1];
	size_t length;
	bool kept;                   /* by a line of the current parcel */
	struct mention_year **years; /* sorted */
	size_t year_count, year_capacity;
};

/* Embedded by its owner; all zero is empty. */
struct mention {
	struct arena arena;             /* owns all but the table */
	struct mention_station **table; /* by hash of the id; NULL: free */
	size_t table_size, station_count;
};

void mention_finish(struct mention *mention);

/* Forgets everything. */
void mention_clear(struct mention *mention);

/* Each is found, or added. */
struct mention_station *mention_station(struct mention *mention, const char *id, size_t length);
struct mention_year *mention_year(
	struct mention *mention, struct mention_station *station, int year);

/* Added to a year that does not have the element yet. */
struct mention_block *mention_add(
	struct mention *mention, struct mention_year *year, unsigned element);

/* The block's days are remembered, and it is the current parcel's no longer. */
void mention_hand_over(struct mention *mention, struct mention_block *held);

size_t mention_memory(const struct mention *mention);

#endif

/* What an object has mentioned so far: stations, their years, and the elements of
 * each. It outlives the parcels of the object, and remembers which days were in
 * those handed over. [worker] */
#ifndef ALMANAC_INGEST_PARSE_OBJECT_INDEX_H
#define ALMANAC_INGEST_PARSE_OBJECT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ingest/parse/batch.h"

/* One element of a year. */
struct object_index_block {
	struct object_index_block *next;
	struct batch_block *block; /* in the current parcel, or NULL */
	uint8_t *before;           /* bitmap of days in parcels before; NULL: none */
	unsigned element;          /* index into the source's table */
};

struct object_index_year {
	int year;
	int32_t start; /* its first day */
	uint32_t days;
	struct object_index_block *blocks, **end; /* in order of mention, no element twice */
};

struct object_index_station {
	char id[STATION_ID_MAX + 1];
	size_t length;
	uint32_t number;                  /* stations mentioned before it */
	bool kept;                        /* by a line of the current parcel */
	bool gathered;                    /* see assemble_gather() */
	struct object_index_year **years; /* sorted */
	size_t year_count, year_capacity;
	struct object_index_year *recent;       /* of its last day; NULL: none */
	struct object_index_station *following; /* after it when it was last mentioned */
};

/* Embedded by its owner; all zero is empty. */
struct object_index {
	struct arena stations;               /* owns them */
	struct arena arena;                  /* owns years and elements */
	struct object_index_station **table; /* by hash of the id; NULL: free */
	size_t table_size, station_count;
};

void object_index_finish(struct object_index *object_index);

/* Forgets everything. */
void object_index_clear(struct object_index *object_index);

/* Forgets years, elements and days. */
void object_index_forget_years(struct object_index *object_index);

/* Each is found, or added. */
struct object_index_station *object_index_station(
	struct object_index *object_index, const char *id, size_t length);
struct object_index_year *object_index_year(
	struct object_index *object_index, struct object_index_station *station, int year);

/* Added to a year that does not have the element yet. */
struct object_index_block *object_index_add(
	struct object_index *object_index, struct object_index_year *year, unsigned element);

/* The bitmap of its days that are remembered. */
uint8_t *object_index_days(struct object_index *object_index, struct object_index_block *held);

/* The block's days are remembered, and it is the current parcel's no longer. */
void object_index_hand_over(struct object_index *object_index, struct object_index_block *held);

size_t object_index_memory(const struct object_index *object_index);

/* Of that, what object_index_forget_years() leaves. */
size_t object_index_station_memory(const struct object_index *object_index);

#endif

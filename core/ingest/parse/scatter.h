/* Observations of many stations in one order of places: by station, as they were mentioned
 * first, year, element and day. */
#ifndef ALMANAC_INGEST_PARSE_SCATTER_H
#define ALMANAC_INGEST_PARSE_SCATTER_H

#include <almanac/plugin.h>
#include <stdint.h>

#include "base/date.h"
#include "ingest/parse/batch.h"
#include "ingest/parse/sorted_run.h"

/* Bits of a place, from the last one. */
enum {
	SCATTER_DAY_BITS = 9,
	SCATTER_ELEMENT_BITS = 16,
	SCATTER_YEAR_BITS = 9,
	SCATTER_STATION_BITS = 22,
	SCATTER_STATIONS_MAX = 1 << SCATTER_STATION_BITS,
	SCATTER_YEAR_SHIFT = SCATTER_DAY_BITS + SCATTER_ELEMENT_BITS,
	SCATTER_STATION_SHIFT = SCATTER_YEAR_SHIFT + SCATTER_YEAR_BITS
};

static inline void scatter_pack(struct record *to, uint32_t station, int year, int day_of_year,
	const struct alm_observation *from)
{
	const uint64_t place = (uint64_t)station << SCATTER_STATION_SHIFT |
			       (uint64_t)(year - BATCH_YEAR_MIN) << SCATTER_YEAR_SHIFT |
			       (uint64_t)from->element << SCATTER_DAY_BITS |
			       (uint64_t)day_of_year;

	*to = (struct record){ .key = place << RECORD_FLAG_BITS | (unsigned char)from->source,
		.value = from->value,
		.time = from->time,
		.measurement = from->measurement,
		.quality = from->quality };
}

static inline uint32_t scatter_station(const struct record *record)
{
	return (uint32_t)(record_place(record) >> SCATTER_STATION_SHIFT);
}

/* Station and year together. */
static inline uint64_t scatter_station_year(const struct record *record)
{
	return record_place(record) >> SCATTER_YEAR_SHIFT;
}

static inline int scatter_year(const struct record *record)
{
	return (int)(scatter_station_year(record) & ((1 << SCATTER_YEAR_BITS) - 1)) +
	       BATCH_YEAR_MIN;
}

/* `year_start`: the first day of scatter_year(). */
static inline struct alm_observation scatter_unpack(
	const struct record *from, int32_t year_start)
{
	const uint64_t place = record_place(from);

	return (struct alm_observation){
		.day = year_start + (int32_t)(place & ((1 << SCATTER_DAY_BITS) - 1)),
		.value = from->value,
		.element = (uint16_t)(place >> SCATTER_DAY_BITS),
		.time = from->time,
		.measurement = from->measurement,
		.quality = from->quality,
		.source = (char)(from->key & 0xFF),
	};
}

#endif

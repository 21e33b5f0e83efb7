#include "ingest/store/dirty.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"

enum { SMALLEST = 16, WORD_BITS = 64 };

void dirty_finish(struct dirty *dirty)
{
	free(dirty->stations);
	*dirty = (struct dirty){ 0 };
}

void dirty_clear(struct dirty *dirty)
{
	dirty->count = 0;
}

/* The entry of the station, if it is the last one; else a new one. */
static struct dirty_station *need_station(struct dirty *dirty, const char *id)
{
	struct dirty_station *station;

	if (dirty->count > 0 && strcmp(dirty->stations[dirty->count - 1].id, id) == 0) {
		return &dirty->stations[dirty->count - 1];
	}
	if (dirty->count == dirty->capacity) {
		dirty->capacity = dirty->capacity > 0 ? dirty->capacity * 2 : SMALLEST;
		dirty->stations = memory_resize(
			dirty->stations, dirty->capacity, sizeof(*dirty->stations));
	}
	station = &dirty->stations[dirty->count++];
	*station = (struct dirty_station){ .all = false };
	assert(strlen(id) <= STATION_ID_MAX);
	memcpy(station->id, id, strlen(id));
	return station;
}

void dirty_add(struct dirty *dirty, const char *id, int year)
{
	unsigned bit = (unsigned)(year - BATCH_YEAR_MIN);

	assert(year >= BATCH_YEAR_MIN && year <= BATCH_YEAR_MAX);
	need_station(dirty, id)->years[bit / WORD_BITS] |= (uint64_t)1 << (bit % WORD_BITS);
}

void dirty_add_all(struct dirty *dirty, const char *id)
{
	need_station(dirty, id)->all = true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(
		((const struct dirty_station *)a)->id, ((const struct dirty_station *)b)->id);
}

void dirty_sort(struct dirty *dirty)
{
	size_t kept = 0;

	if (dirty->count == 0) {
		return;
	}
	qsort(dirty->stations, dirty->count, sizeof(*dirty->stations), compare);
	for (size_t i = 1; i < dirty->count; i++) {
		struct dirty_station *last = &dirty->stations[kept];
		const struct dirty_station *next = &dirty->stations[i];

		if (strcmp(last->id, next->id) != 0) {
			dirty->stations[++kept] = *next;
			continue;
		}
		last->all = last->all || next->all;
		for (size_t w = 0; w < DIRTY_WORDS; w++) {
			last->years[w] |= next->years[w];
		}
	}
	dirty->count = kept + 1;
}

bool dirty_has_year(const struct dirty_station *station, int year)
{
	unsigned bit = (unsigned)(year - BATCH_YEAR_MIN);

	if (station->all) {
		return true;
	}
	return year >= BATCH_YEAR_MIN && year <= BATCH_YEAR_MAX &&
	       (station->years[bit / WORD_BITS] >> (bit % WORD_BITS) & 1) != 0;
}

bool dirty_has_period(
	const struct dirty_station *station, const struct period *period, uint32_t lead)
{
	int year = date_from_day(period->first_day - (int32_t)lead).year;
	int last = date_from_day(period->first_day + period->days - 1).year;

	while (year < last && !dirty_has_year(station, year)) {
		year++;
	}
	return dirty_has_year(station, year);
}

void dirty_range(const struct dirty_station *station, int *first, int *last)
{
	*first = BATCH_YEAR_MIN;
	*last = BATCH_YEAR_MAX;
	while (*first < *last && !dirty_has_year(station, *first)) {
		(*first)++;
	}
	while (*last > *first && !dirty_has_year(station, *last)) {
		(*last)--;
	}
}

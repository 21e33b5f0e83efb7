#include "ingest/store/touched.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SMALLEST = 16, WORD_BITS = 64 };

void touched_finish(struct touched *touched)
{
	free(touched->stations);
	*touched = (struct touched){ 0 };
}

void touched_clear(struct touched *touched)
{
	touched->count = 0;
}

/* The station, if it is the one added to last, or a new entry. */
static struct touched_station *need_station(struct touched *touched, const char *id)
{
	struct touched_station *station;

	if (touched->count > 0 && strcmp(touched->stations[touched->count - 1].id, id) == 0) {
		return &touched->stations[touched->count - 1];
	}
	if (touched->count == touched->capacity) {
		touched->capacity = touched->capacity > 0 ? touched->capacity * 2 : SMALLEST;
		touched->stations = memory_resize(
			touched->stations, touched->capacity, sizeof(*touched->stations));
	}
	station = &touched->stations[touched->count++];
	*station = (struct touched_station){ .all = false };
	assert(strlen(id) <= STATION_ID_MAX);
	memcpy(station->id, id, strlen(id));
	return station;
}

void touched_add(struct touched *touched, const char *id, int year)
{
	unsigned bit = (unsigned)(year - PARCEL_YEAR_MIN);

	assert(year >= PARCEL_YEAR_MIN && year <= PARCEL_YEAR_MAX);
	need_station(touched, id)->years[bit / WORD_BITS] |= (uint64_t)1 << (bit % WORD_BITS);
}

void touched_add_all(struct touched *touched, const char *id)
{
	need_station(touched, id)->all = true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct touched_station *)a)->id,
		((const struct touched_station *)b)->id);
}

void touched_settle(struct touched *touched)
{
	size_t kept = 0;

	if (touched->count == 0) {
		return;
	}
	qsort(touched->stations, touched->count, sizeof(*touched->stations), compare);
	for (size_t i = 1; i < touched->count; i++) {
		struct touched_station *last = &touched->stations[kept];
		const struct touched_station *next = &touched->stations[i];

		if (strcmp(last->id, next->id) != 0) {
			touched->stations[++kept] = *next;
			continue;
		}
		last->all = last->all || next->all;
		for (size_t w = 0; w < TOUCHED_WORDS; w++) {
			last->years[w] |= next->years[w];
		}
	}
	touched->count = kept + 1;
}

bool touched_has_year(const struct touched_station *station, int year)
{
	unsigned bit = (unsigned)(year - PARCEL_YEAR_MIN);

	if (station->all) {
		return true;
	}
	return year >= PARCEL_YEAR_MIN && year <= PARCEL_YEAR_MAX &&
	       (station->years[bit / WORD_BITS] >> (bit % WORD_BITS) & 1) != 0;
}

bool touched_has_period(const struct touched_station *station, const struct period *period)
{
	bool has_december = period->kind == ALM_SEASON && period->part == 1;

	return touched_has_year(station, period->year) ||
	       (has_december && touched_has_year(station, period->year - 1));
}

void touched_range(const struct touched_station *station, int *first, int *last)
{
	*first = PARCEL_YEAR_MIN;
	*last = PARCEL_YEAR_MAX;
	while (*first < *last && !touched_has_year(station, *first)) {
		(*first)++;
	}
	while (*last > *first && !touched_has_year(station, *last)) {
		(*last)--;
	}
}

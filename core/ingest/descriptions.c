#include "ingest/descriptions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

enum { SMALLEST = 16 };

struct description {
	struct alm_station station;
	size_t order; /* qsort() is not stable, and the last one counts */
};

void descriptions_finish(struct descriptions *descriptions)
{
	free(descriptions->list);
	*descriptions = (struct descriptions){ 0 };
}

bool descriptions_is_id(const char *id, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = id[i];

		if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') &&
			c != '_' && c != '-' && c != '.') {
			return false;
		}
	}
	return length > 0 && length <= STATION_ID_MAX;
}

static bool is_text(const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	return length <= DESCRIPTION_TEXT_MAX && utf8_is_plain(text, length);
}

static bool is_within(double value, double min, double max)
{
	return isnan(value) || (value >= min && value <= max);
}

static const char *check(const struct alm_station *station)
{
	if (station->id == NULL || !descriptions_is_id(station->id, strlen(station->id))) {
		return "the station id is not 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'";
	}
	if (!is_text(station->name) || !is_text(station->country) || !is_text(station->state) ||
		!is_text(station->wmo_id)) {
		return "name, country, state or WMO id is not UTF-8 text of at most 200 bytes";
	}
	if (!is_within(station->latitude, -90, 90)) {
		return "the latitude is not within -90 to 90 degrees";
	}
	if (!is_within(station->longitude, -180, 180)) {
		return "the longitude is not within -180 to 180 degrees";
	}
	if (!is_within(
		    station->elevation, DESCRIPTION_ELEVATION_MIN, DESCRIPTION_ELEVATION_MAX)) {
		return "the elevation is not within -500 to 9000 m";
	}
	return NULL;
}

/* NULL for what is not known. */
static const char *copy(struct arena *arena, const char *text)
{
	return text != NULL && text[0] != '\0' ? arena_copy(arena, text, strlen(text)) : NULL;
}

const char *descriptions_add(struct descriptions *descriptions, struct arena *arena,
	const struct alm_station *station)
{
	const char *reason = check(station);

	if (reason != NULL) {
		return reason;
	}
	if (descriptions->count == descriptions->capacity) {
		descriptions->capacity = descriptions->capacity * 2 + SMALLEST;
		descriptions->list = memory_resize(descriptions->list, descriptions->capacity,
			sizeof(*descriptions->list));
	}
	descriptions->list[descriptions->count] = (struct description){
		.order = descriptions->count,
		.station = { .id = copy(arena, station->id),
			.name = copy(arena, station->name),
			.latitude = station->latitude,
			.longitude = station->longitude,
			.elevation = station->elevation,
			.country = copy(arena, station->country),
			.state = copy(arena, station->state),
			.wmo_id = copy(arena, station->wmo_id) },
	};
	descriptions->count++;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct description *x = a, *y = b;
	int order = strcmp(x->station.id, y->station.id);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

void descriptions_hand_over(struct descriptions *descriptions, struct parcel *parcel)
{
	struct description *list = descriptions->list;
	size_t count = descriptions->kept;

	if (count > 0) {
		qsort(list, count, sizeof(*list), compare);
		parcel->descriptions =
			arena_alloc(&parcel->arena, count * sizeof(*parcel->descriptions));
	}
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || strcmp(list[i].station.id, list[i + 1].station.id) != 0) {
			parcel->descriptions[parcel->description_count++] = list[i].station;
		}
	}
	descriptions_clear(descriptions);
}

#include "ingest/parse/descriptions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "plugin/station.h"

enum {
	SMALLEST = 16,
	WMO_DIGITS = 5,
	/* Of ABI 1.0, and of what no minor version will reach. */
	STATION_SIZE_MIN = offsetof(struct alm_station, wmo_id) + sizeof(const char *),
	STATION_SIZE_MAX = 4096
};

struct description {
	struct alm_station station;
	size_t order; /* qsort() is not stable, and the last one counts */
};

void descriptions_finish(struct descriptions *descriptions)
{
	free(descriptions->list);
	*descriptions = (struct descriptions){ 0 };
}

const char *descriptions_id_flaw(const char *id, size_t length)
{
	bool known = true;

	for (size_t i = 0; i < length; i++) {
		char c = id[i];

		known &= (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			 (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
	}
	if (!known || length == 0 || length > STATION_ID_MAX) {
		return "1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'";
	}
	if (length <= 2 && strncmp(id, "..", length) == 0) {
		return "clients take '.' and '..' out of a URL, so that nobody could ask for it";
	}
	return NULL;
}

/* What may be wrong with a text, NULL and "" not. */
struct text_reasons {
	const char *too_long, *no_utf8, *controls;
};

#define TEXT_REASONS(what) \
	{ \
		"the " what " has more than 200 bytes", "the " what " is not UTF-8", \
			"the " what " holds a control character, such as a tab" \
	}

static const char *check_text(const char *text, const struct text_reasons *reasons)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (length > DESCRIPTION_TEXT_MAX) {
		return reasons->too_long;
	}
	for (size_t i = 0, n; i < length; i += n) {
		n = utf8_sequence(text + i, length - i);
		if (n == 0) {
			return reasons->no_utf8;
		}
	}
	return length == 0 || utf8_is_plain(text, length) ? NULL : reasons->controls;
}

static const char *check_texts(const struct alm_station *station)
{
	static const struct text_reasons reasons[] = { TEXT_REASONS("name"),
		TEXT_REASONS("country"), TEXT_REASONS("state"), TEXT_REASONS("WMO id") };
	const char *const texts[] = { station->name, station->country, station->state,
		station->wmo_id };
	const char *reason = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && reason == NULL; i++) {
		reason = check_text(texts[i], &reasons[i]);
	}
	return reason;
}

static bool is_wmo_id(const char *id)
{
	return strlen(id) == WMO_DIGITS && strspn(id, "0123456789") == WMO_DIGITS;
}

/* What is not known is NAN by then. */
static bool is_within(double value, double min, double max)
{
	return isnan(value) || (value >= min && value <= max);
}

/* A station as the plugin filled it in, of whatever size its minor version knows; numbers
 * that are not known become NAN. */
static struct alm_station take_over(const struct alm_station *given)
{
	struct alm_station station = { 0 };

	memcpy(&station, given, given->size < sizeof(station) ? given->size : sizeof(station));
	station.size = sizeof(station);
	if ((station.has & ALM_HAS_POSITION) == 0) {
		station.latitude = station.longitude = NAN;
	}
	if ((station.has & ALM_HAS_ELEVATION) == 0) {
		station.elevation = NAN;
	}
	return station;
}

static bool has_numbers(const struct alm_station *station)
{
	const bool placed = !isnan(station->latitude) && !isnan(station->longitude);

	return ((station->has & ALM_HAS_POSITION) == 0 || placed) &&
	       ((station->has & ALM_HAS_ELEVATION) == 0 || !isnan(station->elevation));
}

bool descriptions_is_sized(const struct alm_station *station)
{
	return station->size >= STATION_SIZE_MIN && station->size <= STATION_SIZE_MAX;
}

static const char *check(const struct alm_station *station)
{
	const char *reason = check_texts(station);

	if (station->id == NULL ||
		descriptions_id_flaw(station->id, strlen(station->id)) != NULL) {
		return "the station id is not 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.', or it is "
		       "'.' or '..'";
	}
	if (reason != NULL) {
		return reason;
	}
	if (station->wmo_id != NULL && station->wmo_id[0] != '\0' &&
		!is_wmo_id(station->wmo_id)) {
		return "the WMO id is not five digits";
	}
	if ((station->has & ~(uint32_t)(ALM_HAS_POSITION | ALM_HAS_ELEVATION)) != 0) {
		return "the member 'has' of the station has bits that are not known";
	}
	if (!has_numbers(station)) {
		return "the position or elevation is said to be known, but is not a number";
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

const char *descriptions_add(
	struct descriptions *descriptions, struct arena *arena, const struct alm_station *given)
{
	const struct alm_station taken = take_over(given), *station = &taken;
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
		.station =
			station_complete((struct alm_station){ .id = copy(arena, station->id),
				.name = copy(arena, station->name),
				.latitude = station->latitude,
				.longitude = station->longitude,
				.elevation = station->elevation,
				.country = copy(arena, station->country),
				.state = copy(arena, station->state),
				.wmo_id = copy(arena, station->wmo_id) }),
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

void descriptions_hand_over(struct descriptions *descriptions, struct batch *batch)
{
	struct description *list = descriptions->list;
	size_t count = descriptions->kept;

	if (count > 0) {
		qsort(list, count, sizeof(*list), compare);
		batch->descriptions =
			arena_alloc(&batch->arena, count * sizeof(*batch->descriptions));
	}
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || strcmp(list[i].station.id, list[i + 1].station.id) != 0) {
			batch->descriptions[batch->description_count++] = list[i].station;
		}
	}
	descriptions_clear(descriptions);
}

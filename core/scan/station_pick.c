#include "scan/station_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { CENTIMETRES = 100000 /* of a kilometre */ };
/* Distances, below 2^31 cm, are sorted by so many bits at a time. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, DISTANCE_BITS = 31 };

struct picked {
	uint32_t distance; /* cm */
	uint32_t station;  /* index into the catalog */
};

void station_picking_begin(struct station_picking *picking, const struct scan *scan,
	const struct station_filter *filter, bool nearest)
{
	*picking = (struct station_picking){ .filter = filter, .nearest = nearest };
	picking->list = memory_resize(NULL, scan->station_count + 1, sizeof(*picking->list));
}

void station_picking_finish(struct station_picking *picking)
{
	free(picking->list);
	free(picking->spare);
	*picking = (struct station_picking){ 0 };
}

size_t station_picking_size(const struct scan *scan, bool nearest)
{
	return scan->station_count *
	       ((nearest ? 2 : 1) * sizeof(struct picked) + 2 * sizeof(uint32_t));
}

static void try_station(struct station_picking *picking, const struct scan *scan, size_t i)
{
	double km = 0;

	if (station_filter_passes(picking->filter, scan_station(scan, i), &km)) {
		picking->list[picking->count++] = (struct picked){ (uint32_t)(km * CENTIMETRES),
			scan->stations != NULL ? scan->stations[i] : (uint32_t)i };
	}
}

/* -- By distance -------------------------------------------------------- */

/* Sorts by one digit of the distance, stably. */
static void sort_digit(
	const struct picked *from, struct picked *to, size_t count, unsigned shift)
{
	size_t places[DIGITS + 1] = { 0 };

	for (size_t i = 0; i < count; i++) {
		places[(from[i].distance >> shift & (DIGITS - 1)) + 1]++;
	}
	for (size_t digit = 0; digit < DIGITS; digit++) {
		places[digit + 1] += places[digit];
	}
	for (size_t i = 0; i < count; i++) {
		to[places[from[i].distance >> shift & (DIGITS - 1)]++] = from[i];
	}
}

/* One digit of a radix sort, since there may be a hundred thousand stations. */
static void sort_next_digit(struct station_picking *picking)
{
	struct picked *sorted = picking->spare;

	if (sorted == NULL) {
		sorted = memory_resize(NULL, picking->count + 1, sizeof(*sorted));
	}
	sort_digit(picking->list, sorted, picking->count, picking->shift);
	picking->spare = picking->list;
	picking->list = sorted;
	picking->shift += DIGIT_BITS;
}

/* Gives the scan the stations picked. */
static void set_stations(
	struct station_picking *picking, struct scan *scan, struct arena *arena)
{
	size_t count = picking->count;
	uint32_t *stations = arena_take(arena, (count + 1) * sizeof(*stations));
	int32_t *keys =
		picking->nearest ? arena_take(arena, (count + 1) * sizeof(*keys)) : NULL;

	for (size_t i = 0; i < count; i++) {
		stations[i] = picking->list[i].station;
		if (keys != NULL) {
			keys[i] = (int32_t)picking->list[i].distance;
		}
	}
	scan->stations = stations;
	scan->keys = keys;
	scan->station_count = count;
	station_picking_finish(picking);
}

bool station_picking_go_on(
	struct station_picking *picking, struct scan *scan, size_t effort, struct arena *arena)
{
	size_t left = scan->station_count - picking->at;
	size_t end = picking->at + (left < effort ? left : effort);

	if (left > 0) {
		for (; picking->at < end; picking->at++) {
			try_station(picking, scan, picking->at);
		}
	} else if (picking->nearest && picking->shift < DISTANCE_BITS) {
		sort_next_digit(picking);
	}
	if (picking->at < scan->station_count ||
		(picking->nearest && picking->count > 1 && picking->shift < DISTANCE_BITS)) {
		return false;
	}
	set_stations(picking, scan, arena);
	return true;
}

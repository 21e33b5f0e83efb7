#include "http/station_pick.h"

enum { CENTIMETRES = 100000 /* of a kilometre */ };
/* Distances, below 2^31 cm, are sorted by so many bits at a time. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, DISTANCE_BITS = 31 };

struct picked {
	uint32_t distance; /* cm */
	uint32_t station;  /* index into the catalog */
};

static uint32_t index_of(const struct walk *walk, size_t i)
{
	return walk->stations != NULL ? walk->stations[i] : (uint32_t)i;
}

void station_pick(struct walk *walk, const struct station_filter *filter, struct arena *arena)
{
	uint32_t *stations = arena_take(arena, (walk->station_count + 1) * sizeof(*stations));
	size_t count = 0;
	double km;

	for (size_t i = 0; i < walk->station_count; i++) {
		if (station_filter_passes(filter, walk_station(walk, i), &km)) {
			stations[count++] = index_of(walk, i);
		}
	}
	walk->stations = stations;
	walk->station_count = count;
}

/* -- By distance -------------------------------------------------------- */

static size_t pick(
	const struct walk *walk, const struct station_filter *filter, struct picked *list)
{
	size_t count = 0;
	double km;

	for (size_t i = 0; i < walk->station_count; i++) {
		if (station_filter_passes(filter, walk_station(walk, i), &km)) {
			list[count++] = (struct picked){ (uint32_t)(km * CENTIMETRES),
				index_of(walk, i) };
		}
	}
	return count;
}

/* By one digit of the distance; those that have the same one stay in order. */
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

/* A radix sort: there may be all stations of the world to sort, on a loop. Returns where the
 * result is, of the two. */
static const struct picked *sort(struct picked *list, struct picked *spare, size_t count)
{
	for (unsigned shift = 0; shift < DISTANCE_BITS; shift += DIGIT_BITS) {
		struct picked *sorted = spare;

		sort_digit(list, sorted, count, shift);
		spare = list;
		list = sorted;
	}
	return list;
}

void station_pick_nearest(
	struct walk *walk, const struct station_filter *filter, struct arena *arena)
{
	size_t size = (walk->station_count + 1) * sizeof(struct picked);
	struct picked *list = arena_take(arena, size);
	size_t count = pick(walk, filter, list);
	const struct picked *sorted = sort(list, arena_take(arena, size), count);
	uint32_t *stations = arena_take(arena, (count + 1) * sizeof(*stations));
	int32_t *keys = arena_take(arena, (count + 1) * sizeof(*keys));

	for (size_t i = 0; i < count; i++) {
		stations[i] = sorted[i].station;
		keys[i] = (int32_t)sorted[i].distance;
	}
	walk->stations = stations;
	walk->keys = keys;
	walk->station_count = count;
}

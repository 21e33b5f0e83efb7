#include "ingest/parse/object_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/date.h"
#include "base/memory.h"

enum {
	TABLE_SMALLEST = 64, /* stations; a power of two */
	YEARS_SMALLEST = 4
};

void object_index_finish(struct object_index *object_index)
{
	arena_finish(&object_index->stations);
	arena_finish(&object_index->arena);
	free(object_index->table);
	*object_index = (struct object_index){ 0 };
}

void object_index_clear(struct object_index *object_index)
{
	if (object_index->table_size > TABLE_SMALLEST) {
		object_index_finish(object_index);
		return;
	}
	arena_reset(&object_index->stations);
	arena_reset(&object_index->arena);
	if (object_index->table != NULL) {
		memset(object_index->table, 0,
			object_index->table_size * sizeof(*object_index->table));
	}
	object_index->station_count = 0;
}

void object_index_forget_years(struct object_index *object_index)
{
	arena_finish(&object_index->arena);
	for (size_t i = 0; i < object_index->table_size; i++) {
		struct object_index_station *station = object_index->table[i];

		if (station != NULL) {
			station->years = NULL;
			station->recent = NULL;
			station->year_count = station->year_capacity = 0;
		}
	}
}

/* Where a station is in the table, or would be: the table is never full. */
static struct object_index_station **find_slot(
	const struct object_index *object_index, const char *id, size_t length)
{
	size_t mask = object_index->table_size - 1;
	size_t i = (size_t)XXH3_64bits(id, length) & mask;

	for (;; i = (i + 1) & mask) {
		const struct object_index_station *station = object_index->table[i];

		if (station == NULL ||
			(station->length == length && memcmp(station->id, id, length) == 0)) {
			return &object_index->table[i];
		}
	}
}

/* Keeps the table at most half full. */
static void grow_table(struct object_index *object_index)
{
	size_t old_size = object_index->table_size;
	struct object_index_station **old = object_index->table;

	if (object_index->station_count < old_size / 2) {
		return;
	}
	object_index->table_size = old_size > 0 ? old_size * 2 : TABLE_SMALLEST;
	object_index->table =
		memory_array(object_index->table_size, sizeof(struct object_index_station *));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != NULL) {
			*find_slot(object_index, old[i]->id, old[i]->length) = old[i];
		}
	}
	free(old);
}

struct object_index_station *object_index_station(
	struct object_index *object_index, const char *id, size_t length)
{
	struct object_index_station **slot;

	assert(length > 0 && length <= STATION_ID_MAX);
	grow_table(object_index);
	slot = find_slot(object_index, id, length);
	if (*slot == NULL) {
		*slot = arena_alloc(
			&object_index->stations, sizeof(struct object_index_station));
		memcpy((*slot)->id, id, length);
		(*slot)->length = length;
		(*slot)->number = (uint32_t)object_index->station_count++;
	}
	return *slot;
}

/* Where a year is, or would be. */
static size_t find_year(const struct object_index_station *station, int year)
{
	size_t low = 0, high = station->year_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (station->years[middle]->year < year) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void grow_years(struct object_index *object_index, struct object_index_station *station)
{
	size_t used = station->year_count * sizeof(struct object_index_year *);
	size_t capacity =
		station->year_capacity > 0 ? station->year_capacity * 2 : YEARS_SMALLEST;
	struct object_index_year **years = arena_alloc(
		&object_index->arena, capacity * sizeof(struct object_index_year *));

	if (used > 0) {
		memcpy(years, station->years, used);
	}
	station->years = years;
	station->year_capacity = capacity;
}

struct object_index_year *object_index_year(
	struct object_index *object_index, struct object_index_station *station, int year)
{
	size_t at = find_year(station, year);
	struct object_index_year *added;

	if (at < station->year_count && station->years[at]->year == year) {
		return station->years[at];
	}
	if (station->year_count == station->year_capacity) {
		grow_years(object_index, station);
	}
	memmove(station->years + at + 1, station->years + at,
		(station->year_count - at) * sizeof(struct object_index_year *));
	station->year_count++;
	station->years[at] = added =
		arena_alloc(&object_index->arena, sizeof(struct object_index_year));
	*added = (struct object_index_year){ .year = year,
		.start = date_year_start(year),
		.days = (uint32_t)date_year_days(year),
		.end = &added->blocks };
	return station->years[at];
}

struct object_index_block *object_index_add(
	struct object_index *object_index, struct object_index_year *year, unsigned element)
{
	struct object_index_block *held = arena_alloc(&object_index->arena, sizeof(*held));

	held->element = element;
	*year->end = held;
	year->end = &held->next;
	return held;
}

uint8_t *object_index_days(struct object_index *object_index, struct object_index_block *held)
{
	if (held->before == NULL) {
		held->before = arena_alloc(&object_index->arena, BLOCK_BITMAP);
	}
	return held->before;
}

void object_index_hand_over(struct object_index *object_index, struct object_index_block *held)
{
	uint8_t *before = object_index_days(object_index, held);

	for (int day = 0; day < BLOCK_DAYS_MAX; day++) {
		bool reported = held->block->values[day] != BLOCK_NOT_REPORTED;

		before[day / 8] |= (uint8_t)(reported << (day % 8));
	}
	held->block = NULL;
}

size_t object_index_memory(const struct object_index *object_index)
{
	return object_index->arena.total + object_index_station_memory(object_index);
}

size_t object_index_station_memory(const struct object_index *object_index)
{
	return object_index->stations.total +
	       object_index->table_size * sizeof(struct object_index_station *);
}

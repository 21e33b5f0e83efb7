#include "ingest/parse/mention.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"

enum {
	TABLE_SMALLEST = 64, /* stations; a power of two */
	YEARS_SMALLEST = 4
};

void mention_finish(struct mention *mention)
{
	arena_finish(&mention->arena);
	free(mention->table);
	*mention = (struct mention){ 0 };
}

void mention_clear(struct mention *mention)
{
	if (mention->table_size > TABLE_SMALLEST) {
		mention_finish(mention);
		return;
	}
	arena_reset(&mention->arena);
	if (mention->table != NULL) {
		memset(mention->table, 0, mention->table_size * sizeof(*mention->table));
	}
	mention->station_count = 0;
}

/* Where a station is in the table, or would be: the table is never full. */
static struct mention_station **find_slot(
	const struct mention *mention, const char *id, size_t length)
{
	size_t mask = mention->table_size - 1;
	size_t i = (size_t)XXH3_64bits(id, length) & mask;

	for (;; i = (i + 1) & mask) {
		const struct mention_station *station = mention->table[i];

		if (station == NULL ||
			(station->length == length && memcmp(station->id, id, length) == 0)) {
			return &mention->table[i];
		}
	}
}

/* Keeps the table at most half full. */
static void grow_table(struct mention *mention)
{
	size_t old_size = mention->table_size;
	struct mention_station **old = mention->table;

	if (mention->station_count < old_size / 2) {
		return;
	}
	mention->table_size = old_size > 0 ? old_size * 2 : TABLE_SMALLEST;
	mention->table = memory_array(mention->table_size, sizeof(struct mention_station *));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != NULL) {
			*find_slot(mention, old[i]->id, old[i]->length) = old[i];
		}
	}
	free(old);
}

struct mention_station *mention_station(struct mention *mention, const char *id, size_t length)
{
	struct mention_station **slot;

	assert(length > 0 && length <= STATION_ID_MAX);
	grow_table(mention);
	slot = find_slot(mention, id, length);
	if (*slot == NULL) {
		*slot = arena_alloc(&mention->arena, sizeof(struct mention_station));
		memcpy((*slot)->id, id, length);
		(*slot)->length = length;
		mention->station_count++;
	}
	return *slot;
}

/* Where a year is, or would be. */
static size_t find_year(const struct mention_station *station, int year)
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

static void grow_years(struct mention *mention, struct mention_station *station)
{
	size_t used = station->year_count * sizeof(struct mention_year *);
	size_t capacity =
		station->year_capacity > 0 ? station->year_capacity * 2 : YEARS_SMALLEST;
	struct mention_year **years =
		arena_alloc(&mention->arena, capacity * sizeof(struct mention_year *));

	if (used > 0) {
		memcpy(years, station->years, used);
	}
	station->years = years;
	station->year_capacity = capacity;
}

struct mention_year *mention_year(
	struct mention *mention, struct mention_station *station, int year)
{
	size_t at = find_year(station, year);

	if (at < station->year_count && station->years[at]->year == year) {
		return station->years[at];
	}
	if (station->year_count == station->year_capacity) {
		grow_years(mention, station);
	}
	memmove(station->years + at + 1, station->years + at,
		(station->year_count - at) * sizeof(struct mention_year *));
	station->year_count++;
	station->years[at] = arena_alloc(&mention->arena, sizeof(struct mention_year));
	station->years[at]->year = year;
	return station->years[at];
}

struct mention_block *mention_add(
	struct mention *mention, struct mention_year *year, unsigned element)
{
	struct mention_block *held = arena_alloc(&mention->arena, sizeof(*held));

	held->element = element;
	held->next = year->blocks;
	year->blocks = held;
	return held;
}

void mention_hand_over(struct mention *mention, struct mention_block *held)
{
	if (held->before == NULL) {
		held->before = arena_alloc(&mention->arena, BLOCK_BITMAP);
	}
	for (int day = 0; day < BLOCK_DAYS_MAX; day++) {
		bool reported = held->block->values[day] != BLOCK_NOT_REPORTED;

		held->before[day / 8] |= (uint8_t)(reported << (day % 8));
	}
	held->block = NULL;
}

size_t mention_memory(const struct mention *mention)
{
	return mention->arena.total + mention->table_size * sizeof(struct mention_station *);
}

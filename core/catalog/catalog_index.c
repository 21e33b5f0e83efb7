/* What sums up the stations of a catalog: codes, ids with small letters, years. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/catalog_data.h"

/* -- Codes -------------------------------------------------------------- */

static size_t seek_code(const struct catalog_codes *codes, const char *code)
{
	size_t low = 0, high = codes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(codes->list[middle], code) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* The list has room for twice as many codes whenever their number is a power of two. */
static void add_code(struct arena *arena, struct catalog_codes *codes, const char *code)
{
	size_t at = code != NULL ? seek_code(codes, code) : 0;

	if (code == NULL || (at < codes->count && strcmp(codes->list[at], code) == 0)) {
		return;
	}
	if ((codes->count & (codes->count - 1)) == 0) {
		const char **list = arena_take(arena, 2 * (codes->count + 1) * sizeof(*list));

		if (codes->count > 0) {
			memcpy(list, codes->list, codes->count * sizeof(*list));
		}
		codes->list = list;
	}
	memmove(&codes->list[at + 1], &codes->list[at],
		(codes->count - at) * sizeof(*codes->list));
	codes->list[at] = code;
	codes->count++;
}

/* -- Ids ---------------------------------------------------------------- */

static bool has_small(const char *id)
{
	while (*id != '\0' && (*id < 'a' || *id > 'z')) {
		id++;
	}
	return *id != '\0';
}

struct small_id {
	const char *id;
	uint32_t station;
};

static int compare_ids(const void *a, const void *b)
{
	return strcasecmp(((const struct small_id *)a)->id, ((const struct small_id *)b)->id);
}

static void set_small_ids(struct catalog_data *data, size_t count)
{
	struct catalog *catalog = &data->catalog;
	struct small_id *sorted;
	uint32_t *list;
	size_t n = 0;

	if (count == 0) {
		return;
	}
	sorted = arena_take(&data->arena, count * sizeof(*sorted));
	list = arena_take(&data->arena, count * sizeof(*list));
	for (size_t i = 0; i < catalog->station_count; i++) {
		if (has_small(catalog->stations[i]->id)) {
			sorted[n++] =
				(struct small_id){ catalog->stations[i]->id, (uint32_t)i };
		}
	}
	qsort(sorted, n, sizeof(*sorted), compare_ids);
	for (size_t i = 0; i < n; i++) {
		list[i] = sorted[i].station;
	}
	catalog->small_ids = list;
	catalog->small_id_count = n;
}

/* -- All ---------------------------------------------------------------- */

static void add_years(struct catalog *catalog, const struct catalog_station *station)
{
	const struct catalog_block *first, *last;

	if (station->block_count == 0) {
		return;
	}
	first = &station->blocks[0];
	last = &station->blocks[station->block_count - 1];
	if (catalog->last_year < catalog->first_year) {
		catalog->first_year = first->year;
		catalog->last_year = last->year;
	}
	catalog->first_year =
		first->year < catalog->first_year ? first->year : catalog->first_year;
	catalog->last_year = last->year > catalog->last_year ? last->year : catalog->last_year;
}

void catalog_index(struct catalog_data *data)
{
	struct catalog *catalog = &data->catalog;
	size_t small = 0;

	catalog->last_year = catalog->first_year - 1;
	for (size_t i = 0; i < catalog->station_count; i++) {
		const struct catalog_station *station = catalog->stations[i];

		add_code(&data->arena, &catalog->states, station->state);
		add_code(&data->arena, &catalog->countries, station->country);
		add_years(catalog, station);
		small += has_small(station->id);
	}
	set_small_ids(data, small);
}

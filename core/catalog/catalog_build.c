/* Drafts of stations, and the compact stations built from them. */
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/catalog_data.h"

enum { ROOM_FIRST = 32 };

void draft_init(struct station_draft *draft, size_t calculator_count)
{
	*draft = (struct station_draft){ 0 };
	draft->periods = memory_array(calculator_count, sizeof(*draft->periods));
	draft->period_counts = memory_array(calculator_count, sizeof(*draft->period_counts));
	draft->period_rooms = memory_array(calculator_count, sizeof(*draft->period_rooms));
}

void draft_finish(struct station_draft *draft, size_t calculator_count)
{
	for (size_t i = 0; i < calculator_count; i++) {
		free(draft->periods[i]);
	}
	free(draft->periods);
	free(draft->period_counts);
	free(draft->period_rooms);
	free(draft->blocks);
	free(draft->bitmaps);
}

/* Returns the array with room for one more. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room) {
		return array;
	}
	*room = *room > 0 ? *room * 2 : ROOM_FIRST;
	return memory_resize(array, *room, size);
}

int draft_add_block(
	struct station_draft *draft, const struct catalog_block *block, const uint8_t *reported)
{
	struct catalog_block *added;

	if (draft->bitmap_count == CATALOG_WHOLE_YEAR) {
		return -1;
	}
	draft->blocks = grow(
		draft->blocks, draft->block_count, &draft->block_room, sizeof(*draft->blocks));
	added = &draft->blocks[draft->block_count++];
	*added = *block;
	added->bitmap = CATALOG_WHOLE_YEAR;
	if (reported != NULL) {
		added->bitmap = (uint16_t)draft->bitmap_count;
		draft->bitmaps = grow(draft->bitmaps, draft->bitmap_count, &draft->bitmap_room,
			sizeof(*draft->bitmaps));
		memcpy(draft->bitmaps[draft->bitmap_count++], reported, BLOCK_BITMAP);
	}
	return 0;
}

void draft_add_period(struct station_draft *draft, size_t calculator, int32_t key)
{
	size_t count = draft->period_counts[calculator];

	draft->periods[calculator] = grow(draft->periods[calculator], count,
		&draft->period_rooms[calculator], sizeof(int32_t));
	draft->periods[calculator][count] = key;
	draft->period_counts[calculator]++;
}

/* Layout of one allocation, done twice: first to measure (`to` is NULL), then to copy. */
struct layout {
	unsigned char *to;
	size_t used;
};

static void *lay(struct layout *layout, const void *what, size_t size)
{
	const size_t align = alignof(max_align_t);
	void *place = layout->to != NULL ? layout->to + layout->used : NULL;

	layout->used += (size + align - 1) / align * align;
	if (place != NULL && what != NULL && size > 0) {
		memcpy(place, what, size);
	}
	return place;
}

static const char *lay_text(struct layout *layout, const char *text)
{
	return text != NULL ? lay(layout, text, strlen(text) + 1) : NULL;
}

static void lay_station(struct layout *layout, const struct station_draft *draft,
	size_t calculator_count, struct catalog_station *station)
{
	const int32_t **periods =
		lay(layout, draft->periods, calculator_count * sizeof(*draft->periods));

	for (size_t i = 0; i < calculator_count; i++) {
		const int32_t *keys =
			lay(layout, draft->periods[i], draft->period_counts[i] * sizeof(*keys));

		if (periods != NULL) {
			periods[i] = keys;
		}
	}
	*station = draft->station;
	station->id = lay_text(layout, draft->station.id);
	station->name = lay_text(layout, draft->station.name);
	station->folded = lay_text(layout, draft->station.folded);
	station->country = lay_text(layout, draft->station.country);
	station->state = lay_text(layout, draft->station.state);
	station->wmo_id = lay_text(layout, draft->station.wmo_id);
	station->block_count = draft->block_count;
	station->blocks =
		lay(layout, draft->blocks, draft->block_count * sizeof(*draft->blocks));
	station->bitmaps =
		lay(layout, draft->bitmaps, draft->bitmap_count * sizeof(*draft->bitmaps));
	station->periods = periods;
	station->period_counts = lay(
		layout, draft->period_counts, calculator_count * sizeof(*draft->period_counts));
}

static int compare_blocks(const void *a, const void *b)
{
	const struct catalog_block *left = a, *right = b;

	return left->year != right->year ? left->year - right->year
					 : left->element - right->element;
}

static int compare_periods(const void *a, const void *b)
{
	const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left > right) - (left < right);
}

/* Sorts; qsort() must not get NULL, even for no members. */
static void sort(
	void *array, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
	if (count > 1) {
		qsort(array, count, size, compare);
	}
}

struct station_data *draft_build(struct station_draft *draft, size_t calculator_count)
{
	struct layout layout = { 0 };
	struct catalog_station measured;
	struct station_data *data;

	sort(draft->blocks, draft->block_count, sizeof(*draft->blocks), compare_blocks);
	for (size_t i = 0; i < calculator_count; i++) {
		sort(draft->periods[i], draft->period_counts[i], sizeof(int32_t),
			compare_periods);
	}
	lay(&layout, NULL, sizeof(*data));
	lay_station(&layout, draft, calculator_count, &measured);
	data = memory_array(layout.used, 1);
	layout = (struct layout){ (unsigned char *)data, 0 };
	lay(&layout, NULL, sizeof(*data));
	lay_station(&layout, draft, calculator_count, &data->station);
	atomic_init(&data->holders, 1);
	return data;
}

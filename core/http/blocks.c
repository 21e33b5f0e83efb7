#include "http/blocks.h"

#include <string.h>

#include "db/block.h"
#include "http/loop.h"
#include "http/reply.h"

enum { BLOCKS_MAX = 20000 /* of an answer: some ten megabytes */ };

void blocks_elements(struct plan *plan, struct blocks *blocks)
{
	const struct catalog *catalog = plan->request->catalog;
	const struct selection *selection = &plan->selection;
	bool all = selection->element_count == 0;
	size_t count = all ? catalog->element_count : selection->element_count;
	const char **elements =
		arena_alloc(&plan->request->arena, (count + 1) * sizeof(*elements));

	for (size_t i = 0; i < count; i++) {
		long at = all ? (long)i : catalog_find_element(catalog, selection->elements[i]);

		elements[i] = at >= 0 ? catalog->elements[at].code : selection->elements[i];
	}
	blocks->elements = elements;
	blocks->element_count = count;
}

int blocks_fetch(struct plan *plan, struct blocks *blocks, fetch_done_fn *done)
{
	size_t count;

	blocks_elements(plan, blocks);
	count = plan->part_count * blocks->element_count;
	if (count > BLOCKS_MAX) {
		reply_problem(plan->request, &(struct problem){ .status = 422 },
			"this needs %zu station-years of an element, and one answer may need %d: ask "
			"for fewer stations or elements, or for a smaller page",
			count, BLOCKS_MAX);
		return -1;
	}
	blocks->fetch = (struct block_fetch){ .fetch.done = done,
		.parts = plan->parts,
		.part_count = plan->part_count,
		.elements = blocks->elements,
		.element_count = blocks->element_count,
		.blocks = arena_alloc(
			&plan->request->arena, (count + 1) * sizeof(*blocks->fetch.blocks)) };
	fetch_blocks(plan->request->loop->fetcher, &blocks->fetch);
	return 0;
}

int block_values(
	const struct fetched_block *block, int year, int first, int count, int32_t *values)
{
	if (block_decode_days(block->values, block->length, date_year_days(year), block->base,
		    first, count, values) != 0) {
		return -1;
	}
	for (int i = 0; i < count && block->quality != NULL; i++) {
		if (block->quality[first + i] != ' ' && values[i] >= BLOCK_VALUE_MIN) {
			values[i] = BLOCK_MISSING;
		}
	}
	return 0;
}

/* -- Against the catalog ------------------------------------------------ */

static const struct catalog_block *find_block(
	const struct catalog_station *station, int year, long element)
{
	for (size_t i = 0; i < station->block_count; i++) {
		if (station->blocks[i].year == year && station->blocks[i].element == element) {
			return &station->blocks[i];
		}
	}
	return NULL;
}

static bool same_days(const struct catalog_station *station, const struct catalog_block *known,
	const struct fetched_block *block, int year)
{
	int32_t values[BLOCK_DAYS_MAX];
	int days = date_year_days(year);

	if (block_decode(block->values, block->length, days, block->base, values) != 0) {
		return false;
	}
	for (int i = 0; i < days; i++) {
		bool reported = known->bitmap == CATALOG_WHOLE_YEAR ||
				block_bit(station->bitmaps[known->bitmap], i);

		if (reported != (values[i] != BLOCK_NOT_REPORTED)) {
			return false;
		}
	}
	return true;
}

bool blocks_agree(const struct plan *plan, const struct blocks *blocks)
{
	for (size_t part = 0; part < plan->part_count; part++) {
		const struct catalog_station *station = plan->parts[part].station;
		int year = plan->parts[part].year;

		for (size_t i = 0; i < blocks->element_count; i++) {
			const struct fetched_block *block = blocks_at(blocks, part, i);
			const struct catalog_block *known = find_block(station, year,
				catalog_find_element(plan->walk.catalog, blocks->elements[i]));

			if ((known == NULL) != (block->values == NULL) ||
				(known != NULL && !same_days(station, known, block, year))) {
				return false;
			}
		}
	}
	return true;
}

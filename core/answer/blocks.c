#include "answer/blocks.h"

#include <string.h>

#include "catalog/block.h"
#include "catalog/runs.h"
#include "fetch/value_cache.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/services.h"

enum { BLOCKS_MAX = 20000 /* of an answer: some ten megabytes */ };

void blocks_elements(struct plan *plan, struct blocks *blocks)
{
	const struct catalog *catalog = plan->request->catalog;
	const struct selection *selection = &plan->selection;
	bool all = selection->element_count == 0;
	size_t count = all ? catalog->element_count : selection->element_count;
	struct arena *arena = &plan->request->http.arena;
	const char **elements;

	if (blocks->catalog == catalog) {
		return;
	}
	elements = arena_alloc(arena, (count + 1) * sizeof(*elements));
	for (size_t i = 0; i < count; i++) {
		long at = all ? (long)i : catalog_find_element(catalog, selection->elements[i]);

		elements[i] = at >= 0 ? catalog->elements[at].code : selection->elements[i];
	}
	blocks->catalog = catalog;
	blocks->elements = elements;
	blocks->element_count = count;
	blocks->unneeded = NULL;
	blocks->places = arena_alloc(arena, (count + 1) * sizeof(*blocks->places));
	blocks->codes = arena_alloc(arena, (count + 1) * sizeof(*blocks->codes));
}

/* Lists the elements that are read. */
static void place_elements(struct blocks *blocks)
{
	blocks->code_count = 0;
	for (size_t i = 0; i < blocks->element_count; i++) {
		if (blocks_need(blocks, i)) {
			blocks->places[i] = blocks->code_count;
			blocks->codes[blocks->code_count++] = blocks->elements[i];
		}
	}
}

const struct catalog_block *blocks_find(
	const struct catalog_station *station, int year, long element)
{
	size_t low = 0, high = station->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct catalog_block *block = &station->blocks[middle];

		if (block->year < year || (block->year == year && block->element < element)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < station->block_count && station->blocks[low].year == year &&
			       station->blocks[low].element == element
		       ? &station->blocks[low]
		       : NULL;
}

/* -- In memory ---------------------------------------------------------- */

/* How a block is kept: this, then its columns. */
struct kept_block {
	int32_t base;
	uint32_t lengths[BLOCK_COLUMNS]; /* IS_NULL: null */
};
#define IS_NULL UINT32_MAX

static uint64_t key_of(const struct plan *plan, const struct scan_part *part, long element)
{
	return value_cache_block_key(part->year, (uint16_t)element, plan->selection.flags);
}

static bool recall(struct plan *plan, const struct scan_part *part, long element,
	struct fetched_block *block)
{
	struct kept_block head;
	size_t length;
	const unsigned char *bytes = value_cache_read(plan->request->services->cache,
		part->station, key_of(plan, part, element), plan->chunk.arena, &length);

	if (bytes == NULL) {
		return false;
	}
	memcpy(&head, bytes, sizeof(head));
	bytes += sizeof(head);
	block->base = head.base;
	for (int i = 0; i < BLOCK_COLUMNS; i++) {
		const bool null = head.lengths[i] == IS_NULL;

		block->columns[i] = (struct fetched_bytes){ null ? NULL : bytes,
			null ? 0 : head.lengths[i] };
		bytes += block->columns[i].length;
	}
	return true;
}

static void keep_block(const struct plan *plan, const struct scan_part *part, long element,
	const struct fetched_block *block)
{
	struct kept_block head = { .base = block->base };
	struct value_cache_piece pieces[1 + BLOCK_COLUMNS] = { { &head, sizeof(head) } };

	for (int i = 0; i < BLOCK_COLUMNS; i++) {
		const struct fetched_bytes *column = &block->columns[i];

		head.lengths[i] = column->bytes != NULL ? (uint32_t)column->length : IS_NULL;
		pieces[1 + i] = (struct value_cache_piece){ column->bytes, column->length };
	}
	value_cache_write(plan->request->services->cache, part->station,
		key_of(plan, part, element), pieces, 1 + BLOCK_COLUMNS);
}

/* Whether all blocks that there are were in memory. */
static bool recall_all(struct plan *plan, struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->element_count; i++) {
		long element = blocks_need(blocks, i) ? catalog_find_element(plan->scan.catalog,
								blocks->elements[i])
						      : -1;

		for (size_t p = 0; element >= 0 && p < plan->chunk.part_count; p++) {
			const struct scan_part *part = &plan->chunk.parts[p];

			if (blocks_find(part->station, part->year, element) != NULL &&
				!recall(plan, part, element,
					&blocks->fetch.blocks[p * blocks->code_count +
							      blocks->places[i]])) {
				return false;
			}
		}
	}
	return true;
}

void blocks_keep(const struct plan *plan, const struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->element_count; i++) {
		long element = blocks_need(blocks, i) ? catalog_find_element(plan->scan.catalog,
								blocks->elements[i])
						      : -1;

		for (size_t p = 0; element >= 0 && p < plan->chunk.part_count; p++) {
			const struct scan_part *part = &plan->chunk.parts[p];
			const struct fetched_block *block = blocks_at(blocks, p, i);

			if (fetched_is_block(block)) {
				keep_block(plan, part, element, block);
			}
		}
	}
}

enum plan_found blocks_fetch(struct plan *plan, struct blocks *blocks, fetch_done_fn *done)
{
	size_t count;

	blocks_elements(plan, blocks);
	place_elements(blocks);
	count = plan->chunk.part_count * blocks->code_count;
	if (count > BLOCKS_MAX) {
		reply_problem(&plan->request->http, &(struct problem){ .status = 422 },
			"this needs %zu station-years of an element, and one answer may need %d: ask "
			"for fewer stations or elements, or for a smaller page",
			count, BLOCKS_MAX);
		return PLAN_REPLIED;
	}
	blocks->fetch = (struct block_fetch){ .fetch.done = done,
		.arena = plan->chunk.arena,
		.parts = plan->chunk.parts,
		.part_count = plan->chunk.part_count,
		.elements = blocks->codes,
		.element_count = blocks->code_count,
		.flags = plan->selection.flags,
		.blocks = arena_alloc(
			plan->chunk.arena, (count + 1) * sizeof(*blocks->fetch.blocks)) };
	/* What is in memory is of the catalog, which has just proved to be old. */
	if (plan->tries == 0 && recall_all(plan, blocks)) {
		return PLAN_KNOWN;
	}
	memset(blocks->fetch.blocks, 0, count * sizeof(*blocks->fetch.blocks));
	fetch_blocks(plan->request->services->fetcher, &blocks->fetch);
	return PLAN_ASKED;
}

static int decode(const struct fetched_block *block, int year, int32_t values[BLOCK_DAYS_MAX])
{
	const struct fetched_bytes *bytes = &block->columns[BLOCK_VALUES];
	const struct fetched_bytes *reported = &block->columns[BLOCK_REPORTED];

	if (reported->bytes != NULL && reported->length != BLOCK_BITMAP) {
		return -1;
	}
	return block_decode(reported->bytes, bytes->bytes, bytes->length, date_year_days(year),
		block->base, values);
}

int blocks_symbols(const struct fetched_block *block, enum block_column column, int year,
	uint16_t symbols[BLOCK_DAYS_MAX])
{
	const struct fetched_bytes *bytes = &block->columns[column];
	const int days = date_year_days(year);

	if (bytes->bytes != NULL) {
		return runs_decode(bytes->bytes, bytes->length, days, symbols);
	}
	for (int i = 0; i < days; i++) {
		symbols[i] = column == BLOCK_TIMES ? 0 : ' ';
	}
	return 0;
}

int blocks_values(const struct plan *plan, const struct fetched_block *block, int year,
	int32_t values[BLOCK_DAYS_MAX])
{
	const int days = date_year_days(year);
	uint16_t quality[BLOCK_DAYS_MAX];

	if (decode(block, year, values) != 0) {
		return -1;
	}
	if (plan->selection.flagged || block->columns[BLOCK_QUALITY].bytes == NULL) {
		return 0;
	}
	if (blocks_symbols(block, BLOCK_QUALITY, year, quality) != 0) {
		return -1;
	}
	for (int i = 0; i < days; i++) {
		if (quality[i] != ' ' && values[i] >= BLOCK_VALUE_MIN) {
			values[i] = BLOCK_MISSING;
		}
	}
	return 0;
}

/* -- Against the catalog ------------------------------------------------ */

static bool same_days(const struct catalog_station *station, const struct catalog_block *known,
	const struct fetched_block *block, int year)
{
	int32_t values[BLOCK_DAYS_MAX];
	int days = date_year_days(year);

	if (decode(block, year, values) != 0) {
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
	for (size_t part = 0; part < plan->chunk.part_count; part++) {
		const struct catalog_station *station = plan->chunk.parts[part].station;
		int year = plan->chunk.parts[part].year;

		for (size_t i = 0; i < blocks->element_count; i++) {
			if (!blocks_need(blocks, i)) {
				continue;
			}
			const struct fetched_block *block = blocks_at(blocks, part, i);
			const struct catalog_block *known = blocks_find(station, year,
				catalog_find_element(plan->scan.catalog, blocks->elements[i]));

			if ((known != NULL) != fetched_is_block(block) ||
				(known != NULL && !same_days(station, known, block, year))) {
				return false;
			}
		}
	}
	return true;
}

/* The blocks that a plan of days needs, and what they say. All [loop]. */
#ifndef ALMANAC_ANSWER_BLOCKS_H
#define ALMANAC_ANSWER_BLOCKS_H

#include "query/plan.h"

struct blocks {
	struct block_fetch fetch;
	const char *const *elements; /* codes, as in the answer */
	size_t element_count;
};

/* Gets the blocks of all parts from memory, or asks for them. */
enum plan_found blocks_fetch(struct plan *plan, struct blocks *blocks, fetch_done_fn *done);

/* Keeps what was fetched in memory. */
void blocks_keep(const struct plan *plan, const struct blocks *blocks);

/* Sets the elements alone: those of the selection, or all there are. */
void blocks_elements(struct plan *plan, struct blocks *blocks);

static inline const struct fetched_block *blocks_at(
	const struct blocks *blocks, size_t part, size_t element)
{
	return &blocks->fetch.blocks[part * blocks->element_count + element];
}

/* `count` values from day `first` of the year on; those with a quality flag are
 * BLOCK_MISSING. -1: the block cannot be decoded. */
int block_values(
	const struct fetched_block *block, int year, int first, int count, int32_t *values);

/* Whether just the blocks and days that the catalog knows of were fetched. */
bool blocks_agree(const struct plan *plan, const struct blocks *blocks);

#endif

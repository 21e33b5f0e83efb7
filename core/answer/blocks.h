/* The blocks that a plan of days needs, and what they say. All [loop]. */
#ifndef ALMANAC_ANSWER_BLOCKS_H
#define ALMANAC_ANSWER_BLOCKS_H

#include "catalog/block.h"
#include "query/plan.h"

struct blocks {
	struct block_fetch fetch;
	const struct catalog *catalog; /* that the following are of */
	const char *const *elements;   /* codes, as in the answer */
	size_t element_count;
	bool *unneeded;     /* by element: not to be read; NULL: all are needed */
	size_t *places;     /* by element: among those that are read */
	const char **codes; /* of these */
	size_t code_count;
};

/* Gets the blocks of all parts from memory, or asks for them. */
enum plan_found blocks_fetch(struct plan *plan, struct blocks *blocks, fetch_done_fn *done);

/* Keeps what was fetched in memory. */
void blocks_keep(const struct plan *plan, const struct blocks *blocks);

/* Sets the elements alone: those of the selection, or all there are. */
void blocks_elements(struct plan *plan, struct blocks *blocks);

/* Block of an element that is needed. */
static inline const struct fetched_block *blocks_at(
	const struct blocks *blocks, size_t part, size_t element)
{
	return &blocks->fetch.blocks[part * blocks->code_count + blocks->places[element]];
}

static inline bool blocks_need(const struct blocks *blocks, size_t element)
{
	return blocks->unneeded == NULL || !blocks->unneeded[element];
}

/* The catalog's block of a year and element (catalog index); NULL: there is none. */
const struct catalog_block *blocks_find(
	const struct catalog_station *station, int year, long element);

/* The values of a year; those with a quality flag, unless the selection takes them, are
 * BLOCK_MISSING. -1: the block cannot be decoded. */
int blocks_values(const struct plan *plan, const struct fetched_block *block, int year,
	int32_t values[BLOCK_DAYS_MAX]);

/* A symbol per day of the year: a flag, ' ' for none, or a time. -1 likewise. */
int blocks_symbols(const struct fetched_block *block, enum block_column column, int year,
	uint16_t symbols[BLOCK_DAYS_MAX]);

/* Whether just the blocks and days that the catalog knows of were fetched. */
bool blocks_agree(const struct plan *plan, const struct blocks *blocks);

#endif

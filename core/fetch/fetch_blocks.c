/* Blocks: one row for each that exists. */
#include <string.h>

#include "base/date.h"
#include "db/wire.h"
#include "fetch/fetch_batch.h"

/* The inner select cannot be merged into the outer one because of its "offset 0":
 * whatever the planner thinks of the number of keys, it must look them up one by one
 * in the primary key. Every key has a row, so that there is always a version. 20:
 * BATCH_DETAIL_BITS. */
static const Oid types[] = { WIRE_TEXT_ARRAY, WIRE_INT2_ARRAY, WIRE_TEXT_ARRAY };
static const struct statement statement = {
	.sql = "select " BATCH_SELECT_IDENTITY
	       ", case when b.base is not null then k.n << 20 end, b.* "
	       "from unnest($1, $2) with ordinality k (station, year, n) left join lateral ("
	       "select element, base, values, quality_flags from block "
	       "where station_id = k.station and year = k.year and element = any ($3) offset 0"
	       ") b on true",
	.param_count = BATCH_ARGS,
	.types = types,
	.binary_result = true,
};
enum { ELEMENT = BATCH_FIRST, BASE, VALUES, QUALITY }; /* columns */

static const void *keep(struct arena *arena, const char *bytes, size_t length)
{
	return memcpy(arena_take(arena, length), bytes, length);
}

/* A character per day; others are no flags of this block, which cannot be decoded then. */
static void take_flags(struct block_fetch *of, const struct scan_part *part,
	const PGresult *result, int row, struct fetched_block *block)
{
	if (PQgetlength(result, row, QUALITY) != date_year_days(part->year)) {
		block->length = 0;
		return;
	}
	block->quality = keep(of->arena, PQgetvalue(result, row, QUALITY),
		(size_t)PQgetlength(result, row, QUALITY));
}

static void take_block(struct fetch *fetch, int64_t head, const PGresult *result, int row)
{
	struct block_fetch *of = (struct block_fetch *)fetch;
	const char *code = PQgetvalue(result, row, ELEMENT);

	for (size_t i = 0; i < of->element_count; i++) {
		if (strcmp(of->elements[i], code) == 0) {
			struct fetched_block *block =
				&of->blocks[batch_key(fetch, head) * of->element_count + i];

			block->length = (size_t)PQgetlength(result, row, VALUES);
			block->values =
				keep(of->arena, PQgetvalue(result, row, VALUES), block->length);
			block->base = wire_int4(PQgetvalue(result, row, BASE));
			block->quality = NULL;
			if (!PQgetisnull(result, row, QUALITY)) {
				take_flags(of, &of->parts[batch_key(fetch, head)], result, row,
					block);
			}
			return;
		}
	}
}

static bool same_elements(const struct fetch_batch *batch, const struct block_fetch *fetch)
{
	if (batch->element_count != fetch->element_count) {
		return false;
	}
	for (size_t i = 0; i < fetch->element_count; i++) {
		if (strcmp(batch->elements[i], fetch->elements[i]) != 0) {
			return false;
		}
	}
	return true;
}

static struct fetch_batch *find_batch(
	struct fetcher *fetcher, const struct block_fetch *fetch, size_t weight)
{
	struct fetch_batch *batch = batch_first(fetcher);

	while (batch != NULL &&
		!(batch_has_room(batch, &statement, weight) && same_elements(batch, fetch))) {
		batch = batch->next;
	}
	if (batch != NULL) {
		return batch;
	}
	batch = batch_open(fetcher, &statement);
	batch->of_blocks = true;
	batch->elements = fetch->elements;
	batch->element_count = fetch->element_count;
	for (size_t i = 0; i < BATCH_ARGS; i++) {
		wire_array_begin(&batch->args[i], i == 1 ? WIRE_INT2 : WIRE_TEXT);
	}
	for (size_t i = 0; i < fetch->element_count; i++) {
		wire_array_text(
			&batch->args[2], fetch->elements[i], strlen(fetch->elements[i]));
	}
	return batch;
}

void fetch_blocks(struct fetcher *fetcher, struct block_fetch *fetch)
{
	size_t weight = fetch->part_count * fetch->element_count;
	struct fetch_batch *batch = find_batch(fetcher, fetch, weight);

	fetch->fetch.take = take_block;
	for (size_t i = 0; i < fetch->part_count; i++) {
		wire_array_int2(&batch->args[1], (int16_t)fetch->parts[i].year);
	}
	batch_add(batch, &fetch->fetch, fetch->parts, fetch->part_count, weight);
}

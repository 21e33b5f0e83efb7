/* Stored blocks and their parts, from binary results. */
#ifndef ALMANAC_INGEST_STORE_STORED_H
#define ALMANAC_INGEST_STORE_STORED_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/store/merge.h"

/* Columns that a select must have, in this order, of the table as `b`. */
#define STORED_COLUMNS \
	"b.station_id, b.year, b.element, b.base, b.values, b.measurement_flags, " \
	"b.quality_flags, b.source_flags, b.times, b.reported"

/* The column behind them. */
#define STORED_ORIGIN "b.origin"

/* The key of a row. The texts belong to the result. */
struct stored_key {
	const char *station, *element;
	int year;
};

struct stored_key stored_key(const PGresult *result, int row);

/* Decodes a row. -1: it is damaged; *err says which. */
int stored_decode(const PGresult *result, int row, struct merge *to, struct error *err);

/* Compares by station, year and element. */
int stored_compare(const struct stored_key *a, const struct stored_key *b);

/* Blocks of a transaction and their parts, both in order of key; they must be looked up in that
 * order. */
struct stored_blocks {
	PGresult *blocks, *parts; /* NULL: none */
	int block, part;          /* cursors */
	struct merge merge;       /* the block found last */
};

void stored_finish(struct stored_blocks *stored);

struct origins;
struct session;

/* Reads the parts of blocks that have several, and the origins that are not loaded yet. */
int stored_read_parts(struct stored_blocks *stored, struct session *session,
	struct origins *origins, struct error *err);

/* Finds a block: 1, it is in stored->merge, its parts in `parts`, its origin in *origin; 0,
 * there is none; -1, it is damaged. */
struct parts;
int stored_find(struct stored_blocks *stored, const struct stored_key *key,
	const struct origins *origins, struct parts *parts, int32_t *origin, struct error *err);

#endif

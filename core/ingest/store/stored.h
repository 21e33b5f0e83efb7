/* Stored blocks, out of a binary result. */
#ifndef ALMANAC_INGEST_STORE_STORED_H
#define ALMANAC_INGEST_STORE_STORED_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/store/merge.h"

/* The columns that a select must have, in this order; the table is `b`. */
#define STORED_COLUMNS \
	"b.station_id, b.year, b.element, b.base, b.values, b.measurement_flags, " \
	"b.quality_flags, b.source_flags"

/* What of a block's row follows these. */
#define STORED_ORIGIN "b.origin"

/* The key of a row. The texts are the result's. */
struct stored_key {
	const char *station, *element;
	int year;
};

struct stored_key stored_key(const PGresult *result, int row);

/* -1: the row is damaged; *err says which. */
int stored_decode(const PGresult *result, int row, struct merge *to, struct error *err);

/* Below 0: `a` is before `b`. Keys are in order of station, year and element. */
int stored_compare(const struct stored_key *a, const struct stored_key *b);

/* Blocks of a transaction and their parts, both in order of key, as they are looked for in this
 * order. */
struct stored_blocks {
	PGresult *blocks, *parts; /* NULL: none */
	int block, part;          /* the next rows */
	struct merge merge;       /* the block that was found last */
};

void stored_finish(struct stored_blocks *stored);

struct origins;
struct session;

/* Reads the parts of those blocks that have several, and whatever origin is mentioned. */
int stored_read_parts(struct stored_blocks *stored, struct session *session,
	struct origins *origins, struct error *err);

/* Looks for a block: 1, it is in stored->merge and its parts are in `parts`; 0, there is none;
 * -1, it is damaged. Its origin goes to *origin. */
struct parts;
int stored_find(struct stored_blocks *stored, const struct stored_key *key,
	const struct origins *origins, struct parts *parts, int32_t *origin, struct error *err);

#endif

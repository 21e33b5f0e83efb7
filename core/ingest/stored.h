/* Stored blocks, out of a binary result. */
#ifndef ALMANAC_INGEST_STORED_H
#define ALMANAC_INGEST_STORED_H

#include <libpq-fe.h>

#include "base/error.h"
#include "ingest/merge.h"

/* The columns that a select must have, in this order; the table is `b`. */
#define STORED_COLUMNS \
	"b.station_id, b.year, b.element, b.base, b.values, b.measurement_flags, " \
	"b.quality_flags, b.source_flags"

/* The key of a row. The texts are the result's. */
struct stored_key {
	const char *station, *element;
	int year;
};

struct stored_key stored_key(const PGresult *result, int row);

/* -1: the row is damaged; *err says which. */
int stored_decode(const PGresult *result, int row, struct merge *to, struct error *err);

#endif

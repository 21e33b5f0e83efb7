/* The calculators of this process and those that the database knows. [writer] */
#ifndef ALMANAC_INGEST_WRITE_CALCULATORS_H
#define ALMANAC_INGEST_WRITE_CALCULATORS_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/error.h"
#include "ingest/store/array.h"

struct registry;
struct transact;
struct calculators;

/* Reads the table. NULL: one of the registry's calculators has no table there, or
 * one of another definition, or the database failed. */
struct calculators *calculators_load(
	PGconn *conn, const struct registry *registry, struct error *err);
void calculators_destroy(struct calculators *calculators); /* NULL is fine */

/* Names of the registry's. */
struct array *calculators_known(struct calculators *calculators);

/* Computes the rows of those whose rows are of another definition, station after
 * station; `stop` is asked in between. Returns 0, 1 if it was told to stop, -1. */
int calculators_update(struct calculators *calculators, struct transact *transact,
	bool (*stop)(void *arg), void *arg, struct error *err);

#endif

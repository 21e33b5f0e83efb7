/* Calculators of this process, compared with those in the database. [writer] */
#ifndef ALMANAC_INGEST_WRITE_CALCULATORS_H
#define ALMANAC_INGEST_WRITE_CALCULATORS_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/error.h"
#include "ingest/store/array.h"

struct registry;
struct transaction;
struct calculators;

/* Reads the table calculator. NULL: a calculator of the registry has no table, or one of
 * another definition, or the database failed. */
struct calculators *calculators_load(
	PGconn *conn, const struct registry *registry, struct error *err);
void calculators_destroy(struct calculators *calculators); /* NULL is fine */

/* Names of the calculators of the registry. */
struct array *calculators_known(struct calculators *calculators);

/* Recomputes calculators whose rows are outdated, some stations at a time; `stop` is called in
 * between. Returns 0, 1 if it stopped, -1. */
int calculators_update(struct calculators *calculators, struct transaction *tx,
	bool (*stop)(void *arg), void *arg, struct error *err);

#endif

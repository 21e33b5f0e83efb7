/* One transaction of the writer: begun, filled with what parcels carry, and
 * committed with all that follows from it, or rolled back. [writer] */
#ifndef ALMANAC_INGEST_WRITE_TRANSACT_H
#define ALMANAC_INGEST_WRITE_TRANSACT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/store/array.h"
#include "ingest/store/session.h"
#include "ingest/store/stations.h"

struct registry;
struct transact;

/* What goes that was stored of objects. */
enum transact_removal {
	TRANSACT_NOTHING, /* an object adds to what it said before */
	TRANSACT_DAYS,    /* what an object that is read again does not say any more */
	TRANSACT_OBJECTS  /* that too, also of one that is empty now, and what is gone */
};

/* What a transaction, or all of them, have written. */
struct transact_counts {
	int64_t stations_added;
	int64_t blocks_added, blocks_changed;
	int64_t statistics; /* rows written or removed */
	int64_t version;    /* of the data set; 0: it was not changed */
};

/* The connection stays the caller's. `deadline`: see struct session. `known`: names of the
 * registry's calculators; of others that the database has, rows are out of date once data
 * change. */
struct transact *transact_create(PGconn *conn, int64_t deadline,
	const struct registry *registry, int64_t run_id, enum transact_removal removal,
	struct array *known);
void transact_destroy(struct transact *transact); /* NULL is fine */

/* Stores what parcels carry that did not fail; begins the transaction unless `how`
 * says that it has begun. */
int transact_add(struct transact *transact, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err);

/* Rejected lines of one of several parcels of an object. */
int transact_rejects(struct transact *transact, const struct batch *batch, struct error *err);

/* Statistics, ledger and version; `parcels` are the last ones of the objects. */
int transact_commit(struct transact *transact, struct batch *const *batches, size_t count,
	bool rejects_stored, struct error *err);

/* A transaction of its own: computes all rows of one calculator anew, for the next
 * stations after the one in `station` (STATION_ID_MAX + 1 bytes; "": the first),
 * which becomes the last of them. Returns their number, 0 at the end, or -1. */
int transact_recompute(
	struct transact *transact, const char *calculator, char *station, struct error *err);

/* Places of objects: URIs, and the places. */
struct transact_places {
	struct array added[2]; /* new ones */
	struct array moved[2]; /* that were listed before */
};

/* Finds out, in a transaction in which nobody else stores anything, what places objects get. */
typedef int transact_order_fn(void *arg, struct transact_places *places, struct error *err);

/* Statements within the transaction; see session_run(). */
int transact_read(struct transact *transact, const struct statement *statements, size_t count,
	PGresult **results, struct error *err);

/* A transaction of its own: gives objects their places, with all that follows from it. */
int transact_order(
	struct transact *transact, transact_order_fn *find, void *arg, struct error *err);

/* A transaction of its own: takes out some of what the origins (an int4 array) have said, at
 * last what is known of them. Returns 0 when that is done, more than 0 before, or -1. */
int transact_remove(struct transact *transact, struct array *ids, struct error *err);

/* A transaction of its own: all rows of the calculator are computed, up to the station; servers
 * read them from now on. */
int transact_computed(struct transact *transact, const char *calculator, const char *definition,
	const char *station, struct error *err);

/* Fine also if no transaction has begun, or the connection is gone. */
void transact_rollback(struct transact *transact);

/* Whether objects of the source cannot be stored at all; *err says why. */
bool transact_refuse(const struct transact *transact, const char *source, struct error *err);

/* For statements between transactions. */
struct session *transact_session(struct transact *transact);

/* What the last failure means. */
enum session_failure transact_failure(const struct transact *transact);

/* Sums of what was committed. */
const struct transact_counts *transact_totals(const struct transact *transact);

#endif

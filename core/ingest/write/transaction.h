/* One database transaction of the writer: begun, filled with batches, and committed together
 * with statistics, ledger and dataset version, or rolled back. [writer] */
#ifndef ALMANAC_INGEST_WRITE_TRANSACTION_H
#define ALMANAC_INGEST_WRITE_TRANSACTION_H

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
struct transaction;

/* Extent of removal from stored data. */
enum removal {
	REMOVE_NOTHING, /* an object only adds to what it reported before */
	REMOVE_DAYS,    /* days that an object no longer reports */
	REMOVE_OBJECTS  /* also all days of objects that are empty or deleted now */
};

/* Rows written by one transaction, or by all of them. */
struct transaction_counts {
	int64_t stations_added;
	int64_t blocks_added, blocks_changed;
	int64_t statistics; /* rows written or removed */
	int64_t version;    /* new dataset version; 0: unchanged */
};

/* The connection stays the caller's. `deadline`: see struct session. `known`: names of the
 * registry's calculators; rows of other calculators in the database are marked stale once data
 * change. */
struct transaction *transaction_create(PGconn *conn, int64_t deadline,
	const struct registry *registry, int64_t run_id, enum removal removal,
	struct array *known);
void transaction_destroy(struct transaction *tx); /* NULL is fine */

/* Stores the batches that have not failed; begins the transaction unless `how` is
 * STATIONS_WITHIN. */
int transaction_add(struct transaction *tx, struct batch *const *batches, size_t count,
	enum stations_begin how, struct error *err);

/* Stores the rejected lines of one of several batches of an object. */
int transaction_store_rejects(
	struct transaction *tx, const struct batch *batch, struct error *err);

/* Whether an object of several batches can be committed before its last one: nothing has to be
 * compared with what it reported before. */
bool transaction_can_pause(const struct transaction *tx);

/* Writes statistics, ledger and version, and commits. `batches`: the last of each object. */
int transaction_commit(struct transaction *tx, struct batch *const *batches, size_t count,
	bool rejects_stored, struct error *err);

/* Recomputes, in a transaction of its own, all rows of one calculator for the next stations
 * after `station` (STATION_ID_MAX + 1 bytes; "": from the first), which becomes the last of
 * them. Returns the number of stations, 0 at the end, or -1. */
int transaction_recompute(
	struct transaction *tx, const char *calculator, char *station, struct error *err);

/* Publishes, in a transaction of its own, the rows of a calculator, which are computed up to
 * the station: servers read them from now on. */
int transaction_publish(struct transaction *tx, const char *calculator, const char *definition,
	const char *station, struct error *err);

/* Pairs of URI and place, for transaction_assign_places(). */
struct transaction_places {
	struct array added[2]; /* of objects without a row */
	struct array moved[2]; /* of objects with another place */
};

/* Computes places within the transaction, by the statements of its session. */
typedef int transaction_places_fn(
	void *arg, struct transaction_places *places, struct error *err);

/* Assigns places to objects and merges their blocks again, in a transaction of its own while no
 * other process stores anything. */
int transaction_assign_places(
	struct transaction *tx, transaction_places_fn *find, void *arg, struct error *err);

/* Withdraws, in a transaction of its own, some of what the origins (an int4 array) reported,
 * and finally their ledger entries. Returns 0 when nothing is left, more than 0 before, or -1.
 */
int transaction_remove(struct transaction *tx, struct array *ids, struct error *err);

/* Fine also if no transaction has begun, or the connection is lost. */
void transaction_rollback(struct transaction *tx);

/* Whether objects of the source cannot be stored at all; *err says why. */
bool transaction_refuses(const struct transaction *tx, const char *source, struct error *err);

/* The session, for statements between transactions and transaction_places_fn. */
struct session *transaction_session(struct transaction *tx);

/* Class of the last failure. */
enum session_failure transaction_failure(const struct transaction *tx);

/* Sums over the committed transactions. */
const struct transaction_counts *transaction_totals(const struct transaction *tx);

#endif

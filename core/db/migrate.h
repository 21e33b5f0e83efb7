/* The schema of the database: numbered SQL files (migrations/), applied once each,
 * in order, never taken back. Table schema_migration is the ledger. */
#ifndef ALMANAC_DB_MIGRATE_H
#define ALMANAC_DB_MIGRATE_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"

/* One session at a time migrates a database: waits for the others, and calls
 * `waiting` once before it does. Held until the connection ends. Blocks. */
int migrate_lock(PGconn *conn, void (*waiting)(void), struct error *err);

/* Roles, then the migrations that are not in the ledger, each in one transaction
 * together with its line there. A line is written to `done` for each thing that was
 * changed. Fails, having changed nothing, if the database is newer than the program
 * or was made from other files. Afterwards the session acts as the owner of the
 * tables. Needs migrate_lock(). Blocks. */
int migrate_schema(PGconn *conn, struct buffer *done, struct error *err);

#endif

/* The schema of the database: numbered SQL files (migrations/), applied once each,
 * in order, never taken back. Table schema_migration is the ledger. */
#ifndef ALMANAC_SCHEMA_MIGRATE_H
#define ALMANAC_SCHEMA_MIGRATE_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"

/* Begins a transaction in which nobody else migrates the database: waits for the others, and
 * calls `waiting` once before it does. The caller commits; or finishes the connection, then
 * nothing has happened. Blocks. */
int migrate_begin(PGconn *conn, void (*waiting)(void), struct error *err);

/* Roles, then the migrations that are not in the ledger, together with their lines there. A
 * line is written to `done` for each thing that was changed. Fails if the database is newer
 * than the program or was made from other files. Afterwards the transaction acts as the owner
 * of the tables. Needs migrate_begin(). Blocks. */
int migrate_schema(PGconn *conn, struct buffer *done, struct error *err);

#endif

/* Schema migrations: numbered SQL files (migrations/), each applied once, in order, never
 * reverted. Table schema_migration is their ledger. */
#ifndef ALMANAC_SCHEMA_MIGRATE_H
#define ALMANAC_SCHEMA_MIGRATE_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"

/* Begins a transaction that excludes other migrations of the database; calls `waiting` once if
 * it has to wait for one. The caller commits, or closes the connection to roll back. Blocks. */
int migrate_begin(PGconn *conn, void (*waiting)(void), struct error *err);

/* Creates roles and applies the migrations that are not in the ledger, within migrate_begin().
 * Writes a line to `done` for each change. -1: *err, if the database is newer than the program
 * or has other migrations, too. The transaction acts as the owner of the tables afterwards.
 * Blocks. */
int migrate_schema(PGconn *conn, struct buffer *done, struct error *err);

/* Checks that the database has exactly this program's migrations. -1: *err tells to run
 * `almanac migrate` or a newer program. Blocks. */
int migrate_check(PGconn *conn, struct error *err);

#endif

/* Session settings that the program's SQL relies on, whatever database, role, user and
 * environment have set. Behind a connection pooler (PgBouncer, RDS Proxy) each transaction may
 * run in another session, and settings of a session reach its next client. So settings are per
 * session only where the session is not shared, else per transaction. */
#ifndef ALMANAC_DB_SETUP_H
#define ALMANAC_DB_SETUP_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/within.h"

/* Use of a session. */
enum setup_use {
	SETUP_ANY,  /* may write */
	SETUP_READS /* many small queries, read only */
};

/* Sets the session up if it is not shared, in one round trip. `server` gets an identification
 * of the server then, else "". `timeout`: ms of a statement of SETUP_READS. -1: *err. */
int setup_session(PGconn *conn, enum setup_use use, uint64_t timeout,
	const struct db_limits *limits, char *server, size_t room, struct error *err);

/* Writes a query that sets up its transaction for SETUP_READS. It returns one row. */
void setup_write_reading(struct buffer *sql, uint64_t timeout);

/* Begins a transaction that writes. Its results do not matter. */
extern const char setup_begin[];

enum { SETUP_UNLIMITED = -1 };

/* Writes a query that sets up its transaction for writing. `limit`: statement_timeout in ms,
 * unless the database has a lower one; 0: the database's; SETUP_UNLIMITED: none. */
void setup_write_writing(struct buffer *sql, int64_t limit);

#endif

/* What the program's SQL and its reading of results rest on, whatever database, role, user or
 * environment have set. Behind a pooler of connections (PgBouncer, RDS Proxy) the next
 * transaction may be another session's, and what is set for a session is set for whoever comes
 * next. So settings are those of a session only where it is known to be ours, else of a
 * transaction. */
#ifndef ALMANAC_DB_SETUP_H
#define ALMANAC_DB_SETUP_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/dial.h"

/* What a session is for. */
enum setup_use {
	SETUP_ANY,  /* sets nothing that would stop it from writing */
	SETUP_READS /* many small queries, none of which changes anything */
};

/* Sets the session up if it is ours alone, in a round trip; `server` gets what tells this
 * server from others then, else "". `timeout`: ms of a statement of SETUP_READS. -1: *err. */
int setup_session(PGconn *conn, enum setup_use use, uint64_t timeout,
	const struct db_limits *limits, char *server, size_t room, struct error *err);

/* A query that sets up the transaction that it is in, for SETUP_READS: it gives one row. */
void setup_write_reading(struct buffer *sql, uint64_t timeout);

/* What a transaction that writes begins with: statements without results that matter. */
extern const char setup_begin[];

enum { SETUP_UNLIMITED = -1 };

/* A query that sets it up. `limit`: ms that a statement may take, if the database allows as
 * much; 0: what the database allows; SETUP_UNLIMITED: any time, whatever the database says. */
void setup_write_writing(struct buffer *sql, int64_t limit);

#endif

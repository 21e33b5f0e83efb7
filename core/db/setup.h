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

/* How a transaction that writes begins, and the query that sets it up. It has a parameter, the
 * ms that a statement may take; "0" is no limit. A lower limit of the database stays. */
extern const char setup_begin[];
extern const char setup_writing[];

/* Both at once for those that take their time, migrations, with no limit at all. */
extern const char setup_begin_slow[];

#endif

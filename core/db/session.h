/* What the program's SQL and its reading of results rest on, whatever database, role, user or
 * environment have set. Behind a pooler of connections (PgBouncer, RDS Proxy) the next
 * transaction may be another session's, and what is set for a session is set for whoever comes
 * next. So settings are those of a session only where it is known to be ours, else of a
 * transaction. */
#ifndef ALMANAC_DB_SESSION_H
#define ALMANAC_DB_SESSION_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/dial.h"

/* What a session is for. */
enum session_use {
	SESSION_ANY,  /* sets nothing that would stop it from writing */
	SESSION_READS /* many small queries, none of which changes anything */
};

/* Sets the session up if it is ours alone, in a round trip; `server` gets what tells this
 * server from others then, else "". `timeout`: ms of a statement of SESSION_READS. -1: *err. */
int session_set_up(PGconn *conn, enum session_use use, uint64_t timeout,
	const struct db_limits *limits, char *server, size_t room, struct error *err);

/* A query that sets up the transaction that it is in, for SESSION_READS: it gives one row. */
void session_write_reading(struct buffer *sql, uint64_t timeout);

/* How a transaction that writes begins, and the query that sets it up. It has a parameter, the
 * ms that a statement may take; "0" is no limit. A lower limit of the database stays. */
extern const char session_begin[];
extern const char session_writing[];

/* Both at once for those that take their time, migrations, with no limit at all. */
extern const char session_begin_slow[];

#endif

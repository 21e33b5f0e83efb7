/* Answers that are waited for only so long: what db_query_within() and the like are made of. */
#ifndef ALMANAC_DB_WITHIN_H
#define ALMANAC_DB_WITHIN_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/error.h"
#include "db/dial.h"

/* The same limits, but no longer than `ms` from now. */
struct db_limits limits_within(const struct db_limits *limits, int64_t ms);

/* db_query_within(), within any limits. */
PGresult *query_within(PGconn *conn, const char *sql, int format,
	const struct db_limits *limits, struct error *err);

/* The message of libpq as one line: line breaks and what they end with are left out. */
void db_write_line(char *to, size_t room, const char *message);

/* Sets *err from a failed result or connection: severity-free message, detail and
 * hint of the server. Returns -1. `what` says what was being done. */
int db_error(struct error *err, const char *what, const PGconn *conn, const PGresult *result);

/* One statement, answered within `ms`; `format` is that of the result, 0 text or 1 binary.
 * NULL: *err; if that is because the time was over, the connection is of no use any more.
 * Blocks. */
PGresult *db_query_within(
	PGconn *conn, const char *sql, int format, int64_t ms, struct error *err);

/* The same of statements, one or several, of which no result is wanted. */
int db_run_within(PGconn *conn, const char *sql, int64_t ms, struct error *err);

#endif

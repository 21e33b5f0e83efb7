/* Blocking calls of libpq with limits: connecting, statements. Also its messages. [worker] */
#ifndef ALMANAC_DB_WITHIN_H
#define ALMANAC_DB_WITHIN_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Limits of a blocking call. All zero: none. */
struct db_limits {
	int64_t end;               /* clock_ms(); 0: none */
	const atomic_bool *cancel; /* NULL: none */
	/* ms for an address to accept the connection. Lost packets are sent again only after 1,
	 * 3 and 7 s, so that a new attempt notices sooner that a network works again. 0:
	 * connect_timeout. */
	int reach;
};

/* Whether the time is over, or the call was cancelled. */
bool db_limits_are_over(const struct db_limits *limits);

/* The same limits, but no longer than `ms` from now. */
struct db_limits limits_within(const struct db_limits *limits, int64_t ms);

/* Result of dial(). `why` NULL: PQstatus() and PQerrorMessage() tell it. */
struct dial_end {
	const char *why; /* why it was given up */
	bool reached;    /* a server accepted the connection and answered */
	bool silent;     /* a server accepted the connection and did not answer in time: libpq
			  * skips the remaining addresses then */
};

/* Drives a connection begun by PQconnectStart...() until it is up or has failed. Each address
 * has connect_timeout. libpq's own blocking call cannot be cancelled. */
struct dial_end dial(PGconn *conn, const struct db_limits *limits);

/* Runs one statement; `format` of the result is 0 for text, 1 for binary. NULL: *err; after a
 * timeout the connection is unusable. */
PGresult *db_query_limited(PGconn *conn, const char *sql, int format,
	const struct db_limits *limits, struct error *err);
PGresult *db_query_within(
	PGconn *conn, const char *sql, int format, int64_t ms, struct error *err);

/* Runs statements and discards their results; -1 with *err. */
int db_run_within(PGconn *conn, const char *sql, int64_t ms, struct error *err);

/* Writes a message of libpq as one line, without line breaks and trailing white space. */
void db_write_line(char *to, size_t room, const char *message);

/* Sets *err from a failed result or connection: the server's message, detail and hint. `what`
 * names the failed step. Returns -1. */
int db_error(struct error *err, const char *what, const PGconn *conn, const PGresult *result);

#endif

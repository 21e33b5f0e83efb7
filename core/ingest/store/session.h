/* Database session of the writer: pipelined statements, binary COPY, and classes of failures.
 * [writer] */
#ifndef ALMANAC_INGEST_STORE_SESSION_H
#define ALMANAC_INGEST_STORE_SESSION_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Embedded by its owner, which owns the connection too. */
struct session {
	PGconn *conn;
	int64_t deadline; /* clock_ms() at which statements time out; 0: never */
	char state[6];    /* SQLSTATE of the last failure; "": none since it was cleared */
};

enum session_failure {
	SESSION_AGAIN,  /* a conflict: retry the transaction */
	SESSION_OBJECT, /* the data were refused: their object has failed */
	SESSION_BROKEN  /* no connection, space or privilege: nothing can be stored */
};

/* serialization_failure, which is worth a retry. */
#define SESSION_RETRY "40001"

/* Class of the last failure. */
enum session_failure session_failure(const struct session *session);

/* One statement; arguments are texts. */
struct statement {
	const char *what; /* "storing blocks", for the error */
	const char *sql;
	int argc;
	const char *const *argv;
	int binary; /* 1: the result is binary */
};

/* Runs statements in one round trip. results[i], the caller's to clear, is the
 * result of the i-th; `results` may be NULL. On failure there are no results. */
int session_run(struct session *session, const struct statement *statements, size_t count,
	PGresult **results, struct error *err);

/* One statement with a text result, the caller's to clear; `result` may be NULL. */
int session_query(struct session *session, const char *what, const char *sql, int argc,
	const char *const *argv, PGresult **result, struct error *err);

/* Frees the results of session_run(). */
void session_clear(PGresult **results, size_t count);

/* Begins a transaction and sets its parameters, since behind a pooler each may be in another
 * session (db/setup.h). Statements and lock waits time out at the deadline, or earlier if the
 * server's settings say so. */
int session_begin(struct session *session, struct error *err);

/* Renews the timeout within a long transaction. */
int session_renew_timeout(struct session *session, struct error *err);

/* Rolls back the open transaction, if any. */
void session_rollback(struct session *session);

/* One statement in a transaction of its own. `result` may be NULL. */
int session_run_alone(struct session *session, const struct statement *statement,
	PGresult **result, struct error *err);

/* One statement without arguments or result. */
int session_execute(
	struct session *session, const char *what, const char *sql, struct error *err);

/* Starts "copy ... from stdin (format binary)". The rows follow in a buffer that
 * begins with copy_header(). */
int session_copy_start(struct session *session, const char *sql, struct error *err);

/* Sends and empties the buffer, once it is large enough. */
int session_copy_rows(struct session *session, struct buffer *buffer, struct error *err);

/* Adds the trailer, sends the rest and ends the COPY. */
int session_copy_end(struct session *session, struct buffer *buffer, struct error *err);

/* Ends an open COPY with a failure. */
void session_copy_abandon(struct session *session);

#endif

/* The writer's connection: statements, several in one round trip, binary COPY, and
 * what a failure means for the work that was under way. [writer] */
#ifndef ALMANAC_INGEST_STORE_SESSION_H
#define ALMANAC_INGEST_STORE_SESSION_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Embedded by its owner, who owns the connection too. */
struct session {
	PGconn *conn;
	int64_t deadline; /* clock_ms(), when statements have to be over; 0: never */
	char state[6];    /* SQLSTATE of the last failure; "": none since it was emptied */
};

enum session_failure {
	SESSION_AGAIN,  /* somebody was in the way: the transaction may be tried again */
	SESSION_OBJECT, /* the data cannot be stored: what they came from has failed */
	SESSION_BROKEN  /* no connection, no space, no right: nothing can be stored */
};

/* SQLSTATE of what may be tried again: a serialization failure. */
#define SESSION_RETRY "40001"

/* What the last failure was. */
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

/* Begins a transaction. What it rests on is set for each, since the next may be in another
 * session (db/setup.h). No statement lasts longer than there is time, waiting for others' locks
 * least of all; whoever is allowed less by the server keeps that. */
int session_begin(struct session *session, struct error *err);

/* The same time limit, again, for what is left of a transaction that takes long. */
int session_go_on(struct session *session, struct error *err);

/* Rolls back, if there is a transaction. */
void session_leave(struct session *session);

/* One statement in a transaction of its own. `result` may be NULL. */
int session_run_alone(struct session *session, const struct statement *statement,
	PGresult **result, struct error *err);

/* One statement without arguments or result. */
int session_execute(
	struct session *session, const char *what, const char *sql, struct error *err);

/* Starts "copy ... from stdin (format binary)". The rows follow in a buffer that
 * begins with copy_header(). */
int session_copy_start(struct session *session, const char *sql, struct error *err);

/* Sends the rows in the buffer and empties it, once there are enough of them. */
int session_copy_rows(struct session *session, struct buffer *buffer, struct error *err);

/* Adds the trailer, sends the rest and ends the COPY. */
int session_copy_end(struct session *session, struct buffer *buffer, struct error *err);

/* Ends a COPY that has begun so that it fails. */
void session_copy_abandon(struct session *session);

#endif

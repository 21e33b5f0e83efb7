#include "ingest/store/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/connect.h"
#include "db/setup.h"
#include "ingest/store/copy.h"

enum { STATEMENTS_MAX = 8, COPY_CHUNK = 32 * 1024 };

/* Classes of failures by the beginning of the SQLSTATE (PostgreSQL documentation, appendix A).
 */
static const struct {
	const char *prefix;
	enum session_failure failure;
} failures[] = {
	{ SESSION_RETRY, SESSION_AGAIN }, { "40P01", SESSION_AGAIN }, /* deadlock */
	{ "23505", SESSION_AGAIN }, /* inserted by another session meanwhile */
	{ "22", SESSION_OBJECT },   /* data exception */
	{ "23", SESSION_OBJECT },   /* constraint violation */
	{ "54", SESSION_OBJECT },   /* limit exceeded */
};

enum session_failure session_failure(const struct session *session)
{
	if (PQstatus(session->conn) != CONNECTION_OK) {
		return SESSION_BROKEN;
	}
	if (session->state[0] == '\0') {
		return SESSION_OBJECT; /* the server did not refuse: the data were malformed */
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const char *prefix = failures[i].prefix;

		if (strncmp(session->state, prefix, strlen(prefix)) == 0) {
			return failures[i].failure;
		}
	}
	return SESSION_BROKEN;
}

/* Keeps the SQLSTATE and sets *err. Returns -1. */
static int fail(
	struct session *session, const char *what, const PGresult *result, struct error *err)
{
	const char *state =
		result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	memset(session->state, 0, sizeof(session->state));
	if (state != NULL) {
		strncpy(session->state, state, sizeof(session->state) - 1);
	}
	return db_error(err, what, session->conn, result);
}

static bool is_success(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Sends the statements of a pipeline and receives their results. What follows a failed
 * statement is aborted: only the first failure has the reason. */
static int run_pipeline(struct session *session, const struct statement *statements,
	size_t count, PGresult **results, struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		const struct statement *s = &statements[i];

		if (!PQsendQueryParams(session->conn, s->sql, s->argc, NULL, s->argv, NULL,
			    NULL, s->binary)) {
			return fail(session, s->what, NULL, err);
		}
	}
	if (!PQpipelineSync(session->conn)) {
		return fail(session, statements[0].what, NULL, err);
	}
	for (size_t i = 0; i < count; i++) {
		results[i] = PQgetResult(session->conn);
		if (results[i] == NULL || !is_success(results[i])) {
			status = status < 0
					 ? -1
					 : fail(session, statements[i].what, results[i], err);
		}
		if (results[i] != NULL) {
			PQclear(PQgetResult(session->conn)); /* the NULL behind it */
		}
	}
	PQclear(PQgetResult(session->conn)); /* the end of the pipeline */
	return status;
}

int session_run(struct session *session, const struct statement *statements, size_t count,
	PGresult **results, struct error *err)
{
	PGresult *own[STATEMENTS_MAX] = { NULL };
	int status;

	assert(count > 0 && count <= STATEMENTS_MAX);
	if (!PQenterPipelineMode(session->conn)) {
		return fail(session, statements[0].what, NULL, err);
	}
	status = run_pipeline(session, statements, count, own, err);
	if (!PQexitPipelineMode(session->conn) && status == 0) {
		status = fail(session, statements[0].what, NULL, err);
	}
	if (status == 0 && results != NULL) {
		memcpy(results, own, count * sizeof(PGresult *));
	} else {
		session_clear(own, count);
	}
	return status;
}

int session_query(struct session *session, const char *what, const char *sql, int argc,
	const char *const *argv, PGresult **result, struct error *err)
{
	const struct statement statement = { what, sql, argc, argv, 0 };

	return session_run(session, &statement, 1, result, err);
}

void session_clear(PGresult **results, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		PQclear(results[i]);
	}
}

int session_execute(
	struct session *session, const char *what, const char *sql, struct error *err)
{
	PGresult *result = PQexec(session->conn, sql);
	int status = is_success(result) ? 0 : fail(session, what, result, err);

	PQclear(result);
	return status;
}

/* -- Transactions ------------------------------------------------------- */

static int configure(struct session *session, bool begin, struct error *err)
{
	struct buffer sql = { 0 };
	int64_t left = session->deadline - clock_ms();
	int status;

	left = left < 1 ? 1 : left;
	if (session->deadline == 0 || left > INT32_MAX) { /* the maximum of PostgreSQL */
		left = 0;
	}
	if (begin) {
		buffer_printf(&sql, "%s; ", setup_begin);
	}
	setup_write_writing(&sql, left);
	status = session_execute(session, "beginning a transaction", buffer_text(&sql), err);
	buffer_finish(&sql);
	return status;
}

int session_begin(struct session *session, struct error *err)
{
	return configure(session, true, err);
}

int session_renew_timeout(struct session *session, struct error *err)
{
	return configure(session, false, err);
}

static int commit(struct session *session, struct error *err)
{
	return session_execute(session, "ending a transaction", "commit", err);
}

void session_rollback(struct session *session)
{
	if (PQtransactionStatus(session->conn) != PQTRANS_IDLE) {
		PQclear(PQexec(session->conn, "rollback"));
	}
}

int session_run_alone(struct session *session, const struct statement *statement,
	PGresult **result, struct error *err)
{
	PGresult *own = NULL;
	int status = session_begin(session, err);

	if (status == 0) {
		status = session_run(session, statement, 1, &own, err);
	}
	if (status == 0) {
		status = commit(session, err);
	}
	if (status == 0 && result != NULL) {
		*result = own;
	} else {
		PQclear(own);
	}
	session_rollback(session);
	return status;
}

int session_copy_start(struct session *session, const char *sql, struct error *err)
{
	PGresult *result = PQexec(session->conn, sql);
	int status = 0;

	if (PQresultStatus(result) != PGRES_COPY_IN) {
		status = fail(session, sql, result, err);
	}
	PQclear(result);
	return status;
}

/* Discards pending results, so that the connection can be used again. */
static void discard_results(struct session *session, PGresult *result)
{
	while (result != NULL && PQresultStatus(result) != PGRES_COPY_IN) {
		PQclear(result);
		result = PQgetResult(session->conn);
	}
	PQclear(result);
}

/* Sets *err to the server's reason for ending the COPY, if it gave one. Returns -1. */
static int fail_copy(struct session *session, struct error *err)
{
	PGresult *result = PQgetResult(session->conn);

	fail(session, "copying rows", result, err);
	discard_results(session, result);
	return -1;
}

static int send_rows(struct session *session, struct buffer *buffer, struct error *err)
{
	int sent = PQputCopyData(session->conn, buffer->data, (int)buffer->length);

	buffer->length = 0;
	return sent == 1 ? 0 : fail_copy(session, err);
}

int session_copy_rows(struct session *session, struct buffer *buffer, struct error *err)
{
	return buffer->length < COPY_CHUNK ? 0 : send_rows(session, buffer, err);
}

int session_copy_end(struct session *session, struct buffer *buffer, struct error *err)
{
	PGresult *result;
	int status;

	copy_trailer(buffer);
	if (send_rows(session, buffer, err) < 0) {
		return -1;
	}
	if (PQputCopyEnd(session->conn, NULL) != 1) {
		return fail_copy(session, err);
	}
	result = PQgetResult(session->conn);
	status = is_success(result) ? 0 : fail(session, "copying rows", result, err);
	discard_results(session, result);
	return status;
}

void session_copy_abandon(struct session *session)
{
	if (PQputCopyEnd(session->conn, "abandoned") == 1) {
		discard_results(session, PQgetResult(session->conn));
	}
}

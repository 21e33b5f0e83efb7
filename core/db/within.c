#include "db/within.h"

#include <stdio.h>
#include <string.h>

#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"

/* What libpq puts before a reason says no more than our text does, unless it tried
 * several hosts. */
static const char *skip_host(const char *message)
{
	static const char head[] = "connection to server", end[] = " failed: ";
	const char *reason = strstr(message, end);

	if (reason == NULL || strncmp(message, head, strlen(head)) != 0 ||
		strstr(reason, head) != NULL) {
		return message;
	}
	return reason + strlen(end);
}

/* Lines that begin with a tab are libpq's hints; ours say more. Where in its source the server
 * gave up is no reason. */
static bool is_said(const char *line)
{
	return *line != '\t' && strncmp(line, "LOCATION:", strlen("LOCATION:")) != 0;
}

void db_write_line(char *to, size_t room, const char *message)
{
	size_t n = 0;

	for (const char *line = skip_host(message); *line != '\0';) {
		size_t length = strcspn(line, "\n");

		if (is_said(line) && length > 0 && n < room) {
			n += (size_t)snprintf(to + n, room - n, "%s%.*s", n > 0 ? " " : "",
				(int)length, line);
		}
		line += length + (line[length] == '\n');
	}
	if (n == 0) {
		snprintf(to, room, "no reason given");
	}
}

int db_error(struct error *err, const char *what, const PGconn *conn, const PGresult *result)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	char reason[ERROR_TEXT_MAX];

	if (primary == NULL) { /* not from the server: the connection was lost */
		db_write_line(reason, sizeof(reason), PQerrorMessage(conn));
		return error_set(err, "%s: %s", what, reason);
	}
	error_set(err, "%s: %s%s%s%s", what, primary, detail != NULL ? " (" : "",
		detail != NULL ? detail : "", detail != NULL ? ")" : "");
	return hint != NULL ? error_hint(err, "%s", hint) : -1;
}

enum { LOOK = 100 /* ms between looks at whether somebody has ended it */ };

struct db_limits limits_within(const struct db_limits *limits, int64_t ms)
{
	struct db_limits result = *limits;
	int64_t end = clock_ms() + ms;

	result.end = result.end == 0 || end < result.end ? end : result.end;
	return result;
}

/* A connection whose answer did not come in time must not be used again: that would come later,
 * in place of another. */
static int give_up(PGconn *conn, struct error *err)
{
	shutdown(PQsocket(conn), SHUT_RDWR);
	return error_set(err, "the database did not answer in time");
}

static void wait_for_socket(const PGconn *conn, bool bytes_left, const struct db_limits *limits)
{
	short events = bytes_left ? POLLIN | POLLOUT : POLLIN;
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	int64_t left = limits->end != 0 ? limits->end - clock_ms() : LOOK;

	if (left > 0) {
		poll(&fd, 1, (int)(left < LOOK ? left : LOOK));
	}
}

/* Until PQgetResult() does not block. */
static int await(PGconn *conn, const struct db_limits *limits, struct error *err)
{
	int unsent = PQflush(conn);

	while (unsent >= 0 && (unsent > 0 || PQisBusy(conn))) {
		if (db_limits_are_over(limits)) {
			return give_up(conn, err);
		}
		wait_for_socket(conn, unsent > 0, limits);
		if (PQconsumeInput(conn) != 1) {
			break; /* PQgetResult() says why */
		}
		unsent = PQflush(conn);
	}
	return 0;
}

/* The last result of what was sent, as PQexec() has it, into *last. -1: *err, the time was
 * over. */
static int take_last(
	PGconn *conn, const struct db_limits *limits, PGresult **last, struct error *err)
{
	PGresult *result;

	do {
		if (await(conn, limits, err) < 0) {
			return -1;
		}
		result = PQgetResult(conn);
		if (result != NULL) {
			PQclear(*last);
			*last = result;
		}
	} while (result != NULL && PQstatus(conn) == CONNECTION_OK);
	return 0;
}

/* What came of a statement that was sent, or could not be sent. */
static PGresult *finish(
	PGconn *conn, bool sent, const struct db_limits *limits, struct error *err)
{
	PGresult *result = NULL;
	int status = sent ? take_last(conn, limits, &result, err) : 0;
	ExecStatusType kind = PQresultStatus(result);

	PQsetnonblocking(conn, 0);
	if (status == 0 && (kind == PGRES_TUPLES_OK || kind == PGRES_COMMAND_OK)) {
		return result;
	}
	if (status == 0) {
		db_error(err, "the database refused", conn, result);
	}
	PQclear(result);
	return NULL;
}

PGresult *query_within(PGconn *conn, const char *sql, int format,
	const struct db_limits *limits, struct error *err)
{
	PQsetnonblocking(conn, 1); /* a socket that takes nothing must not stop us either */
	return finish(conn,
		PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, format) == 1, limits,
		err);
}

PGresult *db_query_within(
	PGconn *conn, const char *sql, int format, int64_t ms, struct error *err)
{
	const struct db_limits none = { 0 }, limits = limits_within(&none, ms);

	return query_within(conn, sql, format, &limits, err);
}

int db_run_within(PGconn *conn, const char *sql, int64_t ms, struct error *err)
{
	const struct db_limits none = { 0 }, limits = limits_within(&none, ms);
	PGresult *result;

	PQsetnonblocking(conn, 1);
	result = finish(conn, PQsendQuery(conn, sql) == 1, &limits, err);
	PQclear(result);
	return result != NULL ? 0 : -1;
}

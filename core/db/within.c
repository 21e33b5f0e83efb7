#include "db/within.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "db/connect.h"

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

int db_await(PGconn *conn, int64_t ms, struct error *err)
{
	const struct db_limits none = { 0 }, limits = limits_within(&none, ms);

	return await(conn, &limits, err);
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

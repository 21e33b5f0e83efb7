#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "db/connect.h"

/* A connection whose answer did not come in time must not be used again: that would come later,
 * in place of another. */
static int give_up(PGconn *conn, int64_t ms, struct error *err)
{
	shutdown(PQsocket(conn), SHUT_RDWR);
	return error_set(err, "the database did not answer within %lld ms", (long long)ms);
}

/* Until the socket can be read, or written to if bytes are left. 0: the time is over. */
static int wait_for_socket(const PGconn *conn, bool bytes_left, int64_t end)
{
	short events = bytes_left ? POLLIN | POLLOUT : POLLIN;
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	int64_t left = end - clock_ms();
	int ready = left > 0 ? poll(&fd, 1, (int)(left < INT32_MAX ? left : INT32_MAX)) : 0;

	return ready < 0 ? 1 : ready; /* interrupted: the time is looked at again */
}

int db_await(PGconn *conn, int64_t ms, struct error *err)
{
	int64_t end = clock_ms() + ms;
	int unsent = PQflush(conn);

	while (unsent >= 0 && (unsent > 0 || PQisBusy(conn))) {
		if (wait_for_socket(conn, unsent > 0, end) == 0) {
			return give_up(conn, ms, err);
		}
		if (PQconsumeInput(conn) != 1) {
			break; /* PQgetResult() says why */
		}
		unsent = PQflush(conn);
	}
	return 0;
}

/* The last result of what was sent, as PQexec() has it, into *last. -1: *err, the time was
 * over. */
static int take_last(PGconn *conn, PGresult **last, int64_t ms, struct error *err)
{
	int64_t end = clock_ms() + ms;
	PGresult *result;

	do {
		int64_t left = end - clock_ms();

		if (db_await(conn, left > 0 ? left : 0, err) < 0) {
			return give_up(conn, ms, err); /* says the whole time */
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
static PGresult *finish(PGconn *conn, bool sent, int64_t ms, struct error *err)
{
	PGresult *result = NULL;
	int status = sent ? take_last(conn, &result, ms, err) : 0;
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

PGresult *db_query_within(
	PGconn *conn, const char *sql, int format, int64_t ms, struct error *err)
{
	PQsetnonblocking(conn, 1); /* a socket that takes nothing must not stop us either */
	return finish(conn,
		PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, format) == 1, ms, err);
}

int db_run_within(PGconn *conn, const char *sql, int64_t ms, struct error *err)
{
	PGresult *result;

	PQsetnonblocking(conn, 1);
	result = finish(conn, PQsendQuery(conn, sql) == 1, ms, err);
	PQclear(result);
	return result != NULL ? 0 : -1;
}

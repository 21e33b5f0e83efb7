#include "db/within.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { CHECK_MS = 100 /* between checks of the limits */, PLACE_MAX = 1100 };

/* -- Messages ------------------------------------------------------------- */

/* Skips libpq's "connection to server ... failed: ", which our text has already, unless libpq
 * tried several hosts. */
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

/* Whether a line of the message is shown: not libpq's hints, which begin with a tab, and not
 * LOCATION, the place in the server's source. */
static bool is_shown(const char *line)
{
	return *line != '\t' && strncmp(line, "LOCATION:", strlen("LOCATION:")) != 0;
}

void db_write_line(char *to, size_t room, const char *message)
{
	size_t n = 0;

	for (const char *line = skip_host(message); *line != '\0';) {
		size_t length = strcspn(line, "\n");

		if (is_shown(line) && length > 0 && n < room) {
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

/* -- Connecting ----------------------------------------------------------- */

/* A connection attempt under way. */
struct dialling {
	PGconn *conn;
	const struct db_limits *limits;
	char place[PLACE_MAX]; /* host, address and port that are being tried */
	int64_t timeout_ms;    /* of each address; 0: unlimited */
	int64_t begun_ms;      /* of the present one */
	bool ended;            /* its socket was shut down, so that libpq tries the next */
	bool reached, silent;  /* of the present one; `silent`: ended after it was reached */
};

bool db_limits_are_over(const struct db_limits *limits)
{
	return (limits->cancel != NULL && atomic_load(limits->cancel)) ||
	       (limits->end != 0 && clock_ms() >= limits->end);
}

/* connect_timeout in ms, which URL and environment may set; 0: unlimited. */
static int64_t find_timeout_ms(PGconn *conn)
{
	PQconninfoOption *options = PQconninfo(conn);
	int64_t seconds = 0;

	for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "connect_timeout") == 0 && o->val != NULL) {
			seconds = strtoll(o->val, NULL, 10);
		}
	}
	PQconninfoFree(options);
	return seconds > 0 ? seconds * 1000 : 0;
}

/* Restarts the clock with each address. */
static void note_place(struct dialling *dialling)
{
	char place[PLACE_MAX];
	const char *host = PQhost(dialling->conn), *address = PQhostaddr(dialling->conn);

	snprintf(place, sizeof(place), "%s %s %s", host != NULL ? host : "",
		address != NULL ? address : "", PQport(dialling->conn));
	if (strcmp(place, dialling->place) != 0) {
		memcpy(dialling->place, place, sizeof(place));
		dialling->begun_ms = clock_ms();
		dialling->ended = dialling->reached = dialling->silent = false;
	}
}

static bool is_reached(const PGconn *conn)
{
	ConnStatusType status = PQstatus(conn);

	return status != CONNECTION_STARTED && status != CONNECTION_NEEDED;
}

/* Ends an address whose time is over: to libpq the connection breaks, and it tries the next. */
static void end_late(struct dialling *dialling)
{
	int64_t most = dialling->timeout_ms, took = clock_ms() - dialling->begun_ms;
	int reach = dialling->limits->reach;

	if (reach > 0 && (most == 0 || reach < most) && !is_reached(dialling->conn)) {
		most = reach;
	}
	if (most > 0 && took >= most && !dialling->ended) {
		dialling->ended = true;
		dialling->silent = is_reached(dialling->conn);
		shutdown(PQsocket(dialling->conn), SHUT_RDWR);
	}
}

/* Waits for the socket. False: the limits are over. */
static bool wait_for_step(struct dialling *dialling, PostgresPollingStatusType next)
{
	struct pollfd fd = { .fd = PQsocket(dialling->conn),
		.events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT };

	while (!db_limits_are_over(dialling->limits)) {
		if (poll(&fd, 1, CHECK_MS) > 0) {
			return true;
		}
		end_late(dialling);
	}
	return false;
}

struct dial_end dial(PGconn *conn, const struct db_limits *limits)
{
	struct dialling dialling = { .conn = conn, .limits = limits };
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	if (PQstatus(conn) == CONNECTION_BAD) {
		return (struct dial_end){ 0 };
	}
	dialling.timeout_ms = find_timeout_ms(conn);
	while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
		note_place(&dialling);
		if (!wait_for_step(&dialling, next)) {
			return (struct dial_end){ .why = "there was no answer in time" };
		}
		dialling.reached = dialling.reached || is_reached(conn);
		next = PQconnectPoll(conn);
	}
	return (struct dial_end){
		.why = next == PGRES_POLLING_FAILED && dialling.ended ? "timeout expired"
								      : NULL,
		.reached = dialling.reached && !dialling.ended,
		.silent = dialling.silent && dialling.ended,
	};
}

/* -- Queries -------------------------------------------------------------- */

struct db_limits limits_within(const struct db_limits *limits, int64_t ms)
{
	struct db_limits result = *limits;
	int64_t end = clock_ms() + ms;

	result.end = result.end == 0 || end < result.end ? end : result.end;
	return result;
}

/* Shuts the connection down: an answer that is too late would be taken for the next one's. */
static int give_up(PGconn *conn, struct error *err)
{
	shutdown(PQsocket(conn), SHUT_RDWR);
	return error_set(err, "the database did not answer in time");
}

static void wait_for_socket(const PGconn *conn, bool bytes_left, const struct db_limits *limits)
{
	short events = bytes_left ? POLLIN | POLLOUT : POLLIN;
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	int64_t left = limits->end != 0 ? limits->end - clock_ms() : CHECK_MS;

	if (left > 0) {
		poll(&fd, 1, (int)(left < CHECK_MS ? left : CHECK_MS));
	}
}

/* Waits until PQgetResult() does not block. */
static int await(PGconn *conn, const struct db_limits *limits, struct error *err)
{
	int unsent = PQflush(conn);

	while (unsent >= 0 && (unsent > 0 || PQisBusy(conn))) {
		if (db_limits_are_over(limits)) {
			return give_up(conn, err);
		}
		wait_for_socket(conn, unsent > 0, limits);
		if (PQconsumeInput(conn) != 1) {
			break; /* PQgetResult() tells why */
		}
		unsent = PQflush(conn);
	}
	return 0;
}

/* Receives into *last the last result of the statements sent, as PQexec() does. -1: *err, the
 * time was over. */
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

/* The result of a statement. `sent` false: libpq could not send it. NULL: *err. */
static PGresult *finish_query(
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

PGresult *db_query_limited(PGconn *conn, const char *sql, int format,
	const struct db_limits *limits, struct error *err)
{
	PQsetnonblocking(conn, 1); /* writing must not block either */
	return finish_query(conn,
		PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, format) == 1, limits,
		err);
}

PGresult *db_query_within(
	PGconn *conn, const char *sql, int format, int64_t ms, struct error *err)
{
	const struct db_limits none = { 0 }, limits = limits_within(&none, ms);

	return db_query_limited(conn, sql, format, &limits, err);
}

int db_run_within(PGconn *conn, const char *sql, int64_t ms, struct error *err)
{
	const struct db_limits none = { 0 }, limits = limits_within(&none, ms);
	PGresult *result;

	PQsetnonblocking(conn, 1);
	result = finish_query(conn, PQsendQuery(conn, sql) == 1, &limits, err);
	PQclear(result);
	return result != NULL ? 0 : -1;
}

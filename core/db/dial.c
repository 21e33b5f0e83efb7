#include "db/dial.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { LOOK = 100 /* ms between looks at the limits */, PLACE_MAX = 1100 };

/* An attempt under way. */
struct dialling {
	PGconn *conn;
	const struct db_limits *limits;
	char place[PLACE_MAX]; /* host, address and port that are being tried */
	int64_t timeout;       /* ms of each; 0: unlimited */
	int64_t begun;         /* the present one */
	bool ended;            /* it was told to end, and libpq to go on with the next */
	bool reached, silent;  /* of the last one; `silent`: ended after it had been reached */
};

bool db_limits_are_over(const struct db_limits *limits)
{
	return (limits->cancel != NULL && atomic_load(limits->cancel)) ||
	       (limits->end != 0 && clock_ms() >= limits->end);
}

/* The URL and the environment may say otherwise than we do. */
static int64_t find_timeout(PGconn *conn)
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

/* The clock begins anew with each address. */
static void note_place(struct dialling *dialling)
{
	char place[PLACE_MAX];
	const char *host = PQhost(dialling->conn), *address = PQhostaddr(dialling->conn);

	snprintf(place, sizeof(place), "%s %s %s", host != NULL ? host : "",
		address != NULL ? address : "", PQport(dialling->conn));
	if (strcmp(place, dialling->place) != 0) {
		memcpy(dialling->place, place, sizeof(place));
		dialling->begun = clock_ms();
		dialling->ended = dialling->reached = dialling->silent = false;
	}
}

static bool is_reached(const PGconn *conn)
{
	ConnStatusType status = PQstatus(conn);

	return status != CONNECTION_STARTED && status != CONNECTION_NEEDED;
}

/* An address whose time is over: to libpq the connection breaks, and it tries the next. */
static void end_late(struct dialling *dialling)
{
	int64_t most = dialling->timeout, took = clock_ms() - dialling->begun;
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

/* False: the limits are over. */
static bool wait_for_step(struct dialling *dialling, PostgresPollingStatusType next)
{
	struct pollfd fd = { .fd = PQsocket(dialling->conn),
		.events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT };

	while (!db_limits_are_over(dialling->limits)) {
		if (poll(&fd, 1, LOOK) > 0) {
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
	dialling.timeout = find_timeout(conn);
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

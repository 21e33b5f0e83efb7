/* Connecting step by step, so that it ends when it should: libpq's own time limit cannot be cut
 * short by anybody. */
#ifndef ALMANAC_DB_DIAL_H
#define ALMANAC_DB_DIAL_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What ends the work on a connection early. All zero: nothing does. */
struct db_limits {
	int64_t end;               /* clock_ms(); 0: none */
	const atomic_bool *cancel; /* NULL: none */
	/* ms in which each address has to be reached at all: packets that are dropped are sent
	 * again after 1, 3 and 7 s only, so that a new attempt finds a way that is open again
	 * sooner. 0: the connection's whole time. */
	int reach;
};

/* It is over, by the clock or by somebody. */
bool db_limits_are_over(const struct db_limits *limits);

/* What came of dialling. `why` NULL: PQstatus() and PQerrorMessage() say it. */
struct dial_end {
	const char *why; /* it was given up */
	bool reached;    /* somebody took the connection, and was not silent */
	bool silent;     /* somebody took it, and said nothing in time: libpq does not try the
			  * addresses that are left then */
};

/* Drives a connection that PQconnectStart...() has begun until it is up or has failed. Each
 * address has connect_timeout, as in libpq. */
struct dial_end dial(PGconn *conn, const struct db_limits *limits);

#endif

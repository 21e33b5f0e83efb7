/* A login that is being replaced: what the database refuses, and how long it is worth waiting
 * for another. [any thread] */
#ifndef ALMANAC_DB_ROTATION_H
#define ALMANAC_DB_ROTATION_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Whoever rotates a password may end the sessions before the new one can be read. Once it was,
 * those who were refused come back one by one: each tries again in its own time. */
enum { RENEWAL_TIME = 60 /* s */, RENEWAL_REST = 5 /* s */ };

/* Embedded by its owner, zero at first. */
struct rotation {
	atomic_bool admitted;  /* it was let in before */
	_Atomic int64_t since; /* ms of a clock that nobody sets: it is refused; 0: it is not */
	_Atomic int64_t until; /* ms of that clock: others have yet to come back */
};

/* Whether user or password are why there is no connection. What the server says is in its
 * language, so if it does not speak English it is asked once more, for the SQLSTATE. Blocks. */
struct conninfo;
struct conninfo_attempt;
bool rotation_is_refused(const PGconn *conn, const struct conninfo *info,
	const struct conninfo_attempt *attempt);

/* What became of the login that is known at the moment. */
void rotation_note(struct rotation *rotation, bool refused);

/* It was let in before, and is refused for less than RENEWAL_TIME, or was until RENEWAL_REST
 * ago at most. */
bool rotation_is_awaited(const struct rotation *rotation);

#endif

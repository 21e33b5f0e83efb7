/* Rotation of database credentials: recognises refused ones, and how long to wait for new ones.
 * [any] */
#ifndef ALMANAC_DB_ROTATION_H
#define ALMANAC_DB_ROTATION_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A rotation may end sessions before the new password can be read. Afterwards the connections
 * come back one by one, each after its own delay. */
enum { ROTATION_MAX_MS = 60 * 1000, ROTATION_REST_MS = 5 * 1000 };

/* Embedded by its owner, zero at first. Times are of clock_ms(). */
struct rotation {
	atomic_bool admitted;          /* the server has accepted credentials before */
	_Atomic int64_t refused_ms;    /* first refusal since; 0: not refused */
	_Atomic int64_t rest_until_ms; /* other connections may still be coming back */
};

/* Whether the server refused user or password. Its message is in the server's language: if that
 * is not English, a second attempt gets the SQLSTATE. Blocks. */
struct conninfo;
struct conninfo_attempt;
bool rotation_is_refused(const PGconn *conn, const struct conninfo *info,
	const struct conninfo_attempt *attempt);

/* Records whether the server refused or accepted the present credentials. */
void rotation_record(struct rotation *rotation, bool refused);

/* Whether credentials that were accepted before have been refused for less than
 * ROTATION_MAX_MS, or were until ROTATION_REST_MS ago. */
bool rotation_is_under_way(const struct rotation *rotation);

#endif

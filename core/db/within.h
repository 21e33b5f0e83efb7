/* Answers that are waited for only so long: what db_query_within() and the like are made of. */
#ifndef ALMANAC_DB_WITHIN_H
#define ALMANAC_DB_WITHIN_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/error.h"
#include "db/dial.h"

/* The same limits, but no longer than `ms` from now. */
struct db_limits limits_within(const struct db_limits *limits, int64_t ms);

/* db_query_within(), within any limits. */
PGresult *query_within(PGconn *conn, const char *sql, int format,
	const struct db_limits *limits, struct error *err);

#endif

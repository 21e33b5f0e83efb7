/* What libpq is told of a connection: ours, the URL's, and what hosts of Amazon RDS need. */
#ifndef ALMANAC_DB_CONNINFO_H
#define ALMANAC_DB_CONNINFO_H

#include <libpq-fe.h>

#include "base/error.h"
#include "db/credentials.h"
#include "db/dial.h"

/* Embedded by its owner. */
struct conninfo {
	char *url; /* or conninfo; "": libpq's environment and defaults */
	char *application;
	char timeout[24];  /* s */
	char *authorities; /* path of those of RDS */
};

/* -1: the URL is malformed; *err shows nothing of it. */
int conninfo_init(struct conninfo *info, const char *url, const char *application,
	long long timeout, struct error *err);
void conninfo_finish(struct conninfo *info);

/* An attempt to connect. Embedded by its owner. */
struct conninfo_attempt {
	const struct db_credentials *credentials; /* user NULL: the URL or libpq know them */
	const struct db_limits *limits;
	struct dial_end end; /* result */
};

/* Blocks. NULL: out of memory; else the caller looks at PQstatus().
 *
 * If any host that libpq would try is one of RDS, whoever names it - URL, environment or
 * service file - all are held to their certificates, by the authorities that are shipped,
 * unless one of these says otherwise. (An sslmode=prefer in a service file does not: it cannot
 * be told from libpq's default.) */
PGconn *conninfo_open(const struct conninfo *info, struct conninfo_attempt *attempt);

/* The same, but that the message of a failure has its SQLSTATE, as in "FATAL:  28P01: ...". */
PGconn *conninfo_open_verbosely(const struct conninfo *info, struct conninfo_attempt *attempt);

#endif

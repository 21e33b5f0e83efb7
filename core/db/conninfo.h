/* Connection parameters for libpq: ours, the URL's, and those that Amazon RDS needs. */
#ifndef ALMANAC_DB_CONNINFO_H
#define ALMANAC_DB_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/error.h"
#include "db/credentials.h"
#include "db/within.h"

/* Embedded by its owner. */
struct conninfo {
	char *url; /* or conninfo; "": libpq's environment and defaults */
	char *application;
	char timeout[24];  /* s */
	char *authorities; /* file of RDS's certificate authorities */
};

/* -1: the URL is malformed; *err shows nothing of it. */
int conninfo_init(struct conninfo *info, const char *url, const char *application,
	long long timeout, struct error *err);
void conninfo_finish(struct conninfo *info);

/* A connection attempt. Embedded by its owner. */
struct conninfo_attempt {
	const struct db_credentials *credentials; /* user NULL: from the URL or libpq */
	const struct db_limits *limits;
	struct dial_end end; /* result */
};

/* Connects. Blocks. NULL: out of memory; else the caller checks PQstatus(). With
 * PQERRORS_VERBOSE the message of a failure has its SQLSTATE, as in "FATAL:  28P01: ...".
 *
 * If any host that libpq would try is of RDS, whether from URL, environment or service file,
 * all certificates are verified against the authorities that Almanac ships, unless URL,
 * environment or service file say otherwise. (An sslmode=prefer in a service file does not: it
 * looks like libpq's default.) */
PGconn *conninfo_open(
	const struct conninfo *info, struct conninfo_attempt *attempt, PGVerbosity verbosity);

/* Whether any host of a comma-separated list is one of Amazon RDS, in any partition. NULL: no.
 */
bool rds_has_host(const char *hosts);

/* The file of RDS's certificate authorities, which systems do not have. The caller frees. */
char *rds_authorities(void);

#endif

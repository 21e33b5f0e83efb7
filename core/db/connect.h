/* Database connections: where the database is, and connecting to it. */
#ifndef ALMANAC_DB_CONNECT_H
#define ALMANAC_DB_CONNECT_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/credentials.h"
#include "db/setup.h"
#include "db/within.h"

struct settings;
struct db_target;

/* Provider of credentials, which may be rotated while the program runs. */
struct db_login {
	/* [worker] Blocks. `refused`: the password that the server refused; NULL: none. May
	 * return the same again if there is no other. Fails soon after stop(). */
	int (*get)(
		void *arg, const char *refused, struct db_credentials *to, struct error *err);
	void (*stop)(void *arg); /* [any] */
	void *arg;
};

/* The database of ALMANAC_DATABASE_URL, else DATABASE_URL, else libpq's PG* and defaults.
 * `what` becomes application_name ("almanac serve"). `login` (NULL: libpq has the credentials)
 * must outlive the target. [any] once created. Certificates of Amazon RDS: see conninfo.h. */
struct db_target *db_target_create(const struct settings *settings, const char *what,
	const struct db_login *login, struct error *err);
void db_target_destroy(struct db_target *target);

/* [any] Ends waiting for credentials: no connection is needed any more. */
void db_target_stop(const struct db_target *target);

/* [any] Whether credentials are being rotated: see rotation_is_under_way(). */
bool db_login_is_rotating(const struct db_target *target);

enum { DB_SERVER_MAX = 64 };

/* Options and results of connecting. All zero is valid. */
struct db_opened {
	struct db_limits limits;
	enum setup_use use;
	uint64_t timeout; /* ms of a statement of SETUP_READS */
	bool reached;     /* result: a server answered, even if it refused */
	bool direct;      /* result: the session is not shared, and set up; see setup.h */
	char server[DB_SERVER_MAX]; /* result, if direct: identifies the server */
};

/* [worker] Connects, in SETTING_CONNECT_TIMEOUT at most. The caller owns the connection
 * (PQfinish). NULL: *err tells host, database and reason, never the password. Text is UTF8.
 * Refused credentials are read again, once; if there are no others, *err tells that too. */
PGconn *db_open(const struct db_target *target, struct db_opened *opened, struct error *err);

/* The same, without limits, for any use. */
PGconn *db_connect(const struct db_target *target, struct error *err);

/* db_connect(), repeated for SETTING_DATABASE_WAIT at most: for commands that start together
 * with the database. `cancel` (NULL: none) ends it at once. */
PGconn *db_connect_patiently(
	const struct db_target *target, const atomic_bool *cancel, struct error *err);

/* A db_connect_patiently() on a thread of its own. The arguments must live until
 * db_opening_finish(), which waits for the connection and frees the opening. */
struct db_opening;
struct db_opening *db_opening_start(const struct db_target *target, const atomic_bool *cancel);
PGconn *db_opening_finish(struct db_opening *opening, struct error *err);

/* Runs statements and discards their results; -1 with *err. Blocks. */
int db_run(PGconn *conn, const char *sql, struct error *err);

#endif

/* Where the database is, and a connection to it. Every connection of the program
 * begins here. */
#ifndef ALMANAC_DB_CONNECT_H
#define ALMANAC_DB_CONNECT_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/credentials.h"
#include "db/dial.h"
#include "db/setup.h"
#include "db/within.h"

struct settings;
struct db_target;

/* Somebody who knows the login, which may change while the program runs. */
struct db_login {
	/* [worker] Blocks. `refused`: the password that the server did not take; NULL: none.
	 * May give the same again if there is no other. Fails soon after stop(). */
	int (*get)(
		void *arg, const char *refused, struct db_credentials *to, struct error *err);
	void (*stop)(void *arg); /* [any] */
	void *arg;
};

/* ALMANAC_DATABASE_URL, else DATABASE_URL, else libpq's PG* and defaults. `what`
 * becomes application_name ("almanac serve"). User and password are those of `login`, which
 * must live as long, unless that is NULL. Thread-safe once created. Hosts of Amazon RDS are
 * held to their certificates, see conninfo.h. */
struct db_target *db_target_create(const struct settings *settings, const char *what,
	const struct db_login *login, struct error *err);
void db_target_destroy(struct db_target *target);

/* [any] Nobody needs a connection any more: whoever waits for a login is told so soon. */
void db_target_stop(const struct db_target *target);

/* [any] The login, which was good before, is refused, but not for so long that another one
 * could not be there any moment; or such a one has just come, and not all are back by it. */
bool db_login_is_awaited(const struct db_target *target);

enum { DB_SERVER_MAX = 64 };

/* What a connection is for, and what it turns out to be. All zero is fine. */
struct db_opened {
	struct db_limits limits;
	enum setup_use use;
	uint64_t timeout; /* ms of a statement of SETUP_READS */
	bool reached;     /* result: there is a server, whether it let us in or not */
	bool direct;      /* result: the session is ours, and is set up; see setup.h */
	char server[DB_SERVER_MAX]; /* result: of a direct one, tells servers apart */
};

/* Blocks until connected (SETTING_CONNECT_TIMEOUT at most); never call it on a
 * loop thread. The caller owns the connection (PQfinish). NULL: *err says host,
 * database and reason, never the password. Text is UTF8. A login that is refused is asked for
 * again, once; if there is no other, *err says that too. */
PGconn *db_open(const struct db_target *target, struct db_opened *opened, struct error *err);

/* The same, without limits, for any use. */
PGconn *db_connect(const struct db_target *target, struct error *err);

/* db_connect(), tried again for SETTING_DATABASE_WAIT, no longer: for commands that are started
 * together with the database. `cancel` (NULL: none) ends it at once. */
PGconn *db_connect_patiently(
	const struct db_target *target, const atomic_bool *cancel, struct error *err);

/* Runs statements that return nothing; -1 with *err. Blocks. */
int db_run(PGconn *conn, const char *sql, struct error *err);

/* The dataset tables exist and are of this program's schema version; else *err
 * tells to run `almanac migrate` (or a newer program). Blocks. */
int db_check_schema(PGconn *conn, struct error *err);

#endif

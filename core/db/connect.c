#include "db/connect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/settings.h"
#include "base/thread.h"
#include "db/conninfo.h"
#include "db/rotation.h"
#include "db/within.h"

enum {
	OLDEST_SERVER = 140000, /* SQL functions whose bodies are bound when created */
	PAUSE_MS = 500          /* between attempts to connect */
};

struct db_target {
	struct conninfo info;
	int64_t timeout_ms; /* of an attempt */
	int64_t wait_ms;
	const struct db_login *login; /* NULL: credentials are libpq's */
	struct rotation *rotation;    /* a pointer: users have a const target */
};

struct db_target *db_target_create(const struct settings *settings, const char *what,
	const struct db_login *login, struct error *err)
{
	struct db_target *target = memory_new(struct db_target);

	if (conninfo_init(&target->info, settings_text(settings, SETTING_DATABASE_URL), what,
		    settings_integer(settings, SETTING_CONNECT_TIMEOUT), err) < 0) {
		free(target);
		return NULL;
	}
	target->timeout_ms = settings_integer(settings, SETTING_CONNECT_TIMEOUT) * 1000;
	target->wait_ms = settings_integer(settings, SETTING_DATABASE_WAIT) * 1000;
	target->login = login;
	target->rotation = memory_new(struct rotation);
	return target;
}

void db_target_destroy(struct db_target *target)
{
	if (target != NULL) {
		conninfo_finish(&target->info);
		free(target->rotation);
		free(target);
	}
}

void db_target_stop(const struct db_target *target)
{
	if (target->login != NULL) {
		target->login->stop(target->login->arg);
	}
}

bool db_login_is_rotating(const struct db_target *target)
{
	return target->login != NULL && rotation_is_under_way(target->rotation);
}

/* Hints by a text in the English message of libpq or the server; the last fits any. */
static const struct {
	const char *text, *hint;
} hints[] = {
	{ "password", "check user and password in ALMANAC_DATABASE_URL (or PGPASSWORD, or the "
		      "secret of ALMANAC_DATABASE_SECRET)" },
	{ "certificate", "the server must show a certificate for this host, of an authority in "
			 "sslrootcert" },
	{ "root certificate file", "name the authorities in sslrootcert (PGSSLROOTCERT)" },
	{ "no pg_hba.conf entry",
		"let this user and host in (pg_hba.conf), or try sslmode=require" },
	{ "role \"", "create the role, or name another user in ALMANAC_DATABASE_URL" },
	{ "database \"", "create the database, or name another in ALMANAC_DATABASE_URL" },
	{ "translate host name", "check the host in ALMANAC_DATABASE_URL" },
	{ "too many", "raise max_connections, or lower --db-connections and --threads" },
	{ "starting up", "try again in a moment" },
	{ "", "is PostgreSQL running there? ALMANAC_DATABASE_URL says where it is" },
};

static const char *find_hint(const char *message, const char *host)
{
	size_t i = 0;

	if (rds_has_host(host) && strstr(message, "certificate verify failed") != NULL) {
		return "the authorities of RDS that are shipped are those of most regions, not of "
		       "China, GovCloud and the newest: name those of AWS for this one in "
		       "sslrootcert (PGSSLROOTCERT)";
	}
	while (strstr(message, hints[i].text) == NULL) {
		i++;
	}
	return hints[i].hint;
}

/* Sets *err. `why` NULL: libpq's message is the reason. */
static int fail_connect(struct error *err, const PGconn *conn, const char *why)
{
	char reason[ERROR_TEXT_MAX];
	const char *host = PQhost(conn), *database = PQdb(conn), *user = PQuser(conn);

	db_write_line(reason, sizeof(reason), why != NULL ? why : PQerrorMessage(conn));
	error_set(err,
		"cannot connect to PostgreSQL, host %s, port %s, database %s, user %s: %s",
		host != NULL && host[0] != '\0' ? host : "(default)", PQport(conn),
		database != NULL ? database : "(default)", user != NULL ? user : "(default)",
		reason);
	return error_hint(err, "%s", find_hint(reason, host));
}

static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

static int set_up(PGconn *conn, struct db_opened *opened, int64_t timeout, struct error *err)
{
	const struct db_limits limits = limits_within(&opened->limits, timeout);

	if (PQserverVersion(conn) < OLDEST_SERVER) {
		error_set(err, "the database server is PostgreSQL %d",
			PQserverVersion(conn) / 10000);
		return error_hint(
			err, "PostgreSQL %d or newer is needed", OLDEST_SERVER / 10000);
	}
	if (setup_session(conn, opened->use, opened->timeout, &limits, opened->server,
		    sizeof(opened->server), err) == 0) {
		opened->direct = opened->server[0] != '\0';
		return 0;
	}
	return error_prefix(err, "cannot set up the session: ");
}

static void finish_credentials(struct db_credentials *credentials)
{
	memory_wipe_text(credentials->user);
	memory_wipe_text(credentials->password);
	*credentials = (struct db_credentials){ NULL, NULL };
}

/* Replaces refused credentials. False: there are no others; *why tells so. */
static bool replace_credentials(
	const struct db_login *login, struct db_credentials *credentials, struct error *why)
{
	struct db_credentials newer = { NULL, NULL };
	bool other;

	if (login->get(login->arg, credentials->password, &newer, why) < 0) {
		return false;
	}
	other = strcmp(newer.password, credentials->password) != 0 ||
		strcmp(newer.user, credentials->user) != 0;
	finish_credentials(credentials);
	*credentials = newer;
	if (!other) {
		error_set(why, "the secret still holds this login");
	}
	return other;
}

/* Connects with the credentials of target->login, which are replaced once if they are refused.
 * *why: why they could not be. */
static PGconn *open_with_login(const struct db_target *target, struct conninfo_attempt *attempt,
	struct error *why, struct error *err)
{
	struct db_credentials credentials = { NULL, NULL };
	const struct db_login *login = target->login;
	bool refused;
	PGconn *conn;

	if (login->get(login->arg, NULL, &credentials, err) < 0) {
		error_prefix(err, "cannot log in to PostgreSQL: ");
		return NULL;
	}
	attempt->credentials = &credentials;
	conn = conninfo_open(&target->info, attempt, PQERRORS_DEFAULT);
	refused = rotation_is_refused(conn, &target->info, attempt);
	if (refused && replace_credentials(login, &credentials, why)) {
		PQfinish(conn);
		conn = conninfo_open(&target->info, attempt, PQERRORS_DEFAULT);
		refused = rotation_is_refused(conn, &target->info, attempt);
	}
	finish_credentials(&credentials);
	if (refused || PQstatus(conn) == CONNECTION_OK) {
		rotation_record(target->rotation, refused);
	}
	return conn;
}

static PGconn *open_any(const struct db_target *target, struct conninfo_attempt *attempt,
	struct error *why, struct error *err)
{
	static const struct db_credentials none = { NULL, NULL };
	PGconn *conn;

	attempt->credentials = &none;
	conn = target->login != NULL ? open_with_login(target, attempt, why, err)
				     : conninfo_open(&target->info, attempt, PQERRORS_DEFAULT);
	if (conn == NULL && !error_is_set(err)) {
		error_set(err, "cannot connect to PostgreSQL: out of memory");
	}
	return conn;
}

/* Adds to *err why there are no other credentials; the hint of that is the better one. */
static void add_reason(struct error *err, const struct error *why)
{
	const struct error refusal = *err;

	error_set(err, "%s; %s", refusal.text, why->text);
	error_hint(err, "%s", why->hint[0] != '\0' ? why->hint : refusal.hint);
}

PGconn *db_open(const struct db_target *target, struct db_opened *opened, struct error *err)
{
	struct error why = { 0 };
	struct conninfo_attempt attempt = { .limits = &opened->limits };
	PGconn *conn = open_any(target, &attempt, &why, err);

	if (conn == NULL) {
		return NULL;
	}
	opened->reached = attempt.end.reached;
	PQsetNoticeProcessor(conn, ignore_notice, NULL);
	if (PQstatus(conn) != CONNECTION_OK) {
		fail_connect(err, conn, attempt.end.why);
		if (error_is_set(&why)) {
			add_reason(err, &why);
		}
	} else if (set_up(conn, opened, target->timeout_ms, err) == 0) {
		return conn;
	}
	PQfinish(conn);
	return NULL;
}

PGconn *db_connect(const struct db_target *target, struct error *err)
{
	struct db_opened opened = { .use = SETUP_ANY };

	return db_open(target, &opened, err);
}

PGconn *db_connect_patiently(
	const struct db_target *target, const atomic_bool *cancel, struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	struct db_opened opened = { .limits = { .cancel = cancel } };
	PGconn *conn;

	if (target->wait_ms > 0) {
		opened.limits = limits_within(&opened.limits, target->wait_ms);
	}
	conn = db_open(target, &opened, err);
	if (conn == NULL && target->wait_ms > 0) {
		log_write(LOG_INFO, "%s; trying for %lld s", err->text,
			(long long)target->wait_ms / 1000);
	}
	while (conn == NULL && target->wait_ms > 0 && !db_limits_are_over(&opened.limits)) {
		struct error next = { 0 };

		nanosleep(&pause, NULL);
		conn = db_open(target, &opened, &next);
		if (conn == NULL && !db_limits_are_over(&opened.limits)) {
			*err = next; /* not "the time is over": the reason before it */
		}
	}
	return conn;
}

int db_run(PGconn *conn, const char *sql, struct error *err)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);
	int failed = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		failed = db_error(err, "the database refused", conn, result);
	}
	PQclear(result);
	return failed;
}

/* -- In the background ---------------------------------------------------- */

struct db_opening {
	const struct db_target *target;
	const atomic_bool *cancel;
	bool started;
	pthread_t thread;
	PGconn *conn; /* written by the thread until it is joined, as is the next */
	struct error err;
};

static void *open_connection(void *arg)
{
	struct db_opening *opening = arg;

	opening->conn = db_connect_patiently(opening->target, opening->cancel, &opening->err);
	return NULL;
}

struct db_opening *db_opening_start(const struct db_target *target, const atomic_bool *cancel)
{
	struct db_opening *opening = memory_new(struct db_opening);
	struct error ignored = { 0 }; /* db_opening_finish() connects then */

	opening->target = target;
	opening->cancel = cancel;
	opening->started =
		thread_start(&opening->thread, open_connection, opening, &ignored) == 0;
	return opening;
}

PGconn *db_opening_finish(struct db_opening *opening, struct error *err)
{
	PGconn *conn;

	if (opening->started) {
		pthread_join(opening->thread, NULL);
	} else {
		open_connection(opening);
	}
	conn = opening->conn;
	if (conn == NULL) {
		*err = opening->err;
	}
	free(opening);
	return conn;
}

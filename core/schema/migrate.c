#include "schema/migrate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/connect.h"
#include "schema/embedded.h"
#include "schema/roles.h"

enum {
	ANSWER_MS = 10000, /* timeout of each statement of try_begin() */
	PAUSE_MS = 200     /* between attempts to get the lock */
};

#define LEDGER "schema_migration"
#define LOCK_KEY "27422289782792547" /* "almanac" as a number */

static const char create_ledger[] =
	"create table if not exists " LEDGER " (number integer primary key, "
	"name text not null, hash text not null, applied_at timestamptz not null default now());"
	"comment on table " LEDGER " is 'Schema changes that were applied';"
	"comment on column " LEDGER ".hash is 'SHA-256 of the SQL, hexadecimal'";

static int fail_newer(struct error *err, const char *number, const char *name)
{
	error_set(err,
		"the database has schema %s (%s), newer than this program, which knows %d",
		number, name, migration_count);
	return error_hint(err, "use the program that migrated the database, or a newer one");
}

static int fail_other(struct error *err, int number, const char *name)
{
	error_set(err, "the database was made with another schema %d (%s) than this program's",
		number, name);
	return error_hint(err,
		"released schemas never change: use the program that migrated the "
		"database, or a new database");
}

/* Compares the ledger, rows (number, name, hash) in order, with the embedded migrations. */
static int check_ledger(const PGresult *ledger, struct error *err)
{
	for (int i = 0; i < PQntuples(ledger); i++) {
		const char *number = PQgetvalue(ledger, i, 0), *name = PQgetvalue(ledger, i, 1);

		if (i >= migration_count) {
			return fail_newer(err, number, name);
		}
		if (atoi(number) != migrations[i].number ||
			strcmp(PQgetvalue(ledger, i, 2), migrations[i].hash) != 0) {
			return fail_other(err, migrations[i].number, name);
		}
	}
	return 0;
}

static int fail_ledger(struct error *err, const PGconn *conn, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	db_error(err, "reading the schema's version", conn, result);
	if (state != NULL && strcmp(state, "42501") == 0) { /* insufficient privilege */
		error_hint(err,
			"an administrator has to run: grant almanac_reader to \"%s\" "
			"(almanac_writer if it is to ingest)",
			PQuser(conn));
	}
	return -1;
}

/* Counts the applied migrations, which must be the program's own; 0: there is no ledger. */
static int count_applied(PGconn *conn, int *applied, struct error *err)
{
	PGresult *result = PQexec(conn, "select to_regclass('" LEDGER "') is not null");
	bool exists = PQntuples(result) > 0 && PQgetvalue(result, 0, 0)[0] == 't';
	int failed;

	if (exists) {
		PQclear(result);
		result = PQexec(
			conn, "select number, name, hash from " LEDGER " order by number");
	}
	failed = PQresultStatus(result) != PGRES_TUPLES_OK ? fail_ledger(err, conn, result)
		 : exists                                  ? check_ledger(result, err)
							   : 0;
	*applied = exists && failed == 0 ? PQntuples(result) : 0;
	PQclear(result);
	return failed;
}

int migrate_check(PGconn *conn, struct error *err)
{
	int applied;

	if (count_applied(conn, &applied, err) < 0) {
		return -1;
	}
	if (applied == migration_count) {
		return 0;
	}
	if (applied == 0) {
		error_set(err, "the database %s has no Almanac tables", PQdb(conn));
	} else {
		error_set(err, "the database %s has schema %d, this program needs %d",
			PQdb(conn), applied, migration_count);
	}
	return error_hint(err, "run: almanac migrate");
}

/* Begins the transaction and tries to lock. The lock is the transaction's: a session's would
 * stay on a pooler's connection. Another migration may take long; each statement here may not.
 */
static int try_begin(PGconn *conn, const char *begin, bool *locked, struct error *err)
{
	PGresult *result;

	if (db_run_within(conn, begin, ANSWER_MS, err) < 0) {
		return -1;
	}
	result = db_query_within(
		conn, "select pg_try_advisory_xact_lock(" LOCK_KEY ")", 0, ANSWER_MS, err);
	*locked = result != NULL && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (result == NULL) {
		return error_prefix(err, "locking the schema: ");
	}
	return *locked ? 0 : db_run_within(conn, "rollback", ANSWER_MS, err);
}

int migrate_begin(PGconn *conn, void (*waiting)(void), struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	struct buffer begin = { 0 };
	bool locked = false;
	int failed;

	buffer_printf(&begin, "%s; ", setup_begin);
	setup_write_writing(&begin, SETUP_UNLIMITED);
	failed = try_begin(conn, buffer_text(&begin), &locked, err);
	if (failed == 0 && !locked) {
		waiting();
	}
	while (failed == 0 && !locked) {
		nanosleep(&pause, NULL);
		failed = try_begin(conn, buffer_text(&begin), &locked, err);
	}
	buffer_finish(&begin);
	return failed;
}

static int insert_line(PGconn *conn, const struct migration *migration, struct error *err)
{
	char number[16];
	const char *values[] = { number, migration->name, migration->hash };
	PGresult *result;
	int failed = 0;

	snprintf(number, sizeof(number), "%d", migration->number);
	result = PQexecParams(conn,
		"insert into " LEDGER " (number, name, hash) values ($1, $2, $3)", 3, NULL,
		values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		failed = db_error(err, "the database refused", conn, result);
	}
	PQclear(result);
	return failed;
}

static int apply(PGconn *conn, const struct migration *migration, struct error *err)
{
	if (db_run(conn, migration->sql, err) == 0 && insert_line(conn, migration, err) == 0) {
		return 0;
	}
	return error_prefix(err, "schema %d (%s): ", migration->number, migration->name);
}

int migrate_schema(PGconn *conn, struct buffer *done, struct error *err)
{
	int applied;

	if (count_applied(conn, &applied, err) < 0 || roles_create(conn, done, err) < 0 ||
		roles_become_owner(conn, LEDGER, done, err) < 0 ||
		(applied == 0 && db_run(conn, create_ledger, err) < 0)) {
		return -1;
	}
	for (int i = applied; i < migration_count; i++) {
		if (apply(conn, &migrations[i], err) < 0) {
			return -1;
		}
		buffer_printf(done, "applied schema %d (%s)\n", migrations[i].number,
			migrations[i].name);
	}
	return 0;
}

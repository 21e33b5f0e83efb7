#include <stdio.h>
#include <string.h>

#include "schema/roles.h"

static int fail_login(struct error *err, const PGconn *conn, const char *user)
{
	error_prefix(err, "login %s: ", user);
	return error_hint(err, "%s must be allowed to create roles (createrole)", PQuser(conn));
}

/* Runs a statement that may hold a verifier: it is not shown, nor is what the server says of
 * the statement. */
static int run_quietly(PGconn *conn, const char *sql, const char *what, struct error *err)
{
	PGresult *result = PQexec(conn, sql);
	int failed = 0;

	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		failed = db_error(err, what, conn, result);
	}
	PQclear(result);
	return failed;
}

static int exists(PGconn *conn, const char *user, struct error *err)
{
	PGresult *result = PQexecParams(
		conn, "select from pg_roles where rolname = $1", 1, NULL, &user, NULL, NULL, 0);
	int found = -1;

	if (PQresultStatus(result) == PGRES_TUPLES_OK) {
		found = PQntuples(result);
	} else {
		db_error(err, "looking at roles", conn, result);
	}
	PQclear(result);
	return found;
}

static int write_login(PGconn *conn, const char *name, const char *verifier, const char *group,
	int found, struct error *err)
{
	struct buffer sql = { 0 };
	int failed;

	buffer_printf(&sql, "%s role %s login password '%s'", found > 0 ? "alter" : "create",
		name, verifier);
	failed = run_quietly(conn, buffer_text(&sql), "setting the password", err);
	sql.length = 0;
	buffer_printf(&sql, "grant %s to %s", group, name);
	if (failed == 0) {
		failed = run_quietly(conn, buffer_text(&sql), "granting membership", err);
	}
	buffer_finish(&sql);
	return failed;
}

int roles_set_login(PGconn *conn, const struct db_credentials *login, const char *group,
	struct buffer *done, struct error *err)
{
	char *name = PQescapeIdentifier(conn, login->user, strlen(login->user));
	char *verifier =
		PQencryptPasswordConn(conn, login->password, login->user, "scram-sha-256");
	int found = -1, failed = -1;

	if (name == NULL || verifier == NULL) {
		error_set(err, "%s", PQerrorMessage(conn));
	} else {
		found = exists(conn, login->user, err);
	}
	if (found >= 0) {
		failed = write_login(conn, name, verifier, group, found, err);
	}
	PQfreemem(name);
	PQfreemem(verifier);
	if (failed < 0) {
		return fail_login(err, conn, login->user);
	}
	buffer_printf(done, "%s login %s, a member of %s\n",
		found > 0 ? "set the password of" : "created", login->user, group);
	return 0;
}

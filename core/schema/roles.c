#include "schema/roles.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "db/connect.h"
#include "schema/embedded.h"

static const char owner[] = "almanac_owner";
static const char *const names[] = { owner, "almanac_writer", "almanac_reader" };
enum { ROLES = sizeof(names) / sizeof(names[0]) };

/* SQLSTATEs. */
static const char duplicate_object[] = "42710";
static const char unique_violation[] = "23505";
static const char no_privilege[] = "42501";

static bool is_failed(const PGresult *result, const char *state)
{
	const char *field = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return field != NULL && strcmp(field, state) == 0;
}

/* Runs a query with one text argument. NULL: *err. The caller clears. */
static PGresult *query_roles(
	PGconn *conn, const char *sql, const char *argument, struct error *err)
{
	PGresult *result = PQexecParams(conn, sql, 1, NULL, &argument, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		db_error(err, "looking at roles", conn, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

/* Runs a query with a boolean result: 1 or 0; -1: *err. */
static int query_boolean(PGconn *conn, const char *sql, const char *argument, struct error *err)
{
	PGresult *result = query_roles(conn, sql, argument, err);
	int answer = -1;

	if (result != NULL) {
		answer = PQntuples(result) > 0 && PQgetvalue(result, 0, 0)[0] == 't';
		PQclear(result);
	}
	return answer;
}

/* Runs a statement whose failure does not abort the transaction. The caller clears. */
static PGresult *run_in_savepoint(PGconn *conn, const char *sql)
{
	PGresult *result;

	PQclear(PQexec(conn, "savepoint attempt"));
	result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		PQclear(PQexec(conn, "rollback to savepoint attempt"));
	}
	PQclear(PQexec(conn, "release savepoint attempt"));
	return result;
}

static int fail_create(struct error *err, const PGconn *conn, const char *name)
{
	error_set(
		err, "the role %s does not exist and %s may not create it", name, PQuser(conn));
	return error_hint(err,
		"an administrator has to run: create role almanac_owner nologin; create role "
		"almanac_writer nologin; create role almanac_reader nologin; grant "
		"almanac_owner to \"%s\"; those that exist may be left out",
		PQuser(conn));
}

static int role_exists(PGconn *conn, const char *name, struct error *err)
{
	return query_boolean(
		conn, "select exists (select from pg_roles where rolname = $1)", name, err);
}

static int create_role(PGconn *conn, const char *name, struct buffer *done, struct error *err)
{
	int found = role_exists(conn, name, err), failed = 0;
	char sql[64];
	PGresult *result;

	if (found != 0) {
		return found < 0 ? -1 : 0;
	}
	snprintf(sql, sizeof(sql), "create role %s nologin", name);
	result = run_in_savepoint(conn, sql);
	if (PQresultStatus(result) == PGRES_COMMAND_OK) {
		buffer_printf(done, "created role %s\n", name);
	} else if (is_failed(result, no_privilege)) {
		failed = fail_create(err, conn, name);
	} else if (!is_failed(result, duplicate_object) &&
		   !is_failed(result, unique_violation)) {
		failed = db_error(err, sql, conn, result);
	} /* else a migration of another database of the cluster was faster */
	PQclear(result);
	return failed;
}

/* Runs the statements that a query returns as rows; *count gets their number. */
static int run_each(PGconn *conn, const char *query, int *count, struct error *err)
{
	PGresult *list = PQexec(conn, query);
	int failed = 0;

	if (PQresultStatus(list) != PGRES_TUPLES_OK) {
		failed = db_error(err, "looking at privileges", conn, list);
	}
	*count = PQntuples(list);
	for (int i = 0; i < *count && failed == 0; i++) {
		const char *sql = PQgetvalue(list, i, 0);

		failed = db_run(conn, sql, err);
		if (failed != 0) {
			error_hint(err, "an administrator has to run: %s", sql);
			error_prefix(err, "%s: ", sql);
		}
	}
	PQclear(list);
	return failed;
}

int roles_create(PGconn *conn, struct buffer *done, struct error *err)
{
	int count;

	for (int i = 0; i < ROLES; i++) {
		if (create_role(conn, names[i], done, err) < 0) {
			return -1;
		}
	}
	if (run_each(conn, sql_admissions, &count, err) < 0) {
		return -1;
	}
	if (count > 0) {
		buffer_puts(done, "let the roles into the schema and the database\n");
	}
	return 0;
}

int roles_grant(PGconn *conn, struct buffer *done, struct error *err)
{
	int count;

	if (run_each(conn, sql_grants, &count, err) < 0) {
		return -1;
	}
	if (count > 0) {
		buffer_puts(done, "granted almanac_writer and almanac_reader what they need\n");
	}
	return 0;
}

/* Whether the user may SET ROLE: since PostgreSQL 16 membership is not enough. */
static int may_set_role(PGconn *conn, const char *role, struct error *err)
{
	return query_boolean(conn,
		PQserverVersion(conn) >= 160000
			? "select pg_has_role(current_user, $1, 'set')"
			: "select pg_has_role(current_user, $1, 'member')",
		role, err);
}

/* The same, after trying to grant almanac_owner: users that may create roles may do that. */
static int may_become(PGconn *conn, const char *role, struct error *err)
{
	int may = may_set_role(conn, role, err);

	if (may == 0 && strcmp(role, owner) == 0) {
		PQclear(run_in_savepoint(conn, "grant almanac_owner to current_user"));
		may = may_set_role(conn, role, err);
	}
	return may;
}

static int may_create(PGconn *conn, const char *role, struct error *err)
{
	return query_boolean(conn,
		"select coalesce(has_schema_privilege(coalesce($1, current_user), "
		"current_schema(), 'create'), false)",
		role, err);
}

/* Whether the transaction can create tables as almanac_owner, after trying to grant it that. */
static int can_own(PGconn *conn, struct error *err)
{
	int can = may_become(conn, owner, err);

	if (can <= 0) {
		return can;
	}
	can = may_create(conn, owner, err);
	if (can == 0) {
		PQclear(run_in_savepoint(conn,
			"do $$ begin execute format('grant usage, create on schema %I to "
			"almanac_owner', current_schema()); end $$"));
		can = may_create(conn, owner, err);
	}
	return can;
}

static int become(PGconn *conn, const char *role, struct error *err)
{
	/* Fix search_path first: "$user" in it depends on the role. */
	PGresult *result = query_roles(conn,
		"select set_config('search_path', quote_ident(current_schema()), true), "
		"set_config('role', $1, true)",
		role, err);

	PQclear(result);
	return result != NULL ? 0 : -1;
}

static int fail_create_tables(PGconn *conn, struct error *err)
{
	PGresult *result = PQexec(
		conn, "select coalesce(current_schema(), ''), current_setting('search_path')");
	const char *schema = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "public";

	if (schema[0] == '\0') {
		error_set(err, "there is no schema for the tables: search_path is %s",
			PQgetvalue(result, 0, 1));
		error_hint(err,
			"let search_path, which database or role or URL have set, name a "
			"schema that exists and that %s may use",
			PQuser(conn));
		PQclear(result);
		return -1;
	}
	error_set(err, "%s may not create tables in schema %s of database %s", PQuser(conn),
		schema, PQdb(conn));
	error_hint(err, "an administrator has to run: grant create on schema %s to \"%s\"",
		schema, PQuser(conn));
	PQclear(result);
	return -1;
}

/* Keeps the user as the owner of new tables. */
static int keep_user(PGconn *conn, struct buffer *done, struct error *err)
{
	int may = may_create(conn, NULL, err);

	if (may <= 0) {
		return may < 0 ? -1 : fail_create_tables(conn, err);
	}
	buffer_printf(done,
		"tables will belong to %s, who may not create them as almanac_owner\n",
		PQuser(conn));
	return 0;
}

/* Acts as the owner of the existing tables. */
static int become_existing_owner(PGconn *conn, const char *role, struct error *err)
{
	int may = may_become(conn, role, err);

	if (may == 0) {
		error_set(err, "the tables belong to %s, and %s may not act as that role", role,
			PQuser(conn));
		return error_hint(err, "an administrator has to run: grant \"%s\" to \"%s\"",
			role, PQuser(conn));
	}
	return may < 0 ? -1 : become(conn, role, err);
}

int roles_become_owner(PGconn *conn, const char *ledger, struct buffer *done, struct error *err)
{
	PGresult *present = query_roles(conn,
		"select pg_get_userbyid(relowner) from pg_class where oid = to_regclass($1)",
		ledger, err);
	int result;

	if (present == NULL) {
		return -1;
	}
	if (PQntuples(present) > 0) {
		result = become_existing_owner(conn, PQgetvalue(present, 0, 0), err);
	} else {
		int can = can_own(conn, err);

		result = can < 0    ? -1
			 : can == 0 ? keep_user(conn, done, err)
				    : become(conn, owner, err);
	}
	PQclear(present);
	return result;
}

/* -- Logins --------------------------------------------------------------- */

/* Runs a statement that may hold a password verifier: neither it nor the server's message about
 * it is shown. */
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
		found = role_exists(conn, login->user, err);
	}
	if (found >= 0) {
		failed = write_login(conn, name, verifier, group, found, err);
	}
	PQfreemem(name);
	PQfreemem(verifier);
	if (failed < 0) {
		error_prefix(err, "login %s: ", login->user);
		return error_hint(
			err, "%s must be allowed to create roles (createrole)", PQuser(conn));
	}
	buffer_printf(done, "%s login %s, a member of %s\n",
		found > 0 ? "set the password of" : "created", login->user, group);
	return 0;
}

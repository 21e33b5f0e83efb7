/* Group roles without a login, which logins are members of:
 *   almanac_owner   owns and migrates the tables
 *   almanac_writer  ingests
 *   almanac_reader  serves and queries
 * Roles belong to the cluster: its databases share them. */
#ifndef ALMANAC_SCHEMA_ROLES_H
#define ALMANAC_SCHEMA_ROLES_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/connect.h"

/* All run within the caller's transaction, block, return 0 or -1 with *err, and write a line to
 * `done` for each change. Where the user lacks a privilege, the hint has the SQL that an
 * administrator has to run. */

/* Creates missing roles and grants them access to database and schema. */
int roles_create(PGconn *conn, struct buffer *done, struct error *err);

/* Makes the transaction act as the owner of the table `ledger`. If that does not exist: as
 * almanac_owner if the user may act as that role and it may create tables, else as the user. */
int roles_become_owner(
	PGconn *conn, const char *ledger, struct buffer *done, struct error *err);

/* Creates the login if it does not exist, sets its password and makes it a member of `group`.
 * The server gets a verifier (SCRAM), not the password. */
int roles_set_login(PGconn *conn, const struct db_credentials *login, const char *group,
	struct buffer *done, struct error *err);

/* Grants almanac_writer and almanac_reader missing privileges on tables, views and functions.
 */
int roles_grant(PGconn *conn, struct buffer *done, struct error *err);

#endif

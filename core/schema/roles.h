/* Group roles, without login of their own, that users are given:
 *   almanac_owner   owns the tables and migrates them
 *   almanac_writer  ingests
 *   almanac_reader  serves and asks
 * They belong to the cluster, so several databases share them. */
#ifndef ALMANAC_SCHEMA_ROLES_H
#define ALMANAC_SCHEMA_ROLES_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/connect.h"

/* All act within the caller's transaction, block, return 0 or -1 with *err, and write a line to
 * `done` for each thing that they changed. If the user may not do what is needed, the hint
 * holds the SQL that an administrator has to run. */

/* Creates the roles that are missing and lets them into database and schema. */
int roles_create(PGconn *conn, struct buffer *done, struct error *err);

/* From now on the transaction acts as whoever owns `ledger`, the name of a table; while
 * there is none, as almanac_owner if the user may and that role may create tables,
 * else as the user. */
int roles_become_owner(
	PGconn *conn, const char *ledger, struct buffer *done, struct error *err);

/* Creates the login if there is none, and gives it the password and membership of `group`. The
 * password does not leave the program: the server gets a verifier of it. */
int roles_set_login(PGconn *conn, const struct db_credentials *login, const char *group,
	struct buffer *done, struct error *err);

/* Gives writer and reader what they lack on tables, views and functions. */
int roles_grant(PGconn *conn, struct buffer *done, struct error *err);

#endif

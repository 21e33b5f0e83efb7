/* The right to answer from memory without asking the database first: what the catalog's thread
 * holds on its connection (migrations/0003_lease.sql says how), and every loop may ask for. */
#ifndef ALMANAC_DB_LEASE_H
#define ALMANAC_DB_LEASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct lease;

struct lease *lease_create(void);
void lease_destroy(struct lease *lease); /* NULL is fine */

/* [any] Whether data of *version are, at this moment, the newest there are. A system call. */
bool lease_holds(struct lease *lease, int64_t *version);

/* -- The catalog's thread alone ------------------------------------------ */

/* ms until lease_renew() is to be called again. */
int lease_interval(const struct lease *lease);

/* Asks for the lease, or for more time; *version becomes the database's. It holds only if that
 * is `version` of the catalog. -1: the connection fails. */
int lease_renew(
	struct lease *lease, PGconn *conn, int64_t version, int64_t *newest, struct error *err);

/* Somebody wants to write: gives the lease back, and does not ask for it for a while. -1: the
 * connection fails, and with it ends the lease. */
int lease_yield(struct lease *lease, PGconn *conn, struct error *err);

/* It holds no more until it is renewed: another version has been seen. */
void lease_expire(struct lease *lease);

/* It is lost with the connection. */
void lease_end(struct lease *lease);

/* What has been said since makes it worth asking again. */
void lease_encourage(struct lease *lease);

#endif

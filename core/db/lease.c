#include "db/lease.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "db/connect.h"
#include "db/wire.h"

enum {
	/* ms. A writer waits for 5000 (0003_lease.sql): longer than a lease that is not
	   renewed. */
	DURATION = 3000,
	RENEW_EVERY = 500,
	ASK_EVERY = 1000, /* when it is not held */
	YIELD = 1000      /* in which a writer should have done what it announced */
};

/* Both by the monotonic clock, ns. */
struct lease {
	_Atomic int64_t until, version;
	atomic_int socket; /* of the connection that holds the lock; -1: none */
	bool locked;       /* the lock is held, which alone is no lease */
	int64_t yields_until;
};

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t from_ms(int ms)
{
	return (int64_t)ms * 1000000;
}

struct lease *lease_create(void)
{
	struct lease *lease = memory_new(struct lease);

	lease->socket = -1;
	return lease;
}

void lease_destroy(struct lease *lease)
{
	free(lease);
}

/* Whether something has come that was not read yet: a writer's announcement, or the end of the
 * connection, of which PostgreSQL tells before it gives up the lock. */
static bool has_news(int socket)
{
	struct pollfd fd = { socket, POLLIN | POLLRDHUP, 0 };

	return poll(&fd, 1, 0) != 0;
}

bool lease_holds(struct lease *lease, int64_t *version)
{
	int64_t until = atomic_load_explicit(&lease->until, memory_order_acquire);

	*version = atomic_load_explicit(&lease->version, memory_order_relaxed);
	return until != 0 && now() < until && !has_news(lease->socket);
}

int lease_interval(const struct lease *lease)
{
	return lease->locked ? RENEW_EVERY : ASK_EVERY;
}

void lease_expire(struct lease *lease)
{
	atomic_store_explicit(&lease->until, 0, memory_order_release);
}

void lease_end(struct lease *lease)
{
	lease_expire(lease);
	lease->socket = -1;
	lease->locked = false;
}

void lease_encourage(struct lease *lease)
{
	lease->yields_until = 0;
}

/* One row in binary form; NULL: *err. */
static PGresult *ask(PGconn *conn, const char *sql, struct error *err)
{
	PGresult *row = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1);

	if (PQresultStatus(row) != PGRES_TUPLES_OK || PQntuples(row) != 1) {
		db_error(err, "renewing the lease", conn, row);
		PQclear(row);
		return NULL;
	}
	return row;
}

static int lock(struct lease *lease, PGconn *conn, struct error *err)
{
	/* A lock on a replica keeps nobody from writing to the primary. */
	PGresult *row = ask(conn,
		"select case when pg_is_in_recovery() then false "
		"else pg_try_advisory_lock_shared(1097624941, 1) end",
		err);

	if (row == NULL) {
		return -1;
	}
	lease->locked = *PQgetvalue(row, 0, 0) != 0;
	lease->socket = PQsocket(conn);
	PQclear(row);
	return 0;
}

static int unlock(struct lease *lease, PGconn *conn, struct error *err)
{
	PGresult *row = ask(conn, "select pg_advisory_unlock_shared(1097624941, 1)", err);

	lease->locked = false;
	PQclear(row);
	return row != NULL ? 0 : -1;
}

int lease_yield(struct lease *lease, PGconn *conn, struct error *err)
{
	lease_expire(lease);
	lease->yields_until = now() + from_ms(YIELD);
	return lease->locked ? unlock(lease, conn, err) : 0;
}

/* Version, and whether a writer waits that has not said so. */
static int look(PGconn *conn, int64_t *version, bool *wanted, struct error *err)
{
	PGresult *row = ask(conn,
		"select version, exists (select from pg_locks where locktype = 'advisory' "
		"and classid = 1097624941 and objid = 1 and not granted) from dataset_version",
		err);

	if (row == NULL) {
		return -1;
	}
	*version = wire_int8(PQgetvalue(row, 0, 0));
	*wanted = *PQgetvalue(row, 0, 1) != 0;
	PQclear(row);
	return 0;
}

int lease_renew(
	struct lease *lease, PGconn *conn, int64_t version, int64_t *newest, struct error *err)
{
	bool wanted;
	int64_t asked;

	if (!lease->locked && now() >= lease->yields_until && lock(lease, conn, err) != 0) {
		return -1;
	}
	asked = now();
	if (look(conn, newest, &wanted, err) != 0) {
		return -1;
	}
	if (wanted) {
		return lease_yield(lease, conn, err);
	}
	if (lease->locked && *newest == version) {
		atomic_store_explicit(&lease->version, version, memory_order_relaxed);
		atomic_store_explicit(
			&lease->until, asked + from_ms(DURATION), memory_order_release);
	}
	return 0;
}

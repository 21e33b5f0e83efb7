/* Connection pool of one loop, in pipeline mode. Statements are prepared once per connection,
 * unless a pooler shares the session (setup.h). Lost connections are made again, with back-off;
 * silent ones are replaced, and their queries sent again, unless their backends are still
 * working. All [loop]. */
#ifndef ALMANAC_DB_POOL_H
#define ALMANAC_DB_POOL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct db_target;
struct pool;
struct settings;

/* A statement, identified by its address: it must live as long as the process. */
struct statement {
	const char *sql;
	int param_count;
	const Oid *types; /* NULL: the server infers them; parameters are texts */
	bool binary_result;
};

/* Parameters of one call; pool_query() copies them. */
struct statement_args {
	const char *const *values;
	const int *lengths; /* NULL if all are texts */
	const int *formats; /* NULL if all are texts; else 0 text, 1 binary */
};

enum pool_outcome {
	POOL_OK,
	POOL_FAILED,     /* the statement failed: see `result` */
	POOL_TOO_LARGE,  /* the answer has more bytes than SETTING_QUERY_MEMORY */
	POOL_TIMEOUT,    /* no answer within SETTING_QUERY_TIMEOUT */
	POOL_UNAVAILABLE /* there is no connection, or it was lost */
};

/* Called exactly once per query, never from within pool_query(). The pool owns `result`, which
 * is valid until the callback returns; NULL unless POOL_OK or POOL_FAILED. */
typedef void pool_done_fn(void *arg, enum pool_outcome outcome, const PGresult *result);

/* Counters of queries and connections. Written by the pool, read by [any] thread. */
struct pool_figures {
	_Atomic uint64_t sent, outcomes[POOL_UNAVAILABLE + 1], connects;
};

/* Returns at once; connects on libuv's worker threads. `figures` must outlive the pool. */
struct pool *pool_create(uv_loop_t *loop, const struct db_target *target,
	const struct settings *settings, struct pool_figures *figures);

/* Answers pending queries POOL_UNAVAILABLE, frees the pool, then calls `closed`: all in later
 * iterations of the loop, so that any callback may close the pool. */
void pool_close(struct pool *pool, void (*closed)(void *arg), void *arg);

void pool_query(struct pool *pool, const struct statement *statement,
	const struct statement_args *args, pool_done_fn *done, void *arg);

/* Takes over the result within a `done` that got POOL_OK, once. The caller clears it. */
PGresult *pool_take_result(struct pool *pool);

/* Whether a connection is up and the server reachable. If not, *why (may be NULL) is the last
 * reason, owned by the pool. */
bool pool_is_ready(const struct pool *pool, const char **why);

#endif

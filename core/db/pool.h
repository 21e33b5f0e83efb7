/* Connections to the database of one loop, in pipeline mode. Statements are
 * prepared once per connection where the session is known to be ours (setup.h), parameters
 * and results are binary or text as said. Lost connections come back by themselves, with
 * back-off; silent ones are replaced, and their queries asked again, if their backends are not
 * at work. All [loop]. */
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

/* A statement: a constant with static or process-long life, since it is known by
 * its address. */
struct statement {
	const char *sql;
	int param_count;
	const Oid *types; /* NULL: the server decides (give texts) */
	bool binary_result;
};

/* Parameters of one call; copied before pool_query() returns. */
struct statement_args {
	const char *const *values;
	const int *lengths; /* NULL if all are texts */
	const int *formats; /* NULL if all are texts; else 0 text, 1 binary */
};

enum pool_outcome {
	POOL_OK,
	POOL_FAILED,     /* the statement failed: `result` says why */
	POOL_TOO_LARGE,  /* the answer has more bytes than SETTING_QUERY_MEMORY */
	POOL_TIMEOUT,    /* no answer within SETTING_QUERY_TIMEOUT */
	POOL_UNAVAILABLE /* no connection, or it was lost */
};

/* Called exactly once per query, never from within pool_query(). `result` is the
 * pool's and good until it returns; NULL unless POOL_OK or POOL_FAILED. */
typedef void pool_done_fn(void *arg, enum pool_outcome outcome, const PGresult *result);

/* What has become of queries and connections: written by the pool, read by any thread; only
 * growing. */
struct pool_figures {
	_Atomic uint64_t sent, outcomes[POOL_UNAVAILABLE + 1], connects;
};

/* Connecting happens on libuv's worker threads. Returns at once. `figures` outlives the pool.
 */
struct pool *pool_create(uv_loop_t *loop, const struct db_target *target,
	const struct settings *settings, struct pool_figures *figures);

/* Queries under way end with POOL_UNAVAILABLE; `closed` is called when the pool is
 * gone. Both happen later, so that any callback may close. */
void pool_close(struct pool *pool, void (*closed)(void *arg), void *arg);

void pool_query(struct pool *pool, const struct statement *statement,
	const struct statement_args *args, pool_done_fn *done, void *arg);

/* From within `done` of a query that is POOL_OK, once: the result is the caller's, to be
 * cleared. */
PGresult *pool_take_result(struct pool *pool);

/* A connection is up, and has not fallen silent while none can be made. If not, *why (may be
 * NULL) is the last reason, of static or pool life. */
bool pool_is_ready(const struct pool *pool, const char **why);

#endif

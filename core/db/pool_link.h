/* One connection of a pool: made on a worker thread, used in pipeline mode, lost
 * and made again. For pool.c. All [loop]. */
#ifndef ALMANAC_DB_POOL_LINK_H
#define ALMANAC_DB_POOL_LINK_H

#include "base/error.h"
#include "db/pool.h"
#include "db/pool_query.h"

/* A statement that this connection was told to prepare. */
struct pool_prepared {
	const struct statement *statement;
	unsigned number; /* its name is "s<number>" */
	bool ready;      /* the server said so */
};

struct pool_link {
	struct pool *pool;
	PGconn *conn;     /* NULL while it is down */
	PGconn *newer;    /* takes the place of `conn`, once that is closed; or NULL */
	bool lost;        /* must not be used any more: link_lose() comes */
	bool wants_write; /* libpq holds bytes that the socket did not take */
	uv_poll_t poll;
	uv_timer_t retry;
	unsigned failures;      /* attempts in a row that came to nothing */
	struct query_list sent; /* in order */
	size_t depth;
	uint64_t turn;    /* ms, when the first of them became the one being answered */
	uint64_t begun;   /* ms, when the connection was made */
	uint64_t expires; /* ms, when it is to be replaced; 0: never */
	bool connecting;  /* an attempt is under way */
	struct pool_prepared *prepared;
	size_t prepared_count;
	unsigned next_number;
};

struct pool {
	uv_loop_t *loop;
	const struct db_target *target;
	uint64_t timeout;  /* ms of a query */
	uint64_t lifetime; /* ms of a connection, about; 0: unlimited */
	struct pool_link *links;
	size_t link_count;
	uv_timer_t tick;           /* runs while queries are under way */
	uv_timer_t soon;           /* what must not happen within pool_query() */
	struct query_list refused; /* to be told so */
	struct query_list waiting; /* for a connection that is about to come (back) */
	struct pool_figures *figures;
	size_t open; /* handles and connection attempts that must end before the pool */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
	char why[ERROR_TEXT_MAX]; /* "" while nothing went wrong */
};

void link_init(struct pool_link *link, struct pool *pool);

/* Connects in the background, at once. */
void link_connect(struct pool_link *link);

/* Sends the query, which the link owns from then on. -1 if the connection broke:
 * `lost` is set. */
int link_send(struct pool_link *link, struct pool_query *query);

/* Ends queries that are too old, and the connection if it does not answer. */
void link_check_time(struct pool_link *link, uint64_t now);

/* Ends the connection; connects again unless the pool is closing. Its queries go to
 * pool->waiting, or end with POOL_UNAVAILABLE if that has happened to them too often. */
void link_lose(struct pool_link *link, const char *why);

void link_close(struct pool_link *link);

/* Down, but with no reason yet to think that it will stay so, or only for want of a login that
 * is being replaced. */
bool link_is_coming(const struct pool_link *link);

/* pool.c: one of `open` has ended. */
void pool_drop(struct pool *pool);

/* pool.c: links came or went: what waits is sent, or given up, soon. */
void pool_stir(struct pool *pool);

#endif

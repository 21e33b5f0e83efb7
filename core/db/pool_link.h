/* One connection of a pool: made on a worker thread, used in pipeline mode, lost
 * and made again. For pool*.c. All [loop]. */
#ifndef ALMANAC_DB_POOL_LINK_H
#define ALMANAC_DB_POOL_LINK_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/connect.h"
#include "db/pool.h"
#include "db/pool_query.h"

/* A statement that this connection was told to prepare. */
struct pool_prepared {
	const struct statement *statement;
	unsigned number; /* from 1: part of its name */
	bool ready;      /* the server said so */
};

/* A connection that was made for a link. */
struct pool_conn {
	PGconn *conn; /* NULL: none */
	bool direct;  /* the session is ours: it is set up, and keeps prepared statements */
	char server[DB_SERVER_MAX]; /* see struct db_opened */
};

struct pool_link {
	struct pool *pool;
	PGconn *conn; /* NULL while it is down */
	bool direct;  /* of `conn`, as is the next; see above */
	char server[DB_SERVER_MAX];
	struct pool_conn newer; /* takes the place of `conn`, once that is closed */
	bool polling;           /* `poll` is open, or being closed */
	bool lost;              /* must not be used any more: link_lose() comes */
	bool wants_write;       /* libpq holds bytes that the socket did not take */
	uv_poll_t poll;
	uv_timer_t retry;
	unsigned failures;      /* attempts in a row that came to nothing */
	struct query_list sent; /* in order */
	size_t depth;
	size_t received;  /* bytes, since the last of them was answered */
	uint64_t turn;    /* ms, when the first of them became the one being answered */
	uint64_t begun;   /* ms, when the connection was made */
	uint64_t expires; /* ms, when it is to be replaced; 0: never */
	uint64_t heard;   /* ms, when something came, or the connection was made */
	unsigned silence; /* ticks since then with queries under way: not ms, since a loop that
			   * was stopped has heard nothing either */
	bool doubted;     /* silent, and no other connection could be had to ask why */
	bool connecting;  /* an attempt is under way */
	unsigned long mark; /* random: names of prepared statements are no other's */
	struct pool_prepared *prepared;
	size_t prepared_count;
	unsigned last_number;
};

struct pool {
	uv_loop_t *loop;
	const struct db_target *target;
	uint64_t timeout;            /* ms of a query */
	uint64_t lifetime;           /* ms of a connection, about; 0: unlimited */
	size_t result_max;           /* bytes, about */
	struct pool_query *answered; /* whose `done` is being called */
	struct buffer
		settings; /* SQL that sets up a transaction where the session is not ours */
	struct pool_link *links;
	size_t link_count;
	uv_timer_t tick;           /* faster while queries are under way */
	uv_timer_t soon;           /* what must not happen within pool_query() or a callback */
	struct query_list refused; /* to be told so */
	struct query_list waiting; /* for a connection that is about to come (back) */
	struct pool_figures *figures;
	size_t open; /* handles and connection attempts that must end before the pool */
	bool closing;
	atomic_bool cancelled; /* attempts to connect end soon: for their threads */
	void (*closed)(void *arg);
	void *closed_arg;
	char why[ERROR_TEXT_MAX]; /* "" while nothing went wrong */
};

/* -- pool_link.c ----------------------------------------------------------- */

void link_init(struct pool_link *link, struct pool *pool);

/* Connections that are there, one of which may be closed, have queries sent to them. */
bool link_is_usable(const struct pool_link *link);

/* Down, or silent, but with no reason yet to think that it will stay so, or only for want of a
 * login that is being replaced. */
bool link_is_coming(const struct pool_link *link);

/* Every tick: ends queries that are too old, and the connection if it does not answer. */
void link_check_time(struct pool_link *link, uint64_t now);

/* Nothing has come for so long that something may be wrong with the connection. */
bool link_is_silent(const struct pool_link *link);

/* Something came. */
void link_hear(struct pool_link *link);

/* A connection that nothing was heard of for a while is asked whether it is there: firewalls
 * forget those that are idle, and drop what is sent later. */
void link_probe(struct pool_link *link, uint64_t now);

/* Takes the place of the present connection, if there is one. */
void link_take(struct pool_link *link, const struct pool_conn *conn);

/* Ends the connection; connects again unless the pool is closing. Its queries go to
 * pool->waiting, or end with POOL_UNAVAILABLE if that has happened to them too often. */
void link_lose(struct pool_link *link, const char *why);

void link_close(struct pool_link *link);

/* One that is too old goes on for another while. */
void link_postpone(struct pool_link *link);

/* The reason for which connections are missing. */
void link_note(struct pool *pool, const char *why);

/* -- pool_attempt.c -------------------------------------------------------- */

/* Connects in the background, at once: for want of a connection, or to replace one that is too
 * old or silent. */
void link_connect(struct pool_link *link);

/* The same after a while that grows with the failures. */
void link_connect_later(struct pool_link *link);

/* Somebody is waiting: no longer than a moment. */
void link_hurry(struct pool_link *link);

/* -- pool_wire.c ----------------------------------------------------------- */

/* Sends the query, which the link owns from then on. -1 if the connection broke:
 * `lost` is set. */
int link_send(struct pool_link *link, struct pool_query *query);

/* Takes the query that is being answered off the queue. */
struct pool_query *link_take_query(struct pool_link *link);

/* Takes what has come, answers with it, and sends what is left to be sent. */
void link_on_ready(uv_poll_t *poll, int status, int events);

/* -- pool.c ---------------------------------------------------------------- */

/* One of `open` has ended. */
void pool_drop(struct pool *pool);

/* Links came or went: what waits is sent, or given up, soon. */
void pool_stir(struct pool *pool);

enum { POOL_TICK = 50 /* ms between looks at the deadlines while queries are under way */ };

#endif

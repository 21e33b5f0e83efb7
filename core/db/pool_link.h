/* Internals of pool.c: its queries, and its connections ("links"). Each connection is made on a
 * worker thread, used in pipeline mode, and made again when it is lost. All [loop]. */
#ifndef ALMANAC_DB_POOL_LINK_H
#define ALMANAC_DB_POOL_LINK_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/connect.h"
#include "db/pool.h"

/* The message sent before a query's statement, which has a result of its own. */
enum query_prelude {
	PRELUDE_NONE,
	PRELUDE_PREPARE, /* of the statement */
	PRELUDE_SETTINGS /* of the transaction: the session is shared */
};

/* A query, from pool_query() to its answer. */
struct pool_query {
	struct pool_query *next;
	const struct statement *statement;
	struct statement_args args; /* a copy: the query may have to be sent again */
	pool_done_fn *done;         /* NULL: called already, or none wanted */
	void *arg;
	struct pool_figures *figures;
	uint64_t deadline;          /* uv_now() in ms */
	PGresult *result;           /* the first failure, else the rows */
	enum query_prelude prelude; /* whose result is pending */
	unsigned prepared;          /* number of the prepared statement in use; 0: none */
	size_t losses;              /* connections lost while it was under way */
	bool repeated;              /* sent again after an SQLSTATE that allows it */
};

/* First in, first out. All zero is empty. */
struct query_list {
	struct pool_query *first, *last;
};

/* A statement that a connection was told to prepare. */
struct pool_prepared {
	const struct statement *statement;
	unsigned number; /* from 1: part of its name */
	bool ready;      /* the server has confirmed it */
};

/* A connection that was made for a link. */
struct pool_conn {
	PGconn *conn; /* NULL: none */
	bool direct;  /* not shared by a pooler: set up, and keeps prepared statements */
	char server[DB_SERVER_MAX]; /* see struct db_opened */
};

struct pool_link {
	struct pool *pool;
	PGconn *conn; /* NULL: disconnected */
	bool direct;  /* of `conn`, as is the next: see struct pool_conn */
	char server[DB_SERVER_MAX];
	struct pool_conn newer; /* replaces `conn` as soon as that is closed */
	bool polling;           /* `poll` is open, or being closed */
	bool lost;              /* broken: unused until link_lose() is called */
	bool wants_write;       /* libpq holds bytes that the socket did not take */
	uv_poll_t poll;
	uv_timer_t retry;
	unsigned failures;      /* failed attempts to connect in a row */
	struct query_list sent; /* in order; the first is being answered */
	size_t depth;           /* their number */
	size_t received;        /* bytes of the first one's answer, those unread included */
	size_t unread;    /* bytes of `received` that the socket held after the last reading */
	uint64_t turn;    /* ms, when the first one became first */
	uint64_t begun;   /* ms, when the connection was made */
	uint64_t expires; /* ms, when it is to be replaced; 0: never */
	uint64_t heard;   /* ms of the last traffic, at first of connecting */
	unsigned silence; /* ticks without traffic while queries are under way; not ms, since a
			   * loop that was stopped has received nothing either */
	bool doubted;     /* silent, and no other connection could be made */
	bool connecting;  /* an attempt is under way */
	unsigned long mark; /* random part of the names of prepared statements */
	struct pool_prepared *prepared;
	size_t prepared_count;
	unsigned last_number;
};

struct pool {
	uv_loop_t *loop;
	const struct db_target *target;
	uint64_t timeout;                   /* ms of a query */
	uint64_t lifetime;                  /* ms of a connection, about; 0: unlimited */
	size_t result_max;                  /* bytes, about */
	struct pool_query *answered;        /* whose `done` is running */
	struct buffer transaction_settings; /* SQL for sessions that are shared */
	struct pool_link *links;
	size_t link_count;
	uv_timer_t tick; /* faster while queries are under way */
	uv_timer_t wake; /* work that must not run within pool_query() or a callback */
	struct query_list refused; /* to be answered POOL_UNAVAILABLE */
	struct query_list waiting; /* for a connection */
	struct pool_figures *figures;
	size_t open; /* handles and connection attempts that end before the pool */
	bool closing;
	atomic_bool cancelled; /* ends connection attempts; read by their threads */
	void (*closed)(void *arg);
	void *closed_arg;
	char why[ERROR_TEXT_MAX]; /* last reason for a missing connection */
};

enum { POOL_TICK_MS = 50 /* between checks of deadlines while queries are under way */ };

/* -- pool.c ---------------------------------------------------------------- */

/* Releases one of `open`; the last one frees the pool. */
void pool_drop(struct pool *pool);

/* Has waiting queries sent or refused in the next iteration of the loop: call it when a link
 * has changed. */
void pool_wake(struct pool *pool);

/* -- pool_link.c ----------------------------------------------------------- */

void link_init(struct pool_link *link, struct pool *pool);
void link_close(struct pool_link *link);

/* Connects in the background, also to replace a connection that is too old or silent. */
void link_connect(struct pool_link *link);

/* Shortens the delay before the next attempt: queries are waiting. */
void link_hurry(struct pool_link *link);

/* Whether queries may be sent. */
bool link_is_usable(const struct pool_link *link);

/* Whether it is disconnected or silent, but not yet after a failed attempt, or only until
 * credentials have been rotated. */
bool link_may_recover(const struct pool_link *link);

/* Each tick: answers queries past their deadline, and closes a connection that is dead. */
void link_check_time(struct pool_link *link, uint64_t now);

/* Each tick: sends an empty query after a while without traffic. Firewalls forget idle
 * connections and then drop packets. */
void link_probe(struct pool_link *link, uint64_t now);

/* Records that bytes were received. */
void link_note_traffic(struct pool_link *link);

/* Closes the connection; connects again unless the pool is closing. Its queries are queued
 * again, or answered POOL_UNAVAILABLE if they were lost too often. */
void link_lose(struct pool_link *link, const char *why);

/* -- pool_query.c ---------------------------------------------------------- */

/* `done` is NULL at first. */
struct pool_query *query_create(
	const struct statement *statement, const struct statement_args *args);
void query_destroy(struct pool_query *query);

/* Calls `done`, once. */
void query_answer(struct pool_query *query, enum pool_outcome outcome, const PGresult *result);

/* Restores the state before sending. */
void query_rewind(struct pool_query *query);

void query_push(struct query_list *list, struct pool_query *query);
struct pool_query *query_pop(struct query_list *list); /* NULL: empty */

/* Answer queries past their deadline with POOL_TIMEOUT. The first keeps them in the list, since
 * their results are still to be received; the second removes and frees them. `done` may add
 * queries to the list. */
void query_answer_late(struct query_list *list, uint64_t now);
void query_remove_late(struct query_list *list, uint64_t now);

/* Sends the query and takes it over. -1: the connection broke, and `lost` is set. */
int link_send(struct pool_link *link, struct pool_query *query);

/* Removes the first of the sent queries. */
struct pool_query *link_take_query(struct pool_link *link);

/* Callback of `poll`: receives and answers, and sends what libpq holds. */
void link_on_ready(uv_poll_t *poll, int status, int events);

#endif

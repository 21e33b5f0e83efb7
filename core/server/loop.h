/* One loop thread of the server and what it owns: listener, connections, database
 * pool. All [loop]. */
#ifndef ALMANAC_SERVER_LOOP_H
#define ALMANAC_SERVER_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/error.h"
#include "db/pool.h"
#include "http/listener.h"
#include "http/parser.h"
#include "server/observed.h"

struct cache;
struct catalog;
struct catalog_feed;
struct connection;
struct exchange;
struct fetcher;
struct pool;
struct responses;
struct router;
struct server;
struct access_log;
struct admission;
struct metrics;
struct settings;
struct turns;
struct walk_cache;

struct loop {
	uv_loop_t uv;
	struct server *server;
	const struct settings *settings;
	const struct router *router;
	struct pool *pool;
	struct fetcher *fetcher; /* answers from blocks and statistics; http/fetch.h */
	struct cache *cache;     /* shared by all loops, as the next */
	struct responses *responses;
	struct walk_cache *walk_cache;
	struct catalog_feed *feed;  /* shared by all loops; db/catalog.h */
	uv_async_t catalog_changed; /* a newer catalog was published, or it was lost */
	/* the rest is that of server.c, loop.c, connection.c and request.c */
	const struct catalog *catalog; /* the newest that catalog_changed told of */
	uv_thread_t thread;
	struct listener listener, operation; /* the latter only of one loop, or of none */
	uv_async_t stop;                     /* the server's phase has changed */
	uv_timer_t clock;                    /* once a second: timeouts, date */
	struct turns *turns;                 /* of what takes long */
	struct admission *admission;         /* of what takes much */
	uint64_t asked; /* uv_now() when a request came that was no long one */
	struct metrics *metrics;
	struct pool_figures queries;
	struct observed observed;
	struct access_log *access_log;
	uv_idle_t writer; /* active while answers wait to be written */
	bool draining;    /* answers are the last ones of their connections */
	bool ending;      /* no new connections, and idle ones are closed */
	bool closing;     /* nothing is left but to close what the loop owns */
	uv_check_t turn;  /* after every wait */
	/* What other threads may know: uv_hrtime() of the clock's last tick, and whether
	 * the pool has a connection. */
	_Atomic uint64_t turned;
	_Atomic bool connected;
	struct parser_limits limits;
	struct connection *connections, *dirty;
	size_t connection_count, operators; /* the latter of them, of `operation` */
	uint64_t turn_began, turn_idle; /* uv_hrtime(), and what the loop had waited then, ns */
	size_t backlog; /* bytes that were read and wait for room, of all connections */
	struct exchange *spares; /* for the next requests */
	size_t spare_count, exchange_count;
	size_t busiest;       /* most exchanges at a time since memory was given back */
	bool speaks;          /* logs what happens to all loops alike */
	unsigned unconnected; /* ticks without a connection to the database */
	char unavailable[ERROR_TEXT_MAX]; /* the reason that was logged last; "": none */
	struct buffer headers;            /* scratch */
	size_t validators;                /* of these, bytes that a 304 has too */
	char date[40];                    /* value of the Date header, made once a second */
	char input[64 * 1024];            /* what was read; used up before the next read */
};

/* Listens on `socket`, which the loop owns from here on, also on failure. What the
 * server knows is set; the catalog feed need not run yet. NULL on error. */
struct loop *loop_create(struct server *server, int socket, struct error *err);

/* The same for `socket` of operators. Before loop_run(). */
int loop_listen_to_operators(struct loop *loop, int socket, struct error *err);

/* Connects to the database and serves until the server's phase says to end. */
void loop_run(struct loop *loop);

/* After loop_run(), or without it, once no thread can use the loop any more. NULL is
 * fine. */
void loop_destroy(struct loop *loop);

/* Whether there are requests that should not wait for long ones; `arg`: the loop. */
bool loop_is_busy(void *arg);

/* A connection or request is gone: if the loop is ending and it was the last one,
 * the rest is closed too. */
void loop_end_if_idle(struct loop *loop);

#endif

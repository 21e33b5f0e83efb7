/* Loop thread of the server: an event loop with the transport and the services of its requests.
 * All [loop]. */
#ifndef ALMANAC_SERVER_LOOP_H
#define ALMANAC_SERVER_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "db/pool.h"
#include "http/http.h"
#include "route/services.h"
#include "schedule/admission.h"
#include "server/observed.h"

struct access_log;
struct alm_request;
struct metrics;
struct server_shared;

struct loop {
	uv_loop_t uv;
	struct server_shared *shared;
	struct http http;
	struct services services;
	uv_thread_t thread;
	uv_async_t catalog_changed; /* a catalog was published, or the database lost */
	uv_async_t stop;            /* the server's phase has changed */
	uv_timer_t clock;           /* once a second */
	uv_check_t turn;            /* after each wait for events */
	/* metrics of the loop */
	struct metrics *metrics;
	struct pool_figures queries;
	struct admission_figures admission;
	struct observed observed;
	struct access_log *access_log;
	uint64_t turn_began, turn_idle; /* uv_hrtime(), and idle time until then, ns */
	/* [any] uv_hrtime() of the last tick, and whether the pool has a connection */
	_Atomic uint64_t turned;
	_Atomic bool connected;
	/* state of the log about the database */
	bool is_leader;                   /* logs events common to all loops */
	unsigned unconnected;             /* ticks without a connection to the database */
	char unavailable[ERROR_TEXT_MAX]; /* last logged reason; "": none */
};

/* The loop of a request. */
struct loop *loop_of(const struct alm_request *request);

/* Creates a loop that listens on `socket`, which it takes over, also on failure. NULL: *err.
 * The catalog watcher need not run yet. */
struct loop *loop_create(struct server_shared *shared, int socket, struct error *err);

/* Adds the listener of operators. Before loop_run(). */
int loop_listen_to_operators(struct loop *loop, int socket, struct error *err);

/* Connects to the database and serves until shared->phase tells to end. */
void loop_run(struct loop *loop);

/* Call it when no other thread uses the loop any more. NULL is valid. */
void loop_destroy(struct loop *loop);

#endif

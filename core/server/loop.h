/* One loop thread of the server: the transport, the services of its requests, its clock and its
 * end. All [loop]. */
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
	uv_async_t catalog_changed; /* a newer catalog was published, or it was lost */
	uv_async_t stop;            /* the server's phase has changed */
	uv_timer_t clock;           /* once a second */
	uv_check_t turn;            /* after every wait */
	/* figures of the loop */
	struct metrics *metrics;
	struct pool_figures queries;
	struct admission_figures admission;
	struct observed observed;
	struct access_log *access_log;
	uint64_t turn_began, turn_idle; /* uv_hrtime(), and what the loop had waited then, ns */
	/* What other threads may know: uv_hrtime() of the clock's last tick, and whether
	 * the pool has a connection. */
	_Atomic uint64_t turned;
	_Atomic bool connected;
	/* the database as it was logged */
	bool is_leader;                   /* logs what happens to all loops alike */
	unsigned unconnected;             /* ticks without a connection to the database */
	char unavailable[ERROR_TEXT_MAX]; /* the reason that was logged last; "": none */
};

/* The loop whose services a request has. */
struct loop *loop_of(const struct alm_request *request);

/* Listens on `socket`, which the loop owns from here on, also on failure. The catalog feed
 * need not run yet. NULL on error. */
struct loop *loop_create(struct server_shared *shared, int socket, struct error *err);

/* The same for `socket` of operators. Before loop_run(). */
int loop_listen_to_operators(struct loop *loop, int socket, struct error *err);

/* Connects to the database and serves until shared->phase says to end. */
void loop_run(struct loop *loop);

/* After loop_run(), or without it, once no thread can use the loop any more. NULL is
 * fine. */
void loop_destroy(struct loop *loop);

#endif

/* A listening socket of a loop. Accepting pauses while the system has no room for another
 * connection, which then waits in the kernel's queue. All [loop]. */
#ifndef ALMANAC_HTTP_LISTENER_H
#define ALMANAC_HTTP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"

struct http;
struct listener;
struct sockaddr;

/* Takes a connection that was accepted, `socket` of a client at `address`. */
typedef void listener_accept_fn(
	const struct listener *listener, int socket, const struct sockaddr *address);

struct listener {
	uv_poll_t poll;
	uv_timer_t pause;  /* active while accepting is paused */
	struct http *http; /* for `accept` */
	listener_accept_fn *accept;
	bool open;
	bool operation; /* for operators: no part of the API */
	int socket;
	uint64_t complained; /* uv_now() of the last line about a pause; 0: none */
};

/* `operation` is set. Takes connections of `socket`, which is bound and the listener's own from
 * here on, also on failure. */
int listener_open(struct listener *listener, struct http *http, uv_loop_t *uv, int socket,
	listener_accept_fn *accept, struct error *err);

/* One that was never opened, or is closed, is fine. */
void listener_close(struct listener *listener);

/* A descriptor has become free. */
void listener_go_on(struct listener *listener);

#endif

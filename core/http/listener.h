/* A listening socket of a loop. Accepting pauses while the system has no room for another
 * connection, which then waits in the kernel's queue. All [loop]. */
#ifndef ALMANAC_HTTP_LISTENER_H
#define ALMANAC_HTTP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"

struct loop;

struct listener {
	uv_poll_t poll;
	uv_timer_t pause; /* active while accepting is paused */
	struct loop *loop;
	bool open;
	bool operation; /* for operators: no part of the API */
	int socket;
	uint64_t complained; /* uv_now() of the last line about a pause; 0: none */
};

/* Takes connections of `socket`, which is bound and the listener's own from here on, also
 * on failure. */
int listener_open(struct listener *listener, struct loop *loop, int socket, bool operation,
	struct error *err);

/* One that was never opened, or is closed, is fine. */
void listener_close(struct listener *listener);

/* A descriptor has become free. */
void listener_go_on(struct listener *listener);

#endif

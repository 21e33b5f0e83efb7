/* Listener: accepts connections of a loop's listening socket. Accepting pauses while the system
 * has no descriptor or memory for another connection, which then waits in the kernel's queue.
 * All [loop]. */
#ifndef ALMANAC_HTTP_LISTENER_H
#define ALMANAC_HTTP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"

struct http;
struct listener;
struct sockaddr;

/* Owns the accepted `socket` of a client at `address` from here on. */
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
	uint64_t logged_at; /* uv_now() of the last log line about a pause; 0: none */
};

/* Begins to accept. The caller has set `operation`. `socket` is bound, and the listener's from
 * here on, also on failure. */
int listener_open(struct listener *listener, struct http *http, uv_loop_t *uv, int socket,
	listener_accept_fn *accept, struct error *err);

/* Does nothing if the listener is not open. */
void listener_close(struct listener *listener);

/* Ends a pause: a descriptor was closed. */
void listener_go_on(struct listener *listener);

enum { LISTEN_TEXT_MAX = 128 };

/* Binds `count` sockets to "HOST:PORT", one for each loop (SO_REUSEPORT): the kernel
 * distributes connections to them. Writes their address, with the actual port for 0, to `text`
 * as in a URL. On failure none is open. `flag`: the command-line flag of the address. Blocks,
 * since it looks names up. */
int listen_bind(const char *flag, const char *address, int *sockets, size_t count,
	char text[LISTEN_TEXT_MAX], struct error *err);

#endif

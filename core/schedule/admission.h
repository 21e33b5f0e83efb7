/* Admission control: a request reserves the memory it needs, and the rows to be tried or
 * sorted, within the limits of its client and of all clients (client.h). Beyond them it waits,
 * in a fair queue; it is refused if it waits too long, or if too much waits already. All
 * [loop]. */
#ifndef ALMANAC_SCHEDULE_ADMISSION_H
#define ALMANAC_SCHEDULE_ADMISSION_H

#include <stdint.h>

#include "http/client.h"
#include "schedule/run_queue.h"

struct admission;
struct exchange;
struct settings;

/* Claim of a request; zeroed except `exchange`. */
struct claim {
	struct exchange *exchange;
	struct client_need reserved;
	/* while it waits */
	struct client_need needed; /* in addition */
	struct fair_queue_item item;
	struct task *task;
	uint64_t since;        /* uv_now() */
	size_t held;           /* bytes of the waiting request */
	unsigned queue;        /* enum queue of admission.c */
	enum client_room room; /* of the last attempt to reserve */
};

/* Numbers that any thread may read. */
struct admission_figures {
	_Atomic uint64_t refused; /* requests */
	_Atomic uint64_t waiting; /* requests at present */
};

/* Creates the admission of one of `loops` that share the server's memory. All arguments must
 * outlive it. */
struct admission *admission_create(struct run_queue *run_queue, uv_loop_t *uv,
	struct clients *clients, const struct settings *settings, size_t loops,
	struct admission_figures *figures);

/* No request may wait. Freed by the loop's next iteration. */
void admission_close(struct admission *admission);

/* Reserves the difference to what the claim has. WAITS: the task is queued when it is reserved,
 * when the request was refused because it waited too long, or when its client has gone.
 * REFUSED: replied. */
enum admitted { ADMITTED, ADMISSION_WAITS, ADMISSION_REFUSED };
enum admitted admission_ask(struct admission *admission, struct claim *claim,
	const struct client_need *need, struct task *task);

/* Returns all but `bytes`, which the finished answer takes until it is sent. */
void admission_reduce(struct admission *admission, struct claim *claim, size_t bytes);

/* Ends the wait: the client has gone. */
void admission_abandon(struct admission *admission, struct claim *claim);

/* Returns all: the request is over. */
void admission_release(struct admission *admission, struct claim *claim);

#endif

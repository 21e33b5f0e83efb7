/* Admission: a request gets the memory, and the rows to look at, that it needs before it takes
 * them, within what its client and all clients may have at a time (client.h). Until there is
 * room it waits, in its client's line; what waits too long, or is too much, is refused.
 * All [loop]. */
#ifndef ALMANAC_SCHEDULE_ADMISSION_H
#define ALMANAC_SCHEDULE_ADMISSION_H

#include <stdint.h>

#include "http/client.h"
#include "schedule/run_queue.h"

struct admission;
struct exchange;
struct settings;

/* Of a request; zeroed but for `exchange`, whose it is. */
struct claim {
	struct exchange *exchange;
	struct client_need has; /* reserved */
	/* while it waits */
	struct client_need wants;
	struct fair_queue_item item;
	struct task *then;
	uint64_t since;        /* uv_now() */
	size_t held;           /* bytes that it takes meanwhile */
	unsigned queue;        /* admission.c's */
	enum client_room room; /* what it found last */
};

/* Numbers that any thread may read. */
struct admission_figures {
	_Atomic uint64_t refused; /* requests */
	_Atomic uint64_t waiting; /* requests for memory that others have: now */
};

/* For one of `loops` that share the server's memory. All arguments must outlive it. */
struct admission *admission_create(struct run_queue *run_queue, uv_loop_t *uv,
	struct clients *clients, const struct settings *settings, size_t loops,
	struct admission_figures *figures);

/* Nobody waits. Freed by the loop's next turn. */
void admission_close(struct admission *admission);

/* Asks for more. WAITS: `then` is taken when the request has it, or when it has been answered
 * because it waited too long, or its client has gone. REFUSED: replied. */
enum admitted { ADMITTED, ADMISSION_WAITS, ADMISSION_REFUSED };
enum admitted admission_ask(struct admission *admission, struct claim *claim,
	const struct client_need *need, struct task *then);

/* The answer is there: `bytes`, which it takes itself, are kept, the rest given back. */
void admission_settle(struct admission *admission, struct claim *claim, size_t bytes);

/* The client has left: it need not wait any more. */
void admission_abandon(struct admission *admission, struct claim *claim);

/* The request is over: gives all back. */
void admission_leave(struct admission *admission, struct claim *claim);

#endif

/* Work that is done a piece at a time, so that what takes long does not hold up what is
 * short: pieces of different clients in turn, and no more at once than a loop can spare.
 * All [loop]. */
#ifndef ALMANAC_SCHEDULE_RUN_QUEUE_H
#define ALMANAC_SCHEDULE_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "schedule/fair_queue.h"

struct run_queue;

/* In the memory of whatever takes it, until `take` is called: once. Zeroed at first. */
struct task {
	void (*run)(struct task *task);
	struct fair_queue_item item;
};

/* `busy`: whether others wait too: then only one turn is taken in a millisecond. *longest: ns
 * of the turn that took longest. */
struct run_queue *run_queue_create(
	uv_loop_t *loop, bool (*busy)(void *arg), void *arg, _Atomic uint64_t *longest);

/* Nobody waits. Freed by the loop's next turn. */
void run_queue_close(struct run_queue *run_queue);

/* `take` is called in the loop's next turn, or when its time has come among those of its
 * client, and the client's among all. */
void run_queue_push(
	struct run_queue *run_queue, struct task *task, const struct in6_addr *client);

#endif

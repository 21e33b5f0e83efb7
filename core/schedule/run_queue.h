/* Run queue of a loop: tasks of long requests, each a slice of work of a millisecond at most,
 * run in turn by client, between the loop's other events. All [loop]. */
#ifndef ALMANAC_SCHEDULE_RUN_QUEUE_H
#define ALMANAC_SCHEDULE_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "schedule/fair_queue.h"

struct run_queue;

/* Task, embedded in a struct of the caller, which stays until `run` is called, once a push.
 * Zeroed at first. */
struct task {
	void (*run)(struct task *task);
	struct fair_queue_item item;
};

/* `busy`: whether short requests are expected; then one task runs a millisecond. *longest: ns
 * of the longest run of a task. */
struct run_queue *run_queue_create(
	uv_loop_t *loop, bool (*busy)(void *arg), void *arg, _Atomic uint64_t *longest);

/* No task may be queued. Freed by the loop's next iteration. */
void run_queue_close(struct run_queue *run_queue);

/* Queues the task for the client; task->run is called in one of the loop's next iteration. */
void run_queue_push(
	struct run_queue *run_queue, struct task *task, const struct in6_addr *client);

#endif

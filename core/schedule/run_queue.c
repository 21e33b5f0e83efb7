#include "schedule/run_queue.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/counter.h"
#include "base/memory.h"

enum {
	HANDLES = 2,
	BUSY_PAUSE = 1,           /* ms between two turns while others wait */
	AT_ONCE_MAX = 1000 * 1000 /* ns of turns taken before the loop looks around again */
};

struct run_queue {
	uv_idle_t idle;   /* active while somebody waits: the loop does not sleep then */
	uv_timer_t timer; /* instead, while others wait too: they have the time between */
	int handles;
	struct fair_queue waiting;
	bool (*busy)(void *arg);
	void *arg;
	_Atomic uint64_t *longest;
};

struct run_queue *run_queue_create(
	uv_loop_t *loop, bool (*busy)(void *arg), void *arg, _Atomic uint64_t *longest)
{
	struct run_queue *run_queue = memory_new(struct run_queue);

	uv_idle_init(loop, &run_queue->idle);
	uv_timer_init(loop, &run_queue->timer);
	run_queue->idle.data = run_queue->timer.data = run_queue;
	run_queue->handles = HANDLES;
	run_queue->busy = busy;
	run_queue->arg = arg;
	run_queue->longest = longest;
	return run_queue;
}

static void on_closed(uv_handle_t *handle)
{
	struct run_queue *run_queue = handle->data;

	if (--run_queue->handles == 0) {
		free(run_queue);
	}
}

void run_queue_close(struct run_queue *run_queue)
{
	assert(run_queue->waiting.count == 0);
	uv_close((uv_handle_t *)&run_queue->idle, on_closed);
	uv_close((uv_handle_t *)&run_queue->timer, on_closed);
}

/* ns that this thread has worked: other programs do not count. */
static uint64_t work_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Returns when it was through. */
static uint64_t take_first(struct run_queue *run_queue, uint64_t begun)
{
	struct fair_queue_item *item = fair_queue_pop(&run_queue->waiting);
	struct task *task = (struct task *)((char *)item - offsetof(struct task, item));
	uint64_t now;

	task->run(task);
	now = work_time();
	counter_raise(run_queue->longest, now - begun);
	return now;
}

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *timer);

/* One of the two runs while somebody waits, and never both. */
static void schedule(struct run_queue *run_queue)
{
	bool waits = run_queue->waiting.count > 0,
	     busy = waits && run_queue->busy(run_queue->arg);

	if (waits && !busy) {
		uv_idle_start(&run_queue->idle, on_idle);
	} else {
		uv_idle_stop(&run_queue->idle);
	}
	if (busy) {
		uv_timer_start(&run_queue->timer, on_timer, BUSY_PAUSE, 0);
	} else {
		uv_timer_stop(&run_queue->timer);
	}
}

static void on_idle(uv_idle_t *idle)
{
	struct run_queue *run_queue = idle->data;
	uint64_t begun = work_time(), now = begun;

	while (run_queue->waiting.count > 0) {
		now = take_first(run_queue, now);
		if (run_queue->busy(run_queue->arg) || now - begun >= AT_ONCE_MAX) {
			break;
		}
	}
	schedule(run_queue);
}

static void on_timer(uv_timer_t *timer)
{
	struct run_queue *run_queue = timer->data;

	if (run_queue->waiting.count > 0) {
		take_first(run_queue, work_time());
	}
	schedule(run_queue);
}

void run_queue_push(
	struct run_queue *run_queue, struct task *task, const struct in6_addr *client)
{
	fair_queue_push(&run_queue->waiting, &task->item, client);
	if (run_queue->waiting.count == 1) {
		schedule(run_queue);
	}
}

#include "schedule/run_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "base/container.h"
#include "base/counter.h"
#include "base/memory.h"

enum {
	HANDLES = 2,
	BUSY_PAUSE_MS = 1,     /* between two tasks while short requests are expected */
	SLICE_NS = 1000 * 1000 /* of tasks before the loop polls for events */
};

struct run_queue {
	uv_idle_t
		idle; /* active while tasks are queued, unless busy: the loop does not sleep */
	uv_timer_t timer; /* active instead while busy */
	int handles;
	struct fair_queue queue;
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
	assert(run_queue->queue.count == 0);
	uv_close((uv_handle_t *)&run_queue->idle, on_closed);
	uv_close((uv_handle_t *)&run_queue->timer, on_closed);
}

/* CPU time of the thread. */
static uint64_t cpu_time_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Runs the first task, which begins at `begun`. Returns the time of its end. */
static uint64_t run_first(struct run_queue *run_queue, uint64_t begun)
{
	struct task *task = container_of(fair_queue_pop(&run_queue->queue), struct task, item);
	uint64_t now;

	task->run(task);
	now = cpu_time_ns();
	counter_raise(run_queue->longest, now - begun);
	return now;
}

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *timer);

/* Activates one of the two handles while tasks are queued, and never both. */
static void schedule(struct run_queue *run_queue)
{
	bool queued = run_queue->queue.count > 0,
	     busy = queued && run_queue->busy(run_queue->arg);

	if (queued && !busy) {
		uv_idle_start(&run_queue->idle, on_idle);
	} else {
		uv_idle_stop(&run_queue->idle);
	}
	if (busy) {
		uv_timer_start(&run_queue->timer, on_timer, BUSY_PAUSE_MS, 0);
	} else {
		uv_timer_stop(&run_queue->timer);
	}
}

static void on_idle(uv_idle_t *idle)
{
	struct run_queue *run_queue = idle->data;
	uint64_t begun = cpu_time_ns(), now = begun;

	while (run_queue->queue.count > 0) {
		now = run_first(run_queue, now);
		if (run_queue->busy(run_queue->arg) || now - begun >= SLICE_NS) {
			break;
		}
	}
	schedule(run_queue);
}

static void on_timer(uv_timer_t *timer)
{
	struct run_queue *run_queue = timer->data;

	if (run_queue->queue.count > 0) {
		run_first(run_queue, cpu_time_ns());
	}
	schedule(run_queue);
}

void run_queue_push(
	struct run_queue *run_queue, struct task *task, const struct in6_addr *client)
{
	fair_queue_push(&run_queue->queue, &task->item, client);
	if (run_queue->queue.count == 1) {
		schedule(run_queue);
	}
}

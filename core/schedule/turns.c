#include "schedule/turns.h"

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

struct turns {
	uv_idle_t idle;   /* active while somebody waits: the loop does not sleep then */
	uv_timer_t timer; /* instead, while others wait too: they have the time between */
	int handles;
	struct fair waiting;
	bool (*busy)(void *arg);
	void *arg;
	_Atomic uint64_t *longest;
};

struct turns *turns_create(
	uv_loop_t *loop, bool (*busy)(void *arg), void *arg, _Atomic uint64_t *longest)
{
	struct turns *turns = memory_new(struct turns);

	uv_idle_init(loop, &turns->idle);
	uv_timer_init(loop, &turns->timer);
	turns->idle.data = turns->timer.data = turns;
	turns->handles = HANDLES;
	turns->busy = busy;
	turns->arg = arg;
	turns->longest = longest;
	return turns;
}

static void on_closed(uv_handle_t *handle)
{
	struct turns *turns = handle->data;

	if (--turns->handles == 0) {
		free(turns);
	}
}

void turns_close(struct turns *turns)
{
	assert(turns->waiting.count == 0);
	uv_close((uv_handle_t *)&turns->idle, on_closed);
	uv_close((uv_handle_t *)&turns->timer, on_closed);
}

/* ns that this thread has worked: other programs do not count. */
static uint64_t work_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Returns when it was through. */
static uint64_t take_first(struct turns *turns, uint64_t begun)
{
	struct fair_item *item = fair_pop(&turns->waiting);
	struct turn *turn = (struct turn *)((char *)item - offsetof(struct turn, item));
	uint64_t now;

	turn->take(turn);
	now = work_time();
	counter_raise(turns->longest, now - begun);
	return now;
}

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *timer);

/* One of the two runs while somebody waits, and never both. */
static void schedule(struct turns *turns)
{
	bool waits = turns->waiting.count > 0, busy = waits && turns->busy(turns->arg);

	if (waits && !busy) {
		uv_idle_start(&turns->idle, on_idle);
	} else {
		uv_idle_stop(&turns->idle);
	}
	if (busy) {
		uv_timer_start(&turns->timer, on_timer, BUSY_PAUSE, 0);
	} else {
		uv_timer_stop(&turns->timer);
	}
}

static void on_idle(uv_idle_t *idle)
{
	struct turns *turns = idle->data;
	uint64_t begun = work_time(), now = begun;

	while (turns->waiting.count > 0) {
		now = take_first(turns, now);
		if (turns->busy(turns->arg) || now - begun >= AT_ONCE_MAX) {
			break;
		}
	}
	schedule(turns);
}

static void on_timer(uv_timer_t *timer)
{
	struct turns *turns = timer->data;

	if (turns->waiting.count > 0) {
		take_first(turns, work_time());
	}
	schedule(turns);
}

void turns_wait(struct turns *turns, struct turn *turn, const struct in6_addr *client)
{
	fair_push(&turns->waiting, &turn->item, client);
	if (turns->waiting.count == 1) {
		schedule(turns);
	}
}

#include "http/turns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

enum { HANDLES = 2, BUSY_PAUSE = 1 /* ms between two turns while others wait */ };

struct turns {
	uv_idle_t idle;   /* active while somebody waits: the loop does not sleep then */
	uv_timer_t timer; /* instead, while others wait too: they have the time between */
	int handles;
	struct turn *first, *last;
	bool (*busy)(void *arg);
	void *arg;
};

struct turns *turns_create(uv_loop_t *loop, bool (*busy)(void *arg), void *arg)
{
	struct turns *turns = memory_new(struct turns);

	uv_idle_init(loop, &turns->idle);
	uv_timer_init(loop, &turns->timer);
	turns->idle.data = turns->timer.data = turns;
	turns->handles = HANDLES;
	turns->busy = busy;
	turns->arg = arg;
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
	assert(turns->first == NULL);
	uv_close((uv_handle_t *)&turns->idle, on_closed);
	uv_close((uv_handle_t *)&turns->timer, on_closed);
}

static struct turn *take_first(struct turns *turns)
{
	struct turn *turn = turns->first;

	turns->first = turn->next;
	if (turns->first == NULL) {
		turns->last = NULL;
	}
	return turn;
}

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *timer);

static void schedule(struct turns *turns)
{
	if (turns->first == NULL) {
		uv_idle_stop(&turns->idle);
	} else if (turns->busy(turns->arg)) {
		uv_idle_stop(&turns->idle);
		uv_timer_start(&turns->timer, on_timer, BUSY_PAUSE, 0);
	} else {
		uv_idle_start(&turns->idle, on_idle);
	}
}

/* Who takes a turn and wants another one has it after all others. */
static void on_idle(uv_idle_t *idle)
{
	struct turns *turns = idle->data;
	const struct turn *last = turns->last;
	bool was_last;

	do {
		struct turn *turn = take_first(turns);

		was_last = turn == last;
		turn->take(turn);
	} while (!was_last && !turns->busy(turns->arg));
	schedule(turns);
}

static void on_timer(uv_timer_t *timer)
{
	struct turns *turns = timer->data;
	struct turn *turn = take_first(turns);

	turn->take(turn);
	schedule(turns);
}

void turns_wait(struct turns *turns, struct turn *turn)
{
	bool first = turns->first == NULL;

	turn->next = NULL;
	if (first) {
		turns->first = turn;
	} else {
		turns->last->next = turn;
	}
	turns->last = turn;
	if (first) {
		schedule(turns);
	}
}

#include "http/turns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct turns {
	uv_idle_t idle; /* active while somebody waits: the loop does not sleep then */
	struct turn *first, *last;
	bool (*busy)(void *arg);
	void *arg;
};

struct turns *turns_create(uv_loop_t *loop, bool (*busy)(void *arg), void *arg)
{
	struct turns *turns = memory_new(struct turns);

	uv_idle_init(loop, &turns->idle);
	turns->idle.data = turns;
	turns->busy = busy;
	turns->arg = arg;
	return turns;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void turns_close(struct turns *turns)
{
	assert(turns->first == NULL);
	uv_close((uv_handle_t *)&turns->idle, on_closed);
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
	if (turns->first == NULL) {
		uv_idle_stop(idle);
	}
}

void turns_wait(struct turns *turns, struct turn *turn)
{
	turn->next = NULL;
	if (turns->last != NULL) {
		turns->last->next = turn;
	} else {
		turns->first = turn;
		uv_idle_start(&turns->idle, on_idle);
	}
	turns->last = turn;
}

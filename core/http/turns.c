#include "http/turns.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct turns {
	uv_idle_t idle; /* active while somebody waits: the loop does not sleep then */
	struct turn *first, *last;
};

struct turns *turns_create(uv_loop_t *loop)
{
	struct turns *turns = memory_new(struct turns);

	uv_idle_init(loop, &turns->idle);
	turns->idle.data = turns;
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

/* Who takes a turn and wants another one has it next time. */
static void on_idle(uv_idle_t *idle)
{
	struct turns *turns = idle->data;
	struct turn *turn = turns->first;

	turns->first = turns->last = NULL;
	while (turn != NULL) {
		struct turn *next = turn->next;

		turn->take(turn);
		turn = next;
	}
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

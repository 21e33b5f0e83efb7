/* Work that is done a piece at a time, one piece in each turn of the loop, so that what
 * takes long does not hold up what is short. All [loop]. */
#ifndef ALMANAC_HTTP_TURNS_H
#define ALMANAC_HTTP_TURNS_H

#include <stdbool.h>
#include <uv.h>

struct turns;

/* In the memory of who takes it, until `take` is called: once. */
struct turn {
	void (*take)(struct turn *turn);
	struct turn *next;
};

/* `busy`: whether others wait too: then only one turn is taken in a millisecond. */
struct turns *turns_create(uv_loop_t *loop, bool (*busy)(void *arg), void *arg);

/* Nobody waits. Freed by the loop's next turn. */
void turns_close(struct turns *turns);

/* `take` is called in the loop's next turn, or when it is their turn among those who wait. */
void turns_wait(struct turns *turns, struct turn *turn);

#endif

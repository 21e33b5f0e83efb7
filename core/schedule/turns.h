/* Work that is done a piece at a time, so that what takes long does not hold up what is
 * short: pieces of different clients in turn, and no more at once than a loop can spare.
 * All [loop]. */
#ifndef ALMANAC_SCHEDULE_TURNS_H
#define ALMANAC_SCHEDULE_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "schedule/fair.h"

struct turns;

/* In the memory of whatever takes it, until `take` is called: once. Zeroed at first. */
struct turn {
	void (*take)(struct turn *turn);
	struct fair_item item;
};

/* `busy`: whether others wait too: then only one turn is taken in a millisecond. *longest: ns
 * of the turn that took longest. */
struct turns *turns_create(
	uv_loop_t *loop, bool (*busy)(void *arg), void *arg, _Atomic uint64_t *longest);

/* Nobody waits. Freed by the loop's next turn. */
void turns_close(struct turns *turns);

/* `take` is called in the loop's next turn, or when its time has come among those of its
 * client, and the client's among all. */
void turns_wait(struct turns *turns, struct turn *turn, const struct in6_addr *client);

#endif

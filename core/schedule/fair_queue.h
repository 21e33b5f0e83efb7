/* Fair queue: each client has a line of its own, and the lines are served in turn, so that
 * many requests of one client do not keep those of another waiting. One thread at a time. */
#ifndef ALMANAC_SCHEDULE_FAIR_QUEUE_H
#define ALMANAC_SCHEDULE_FAIR_QUEUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct fair_queue_line;

/* In the memory of whatever waits, zeroed before its first use. */
struct fair_queue_item {
	struct fair_queue_item *previous, *next; /* in its line */
	struct fair_queue_line *line;            /* NULL: it does not wait */
};

enum { FAIR_QUEUE_BUCKETS = 64 };

/* All zero: nobody waits. */
struct fair_queue {
	struct fair_queue_line *next; /* served next; the lines are a ring */
	struct fair_queue_line *buckets[FAIR_QUEUE_BUCKETS];
	size_t count, lines;
};

/* At the end of the client's line. */
void fair_queue_push(
	struct fair_queue *queue, struct fair_queue_item *item, const struct in6_addr *client);

/* The first of the line that is served next; NULL: nobody waits. It stays where it is. */
struct fair_queue_item *fair_queue_first(const struct fair_queue *queue);

/* The next line is served before this one is again. */
void fair_queue_rotate(struct fair_queue *queue);

/* Takes it out of its line. */
void fair_queue_remove(struct fair_queue *queue, struct fair_queue_item *item);

/* Takes the first, and rotates. NULL: nobody waits. */
struct fair_queue_item *fair_queue_pop(struct fair_queue *queue);

#endif

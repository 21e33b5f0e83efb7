/* Fair queue: each client has a line of its own, and the lines are served in turn, so that
 * many requests of one client do not keep those of another waiting. One thread at a time. */
#ifndef ALMANAC_SCHEDULE_FAIR_H
#define ALMANAC_SCHEDULE_FAIR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct fair_line;

/* In the memory of whatever waits, zeroed before its first use. */
struct fair_item {
	struct fair_item *previous, *next; /* in its line */
	struct fair_line *line;            /* NULL: it does not wait */
};

enum { FAIR_BUCKETS = 64 };

/* All zero: nobody waits. */
struct fair {
	struct fair_line *next; /* served next; the lines are a ring */
	struct fair_line *buckets[FAIR_BUCKETS];
	size_t count, lines;
};

/* At the end of the client's line. */
void fair_push(struct fair *fair, struct fair_item *item, const struct in6_addr *client);

/* The first of the line that is served next; NULL: nobody waits. It stays where it is. */
struct fair_item *fair_first(const struct fair *fair);

/* The next line is served before this one is again. */
void fair_rotate(struct fair *fair);

/* Takes it out of its line. */
void fair_remove(struct fair *fair, struct fair_item *item);

/* Takes the first, and rotates. NULL: nobody waits. */
struct fair_item *fair_pop(struct fair *fair);

#endif

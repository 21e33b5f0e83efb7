/* Fair queue: a FIFO queue for each client, served round robin, so that many requests of one
 * client do not delay those of another. One thread at a time. */
#ifndef ALMANAC_SCHEDULE_FAIR_QUEUE_H
#define ALMANAC_SCHEDULE_FAIR_QUEUE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct fair_queue_line;

/* Item, embedded in a struct of the caller, and zeroed before its first use. */
struct fair_queue_item {
	struct fair_queue_item *previous, *next; /* of the client */
	struct fair_queue_line *line;            /* of the client; NULL: it is not queued */
};

enum { FAIR_QUEUE_BUCKETS = 64 };

/* All zero: empty. */
struct fair_queue {
	struct fair_queue_line *next; /* served next; the lines are a ring */
	struct fair_queue_line *buckets[FAIR_QUEUE_BUCKETS];
	size_t count, lines;
};

/* Adds the item behind those of the client. */
void fair_queue_push(
	struct fair_queue *queue, struct fair_queue_item *item, const struct in6_addr *client);

/* The item that is served next, which stays queued; NULL: the queue is empty. */
struct fair_queue_item *fair_queue_first(const struct fair_queue *queue);

/* Lets the next client be served. */
void fair_queue_rotate(struct fair_queue *queue);

/* Removes a queued item. */
void fair_queue_remove(struct fair_queue *queue, struct fair_queue_item *item);

/* Removes the first item and rotates. NULL: the queue is empty. */
struct fair_queue_item *fair_queue_pop(struct fair_queue *queue);

#endif

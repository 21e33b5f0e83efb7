#include "schedule/fair_queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"

struct fair_queue_line {
	struct fair_queue_line *previous, *next; /* of the ring */
	struct fair_queue_line *beside;          /* in the bucket */
	struct in6_addr client;
	struct fair_queue_item *first, *last;
};

static struct fair_queue_line **find(struct fair_queue *queue, const struct in6_addr *client)
{
	uint64_t hash = XXH3_64bits(client, sizeof(*client));
	struct fair_queue_line **link = &queue->buckets[hash % FAIR_QUEUE_BUCKETS];

	while (*link != NULL && memcmp(&(*link)->client, client, sizeof(*client)) != 0) {
		link = &(*link)->beside;
	}
	return link;
}

/* Adds a line behind all others: before the one that is served next. */
static struct fair_queue_line *add_line(
	struct fair_queue *queue, struct fair_queue_line **link, const struct in6_addr *client)
{
	struct fair_queue_line *line = memory_new(struct fair_queue_line), *next = queue->next;

	line->client = *client;
	*link = line;
	if (next == NULL) {
		queue->next = line->next = line->previous = line;
	} else {
		line->next = next;
		line->previous = next->previous;
		next->previous->next = line;
		next->previous = line;
	}
	queue->lines++;
	return line;
}

static void remove_line(struct fair_queue *queue, struct fair_queue_line *line)
{
	*find(queue, &line->client) = line->beside;
	line->previous->next = line->next;
	line->next->previous = line->previous;
	if (queue->next == line) {
		queue->next = line->next != line ? line->next : NULL;
	}
	queue->lines--;
	free(line);
}

void fair_queue_push(
	struct fair_queue *queue, struct fair_queue_item *item, const struct in6_addr *client)
{
	struct fair_queue_line **link = find(queue, client);
	struct fair_queue_line *line = *link != NULL ? *link : add_line(queue, link, client);

	item->line = line;
	item->next = NULL;
	item->previous = line->last;
	if (line->last != NULL) {
		line->last->next = item;
	} else {
		line->first = item;
	}
	line->last = item;
	queue->count++;
}

struct fair_queue_item *fair_queue_first(const struct fair_queue *queue)
{
	return queue->next != NULL ? queue->next->first : NULL;
}

void fair_queue_rotate(struct fair_queue *queue)
{
	if (queue->next != NULL) {
		queue->next = queue->next->next;
	}
}

void fair_queue_remove(struct fair_queue *queue, struct fair_queue_item *item)
{
	struct fair_queue_line *line = item->line;

	*(item->previous != NULL ? &item->previous->next : &line->first) = item->next;
	*(item->next != NULL ? &item->next->previous : &line->last) = item->previous;
	*item = (struct fair_queue_item){ 0 };
	queue->count--;
	if (line->first == NULL) {
		remove_line(queue, line);
	}
}

struct fair_queue_item *fair_queue_pop(struct fair_queue *queue)
{
	struct fair_queue_item *item = fair_queue_first(queue);

	if (item != NULL) {
		fair_queue_rotate(queue);
		fair_queue_remove(queue, item);
	}
	return item;
}

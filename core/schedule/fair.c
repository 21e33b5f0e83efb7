#include "schedule/fair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"

struct fair_line {
	struct fair_line *previous, *next; /* of the ring */
	struct fair_line *beside;          /* in the bucket */
	struct in6_addr client;
	struct fair_item *first, *last;
};

static struct fair_line **find(struct fair *fair, const struct in6_addr *client)
{
	uint64_t hash = XXH3_64bits(client, sizeof(*client));
	struct fair_line **link = &fair->buckets[hash % FAIR_BUCKETS];

	while (*link != NULL && memcmp(&(*link)->client, client, sizeof(*client)) != 0) {
		link = &(*link)->beside;
	}
	return link;
}

/* Behind all others: before the one that is served next. */
static struct fair_line *add_line(
	struct fair *fair, struct fair_line **link, const struct in6_addr *client)
{
	struct fair_line *line = memory_new(struct fair_line), *next = fair->next;

	line->client = *client;
	*link = line;
	if (next == NULL) {
		fair->next = line->next = line->previous = line;
	} else {
		line->next = next;
		line->previous = next->previous;
		next->previous->next = line;
		next->previous = line;
	}
	fair->lines++;
	return line;
}

static void remove_line(struct fair *fair, struct fair_line *line)
{
	*find(fair, &line->client) = line->beside;
	line->previous->next = line->next;
	line->next->previous = line->previous;
	if (fair->next == line) {
		fair->next = line->next != line ? line->next : NULL;
	}
	fair->lines--;
	free(line);
}

void fair_push(struct fair *fair, struct fair_item *item, const struct in6_addr *client)
{
	struct fair_line **link = find(fair, client);
	struct fair_line *line = *link != NULL ? *link : add_line(fair, link, client);

	item->line = line;
	item->next = NULL;
	item->previous = line->last;
	if (line->last != NULL) {
		line->last->next = item;
	} else {
		line->first = item;
	}
	line->last = item;
	fair->count++;
}

struct fair_item *fair_first(const struct fair *fair)
{
	return fair->next != NULL ? fair->next->first : NULL;
}

void fair_rotate(struct fair *fair)
{
	if (fair->next != NULL) {
		fair->next = fair->next->next;
	}
}

void fair_remove(struct fair *fair, struct fair_item *item)
{
	struct fair_line *line = item->line;

	*(item->previous != NULL ? &item->previous->next : &line->first) = item->next;
	*(item->next != NULL ? &item->next->previous : &line->last) = item->previous;
	*item = (struct fair_item){ 0 };
	fair->count--;
	if (line->first == NULL) {
		remove_line(fair, line);
	}
}

struct fair_item *fair_pop(struct fair *fair)
{
	struct fair_item *item = fair_first(fair);

	if (item != NULL) {
		fair_rotate(fair);
		fair_remove(fair, item);
	}
	return item;
}

/* Memory that is given back all at once: one per request, one per object. */
#ifndef ALMANAC_BASE_ARENA_H
#define ALMANAC_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t used;                /* of the newest chunk */
	size_t total;               /* bytes taken from the heap */
};

void arena_init(struct arena *arena);

/* Gives everything back. The arena may be used again. */
void arena_finish(struct arena *arena);

/* Gives everything back but one chunk, to be filled again. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, not zeroed. */
void *arena_take(struct arena *arena, size_t size);

/* The text and a NUL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

/* Arena allocator: memory freed all at once. One per request, one per ingested object. Not
 * shared between threads. */
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

/* Frees all memory. The arena may be used again. */
void arena_finish(struct arena *arena);

/* Frees all memory but one chunk, for reuse. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* Not zeroed. */
void *arena_take(struct arena *arena, size_t size);

/* Copies the text and adds a NUL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

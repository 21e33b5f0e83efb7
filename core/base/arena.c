#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Size of the next chunk: it grows with the arena, so that one that is reused soon needs a
 * single chunk. */
enum { CHUNK_SIZE = 4096 - 32, CHUNK_MAX = 32 * 1024 - 32 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

static void free_chunks(struct arena_chunk *chunk)
{
	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void arena_finish(struct arena *arena)
{
	free_chunks(arena->chunks);
	arena_init(arena);
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *kept = arena->chunks;

	if (kept == NULL) {
		return;
	}
	free_chunks(kept->next);
	kept->next = NULL;
	arena->used = 0;
	arena->total = kept->size;
	if (kept->size > CHUNK_MAX) {
		arena_finish(arena);
	}
}

static void add_chunk(struct arena *arena, size_t wanted)
{
	size_t usual = arena->total < CHUNK_SIZE  ? CHUNK_SIZE
		       : arena->total < CHUNK_MAX ? arena->total
						  : CHUNK_MAX;
	size_t size = wanted > usual ? wanted : usual;
	struct arena_chunk *chunk = memory_resize(NULL, sizeof(*chunk) + size, 1);

	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->used = 0;
	arena->total += size;
}

void *arena_take(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t rounded = (size + align - 1) / align * align;
	void *memory;

	if (size > SIZE_MAX / 2) {
		memory_resize(NULL, size, 2); /* reports out of memory and aborts */
	}
	if (arena->chunks == NULL || arena->chunks->size - arena->used < rounded) {
		add_chunk(arena, rounded);
	}
	memory = arena->chunks->data + arena->used;
	arena->used += rounded;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_take(arena, size), 0, size);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_take(arena, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);
	text = arena_take(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *give_up(size_t count, size_t size)
{
	fprintf(stderr, "almanac: out of memory: %zu times %zu bytes\n", count, size);
	abort();
}

void *memory_array(size_t count, size_t size)
{
	void *array = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	return array != NULL ? array : give_up(count, size);
}

void *memory_resize(void *array, size_t count, size_t size)
{
	void *resized = NULL;

	if (size == 0 || count <= SIZE_MAX / size) {
		resized = realloc(array, count * size > 0 ? count * size : 1);
	}
	return resized != NULL ? resized : give_up(count, size);
}

char *memory_copy_text(const char *text, size_t length)
{
	char *copy = memory_array(length + 1, 1);

	memcpy(copy, text, length);
	return copy;
}

void memory_wipe_text(char *text)
{
	if (text != NULL) {
		explicit_bzero(text, strlen(text));
		free(text);
	}
}

/* Allocation that never returns NULL: out of memory aborts the program with a message.
 * Callers limit sizes that come from outside. Free with free(). [any] */
#ifndef ALMANAC_BASE_MEMORY_H
#define ALMANAC_BASE_MEMORY_H

#include <stddef.h>

/* Allocates a zeroed array of `count` members; of 0, a pointer that may be freed. */
void *memory_array(size_t count, size_t size);

/* Resizes an array; new members are not initialised. */
void *memory_resize(void *array, size_t count, size_t size);

char *memory_copy_text(const char *text, size_t length);

/* Overwrites a secret text and frees it. NULL is valid. */
void memory_wipe_text(char *text);

#define memory_new(type) ((type *)memory_array(1, sizeof(type)))

#endif

/* Allocation that does not fail: out of memory ends the program with a message,
 * since nothing above could go on. Sizes that come from outside are limited by
 * name before they get here. Memory is given back with free(). */
#ifndef ALMANAC_BASE_MEMORY_H
#define ALMANAC_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed array of `count` members; count 0 gives a pointer that may be freed. */
void *memory_array(size_t count, size_t size);

/* Grow or shrink an array; new members are not initialised. */
void *memory_resize(void *array, size_t count, size_t size);

char *memory_copy_text(const char *text, size_t length);

/* Overwrites a text that was secret, and frees it. NULL is fine. */
void memory_wipe_text(char *text);

#define memory_new(type) ((type *)memory_array(1, sizeof(type)))

#endif

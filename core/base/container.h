/* Embedded structs: from a member back to the struct that contains it. */
#ifndef ALMANAC_BASE_CONTAINER_H
#define ALMANAC_BASE_CONTAINER_H

#include <stddef.h>

/* The `type` whose `member` is at `pointer`, which must not point to const. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif

/* The name that a mistyped one probably means, for "did you mean" hints. [any thread] */
#ifndef ALMANAC_BASE_NEAREST_H
#define ALMANAC_BASE_NEAREST_H

#include <stddef.h>

/* The candidate with the least edit distance (optimal string alignment), if that is small
 * for its length: 1 + length / 4, 1 up to four letters. NULL: none is near. */
const char *nearest_text(const char *text, const char *const *candidates, size_t count);

#endif

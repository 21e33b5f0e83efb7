/* "Did you mean ...?" [any thread] */
#ifndef ALMANAC_REPLY_NEAREST_H
#define ALMANAC_REPLY_NEAREST_H

#include <stddef.h>

/* The candidate that takes the fewest changed, added, dropped or swapped letters,
 * if they are few for its length; NULL if none is near. */
const char *nearest_text(const char *text, const char *const *candidates, size_t count);

#endif

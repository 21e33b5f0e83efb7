/* Routes of the program itself: probes, metrics and pages. */
#ifndef ALMANAC_SERVER_BUILTIN_H
#define ALMANAC_SERVER_BUILTIN_H

#include "route/route.h"

/* In order of path. */
const struct builtin *builtin_list(size_t *count);

#endif

/* "Did you mean ...?" for names of parameters, values that can be chosen, and fields: words
 * that others use for them first, then letters. [loop] */
#ifndef ALMANAC_ROUTE_HINTS_H
#define ALMANAC_ROUTE_HINTS_H

#include <stddef.h>

#include "base/arena.h"

/* "; did you mean 'page_size'?", or a sentence that says more, for a parameter that is none of
 * `names` and has that value; "" if nothing is like it. `fields` are those that conditions can
 * be on. Both lists end with NULL. */
const char *hint_param(struct arena *arena, const char *name, const char *value,
	const char *const *names, const char *const *fields);

/* The same for a value that is none of the choices. */
const char *hint_choice(struct arena *arena, const char *text, const char *const *choices);

/* The same for a field that is none of `names`. */
const char *hint_field(struct arena *arena, const char *name, const char *const *names);

/* "; did you mean /api/weather?" for a path that none of the patterns, such as
 * "/api/stations/{station_id}", fits. */
const char *hint_path(struct arena *arena, const char *path, const char *const *patterns);

#endif

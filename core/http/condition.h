/* One condition of the parameter `where`: "tmax>=35". [loop] */
#ifndef ALMANAC_HTTP_CONDITION_H
#define ALMANAC_HTTP_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "http/format.h"

enum compare { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

struct condition {
	size_t column; /* the caller's */
	enum compare compare;
	double number;
	const char *text; /* of a column of texts, else NULL */
};

/* Length of the field's name, which a condition begins with. */
size_t condition_name_length(const char *condition);

/* What comes after the operator; NULL: there is no operator. */
const char *condition_value(const char *condition);

/* Sets all but `column`. Returns what is wrong and what to write instead, in the arena;
 * NULL: nothing. */
const char *condition_read(struct arena *arena, const struct column *column, const char *text,
	struct condition *condition);

#endif

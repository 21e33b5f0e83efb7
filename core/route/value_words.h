/* What is said about values that cannot be read: what to write instead of this very one.
 * All texts are in the arena or constants. [loop] */
#ifndef ALMANAC_ROUTE_VALUE_WORDS_H
#define ALMANAC_ROUTE_VALUE_WORDS_H

#include <stdbool.h>

#include "base/arena.h"

/* "; leave out the time: 2012-07-04" and the like, of a text that is no date; "" if there is
 * nothing to advise. */
const char *date_advice(struct arena *arena, const char *text);

/* The same of a text that is no number: "; leave out the unit: 50". NULL: the unit in which it
 * is taken is not known; "1": it is a share. */
const char *number_advice(struct arena *arena, const char *text, const char *unit);

/* The same of a text that is no integer; `list`: there may be several of them. */
const char *integer_advice(struct arena *arena, const char *text, bool list);

/* The month of that name, which may be cut after three letters; 0: there is none. */
int month_named(const char *text);

/* What is between quotation marks; NULL: there are none around it. */
const char *quoted_text(struct arena *arena, const char *text);

/* Whether it is what programs write where they have no value: null, None, NaN, undefined. */
bool is_no_value(const char *text);

/* Whether the text is a whole number, which may be greater than any that can be read. */
bool is_whole_number(const char *text);

/* "A, B, C" of a NULL-terminated list. */
const char *words_list(struct arena *arena, const char *const *list);

#endif

/* Cells compared by what is shown of them: the conditions of `where`, such as "tmax>=35", and
 * the order of `sort`. All [loop]. */
#ifndef ALMANAC_DOCUMENT_CONDITION_H
#define ALMANAC_DOCUMENT_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "format/format.h"

/* -- What is shown ------------------------------------------------------ */

struct shown {
	const struct column *column;
	double power; /* 10^decimals */
};

void shown_init(struct shown *shown, const struct column *column);

/* Makes the cell what is shown of it: that is what is compared, so that a condition holds for
 * just the rows of which it can be seen to hold, and what reads the same is in order of its
 * station. */
void shown_settle(const struct shown *shown, struct cell *cell);

/* Which of two settled cells, neither of them null, comes first: -1, 0, 1. */
int shown_order(const struct shown *shown, const struct cell *a, const struct cell *b);

/* -- Conditions --------------------------------------------------------- */

enum compare { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

struct condition {
	size_t column; /* the caller's */
	enum compare compare;
	double number;
	int64_t integer;
	bool whole;       /* integer says it exactly */
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

/* Settles the cell. A null satisfies no condition. */
bool condition_holds(
	const struct condition *condition, const struct shown *shown, struct cell *cell);

#endif

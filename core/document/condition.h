/* Comparison of cells by their displayed values: conditions of `where`, such as "tmax>=35", and
 * the order of `sort`. All [loop]. */
#ifndef ALMANAC_DOCUMENT_CONDITION_H
#define ALMANAC_DOCUMENT_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "format/format.h"

/* -- Displayed values --------------------------------------------------- */

/* Displayed values of a column. */
struct shown {
	const struct column *column;
	double power; /* 10^decimals */
};

void shown_init(struct shown *shown, const struct column *column);

/* Rounds the cell to its displayed value, by which it is compared: a condition holds exactly
 * for rows that are seen to satisfy it, and rows that read the same are in order of station. */
void shown_normalize(const struct shown *shown, struct cell *cell);

/* Compares two normalized cells, neither of them null: less than, equal to or greater than 0.
 */
int shown_compare(const struct shown *shown, const struct cell *a, const struct cell *b);

/* -- Conditions --------------------------------------------------------- */

enum compare { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

struct condition {
	size_t column; /* set by the caller */
	enum compare compare;
	double number;
	int64_t integer;
	bool whole;       /* the value is `integer`, exactly */
	const char *text; /* for a column of texts, else NULL */
};

/* Length of the name of the field at the beginning of a condition. */
size_t condition_name_length(const char *condition);

/* The value, behind the operator; NULL: there is no operator. */
const char *condition_value(const char *condition);

/* Parses a condition; sets all but `column`. Returns NULL, or a message with what to write
 * instead, in the arena. With column NULL only the syntax is checked. */
const char *condition_read(struct arena *arena, const struct column *column, const char *text,
	struct condition *condition);

/* Whether the cell, which is normalized, satisfies the condition. A null satisfies none. */
bool condition_holds(
	const struct condition *condition, const struct shown *shown, struct cell *cell);

#endif

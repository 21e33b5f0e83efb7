/* Comparison of cells by their displayed values: conditions of `where`, such as "tmax>=35", and
 * the order of `sort`. All [loop]. */
#ifndef ALMANAC_DOCUMENT_CONDITION_H
#define ALMANAC_DOCUMENT_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "document/where.h"
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

struct catalog;

/* Value that cells are compared with. */
struct condition_value {
	double number, last; /* the same, but of a month or year its first and last day */
	int64_t integer;
	bool whole;       /* the value is `integer`, exactly */
	const char *text; /* for a column of texts, else NULL */
	size_t length;
};

/* Test of an expression, bound to columns. */
struct condition {
	enum condition_kind {
		AGAINST_NUMBER, /* or date, or true and false */
		AGAINST_TEXT,
		AGAINST_COLUMN,
		IS_NULL,
		IN_LIST
	} kind;
	size_t column;
	size_t other; /* AGAINST_COLUMN */
	enum compare compare;
	bool negated; /* IS_NULL, IN_LIST */
	struct condition_value value;
	const struct condition_value *list; /* IN_LIST */
	size_t list_count;
	size_t yes, no; /* index of the next condition, as in where.h */
};

/* The columns that a test names, by `find`, which gives NULL if there is none of a name; its
 * argument is passed on. `other` is NULL unless the value is a column: no text is one. */
struct condition_columns {
	const struct column *column, *other;
};
struct condition_columns condition_columns_of(const struct where_test *test,
	const struct column *(*find)(const void *arg, const char *name), const void *arg);

/* Binds a test to its columns; sets all but `column` and `other`. Returns NULL, or a message
 * with what to write instead, in the arena. Ids of stations are taken in any letter case where
 * the catalog (NULL: none) has one such station. */
const char *condition_read(struct arena *arena, const struct catalog *catalog,
	const struct condition_columns *columns, const struct where_test *test,
	struct condition *condition);

/* Whether the row satisfies the condition; normalizes the cells compared. A null satisfies none
 * but "is null". `shown` and `cells` are by column. */
bool condition_holds(
	const struct condition *condition, const struct shown *shown, struct cell *cells);

#endif

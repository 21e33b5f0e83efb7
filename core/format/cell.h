/* Columns and cells of rows. */
#ifndef ALMANAC_FORMAT_CELL_H
#define ALMANAC_FORMAT_CELL_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Column of an answer: a declared field, ALM_PER_ELEMENT and ALM_PER_COLUMN expanded, in the
 * units of the request. */
struct column {
	const char *name;
	enum alm_type type;
	const char *unit; /* NULL: none */
	int decimals;     /* of NUMBER; FORMAT_EXACT: shortest text that reads back the same */
	bool stored;      /* NUMBER: its cells are CELL_SCALED */
};
enum { FORMAT_EXACT = -1 };

enum cell_kind {
	CELL_NULL,
	CELL_INTEGER,
	CELL_BOOLEAN,
	CELL_SCALED, /* integer / 10^column.decimals, exact */
	CELL_NUMBER, /* rounded to column.decimals */
	CELL_DATE,   /* integer: days since 1970-01-01 */
	CELL_TEXT
};

struct cell {
	enum cell_kind kind;
	bool steady; /* the text stays valid and unchanged until the document ends */
	int64_t integer;
	double number;
	const char *text;
	size_t length;
};

/* Consecutive rows of a column. */
struct cell_run {
	struct cell cell;        /* the same in each row; of SCALED and DATE the kind alone */
	const int32_t *integers; /* of SCALED and DATE, by row */
	int32_t least;           /* of SCALED: less is null */
};

#endif

/* Formats of answers: how rows with declared fields are written. One table; JSON
 * rows now, others beside it later. */
#ifndef ALMANAC_HTTP_FORMAT_H
#define ALMANAC_HTTP_FORMAT_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

/* One column of the answer: a declared field, ALM_PER_ELEMENT expanded. */
struct column {
	const char *name;
	enum alm_type type;
	const char *unit; /* NULL: none */
	int decimals;     /* of NUMBER */
};

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
	int64_t integer;
	double number;
	const char *text;
	size_t length;
};

/* What stands around the rows. */
struct envelope {
	bool single; /* one row as an object */
	bool paged;
	int64_t page; /* 0: walking by cursor */
	int64_t page_size, total;
	const char *next_cursor;        /* NULL: none, or the end */
	const char *self, *next, *prev; /* URL references; NULL: none */
};

/* A document being written. The caller fills it in, but for `state`. */
struct document {
	struct buffer *out;
	struct arena *arena; /* for what the format keeps until the end */
	const struct column *columns;
	size_t column_count;
	const struct envelope *envelope; /* begin: `single` and `paged` alone are known */
	size_t row_count;                /* written so far */
	void *state;                     /* the format's */
};

struct format {
	const char *name;
	const char *media_type;
	/* Write the parts of a document, in this order; `row` takes a cell per column. */
	void (*begin)(struct document *document);
	void (*row)(struct document *document, const struct cell *cells);
	void (*end)(struct document *document);
};

extern const struct format format_json;

#endif

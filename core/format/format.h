/* Formats of answers: how rows with declared fields are written. One table. */
#ifndef ALMANAC_FORMAT_FORMAT_H
#define ALMANAC_FORMAT_FORMAT_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "format/cell.h"

/* What stands around the rows. */
struct envelope {
	bool single; /* one row as an object */
	bool paged;
	int64_t page; /* 0: walking by cursor */
	int64_t page_size;
	int64_t total;                  /* -1: not known */
	const char *next_cursor;        /* NULL: none, or the end */
	const char *self, *next, *prev; /* URL references; NULL: none */
};

/* A document being written. The caller fills it in, but for `state`. */
struct document {
	struct buffer *out;  /* emptied by the caller, at any time between two calls */
	struct arena *arena; /* for what the format keeps until the end */
	const struct column *columns;
	size_t column_count;
	const struct envelope *envelope; /* begin: `single` and `paged` alone are known */
	size_t row_count;                /* written so far; counted by the format */
	void *state;                     /* the format's */
};

struct format {
	const char *name;       /* as in the parameter `format` */
	const char *media_type; /* of the answer, with its parameters */
	/* Media types of an Accept header that mean this format, NULL-terminated, in lower
	 * case, without parameters. */
	const char *const *accepts;
	/* What was written can leave before the end is known. */
	bool streams;
	/* Without a page being asked for, the answer has all rows; there is no envelope. */
	bool whole;
	/* Whether such columns can be written; NULL: all can. */
	bool (*fits)(const struct column *columns, size_t count);
	/* Write the parts of a document, in this order; `row` takes a cell per column. */
	void (*begin)(struct document *document);
	void (*row)(struct document *document, const struct cell *cells);
	void (*end)(struct document *document);
};

extern const struct format format_json, format_columnar, format_csv, format_ndjson,
	format_geojson;

/* All formats, the default first; NULL-terminated. */
extern const struct format *const format_list[];

/* By the parameter's value; NULL: none of that name. */
const struct format *format_find(const char *name);

/* The format that an Accept header (RFC 9110, 12.5.1; NULL: none was sent) likes best among
 * those that fit; the default where it likes several alike. NULL: it accepts none. */
const struct format *format_negotiate(
	const char *accept, const struct column *columns, size_t count);

#endif

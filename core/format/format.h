/* Formats of answers: how rows are written. format_list is the one table of them: parameter,
 * Accept, messages and OpenAPI are made of it. [any] */
#ifndef ALMANAC_FORMAT_FORMAT_H
#define ALMANAC_FORMAT_FORMAT_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "format/cell.h"

/* Envelope: what a document has besides rows. */
struct envelope {
	bool single; /* one row as an object */
	bool paged;
	int64_t page; /* 0: by cursor */
	int64_t page_size;
	int64_t total;                  /* -1: not known */
	const char *next_cursor;        /* NULL: none, or the end */
	const char *self, *next, *prev; /* URL references; NULL: none */
};

/* Document being written. The caller fills it in, except `state`. */
struct document {
	struct buffer *out;  /* emptied by the caller, at any time between two calls */
	struct arena *arena; /* for the format's state */
	const struct column *columns;
	size_t column_count;
	const struct envelope *envelope; /* in begin(): only `single` and `paged` are known */
	size_t row_count;                /* written so far; counted by the format */
	void *state;                     /* of the format */
};

struct format {
	const char *name;       /* as in the parameter `format` */
	const char *media_type; /* of the answer, with its parameters */
	/* Its media types in Accept, in lower case, without parameters; NULL-terminated. */
	const char *const *accepts;
	/* The document can be sent chunk by chunk, before its end is known. */
	bool streams;
	/* Unless the request has a page, the answer has all rows. There is no envelope. */
	bool whole;
	/* Whether it can write such columns, that is, those with a position; NULL: any. */
	bool (*fits)(const struct column *columns, size_t count);
	/* Write a document, in this order; row(): one cell for each column. */
	void (*begin)(struct document *document);
	void (*row)(struct document *document, const struct cell *cells);
	void (*end)(struct document *document);
};

extern const struct format format_json, format_columnar, format_csv, format_ndjson,
	format_geojson;

/* All formats, the default first; NULL-terminated. */
extern const struct format *const format_list[];

/* The format of that name; NULL: none. */
const struct format *format_find(const char *name);

/* Names of the formats, NULL-terminated; `with_position`: for rows with latitude and longitude.
 */
const char *const *format_names(bool with_position);

/* The format to which Accept (RFC 9110, 12.5.1; NULL: not sent) gives the greatest weight, of
 * those that fit the columns; of several the first. NULL: it accepts none. */
const struct format *format_negotiate(
	const char *accept, const struct column *columns, size_t count);

#endif

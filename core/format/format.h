/* Formats of answers: how rows are written. FORMATS is the one table of them: parameter,
 * Accept, messages, file names and OpenAPI are made of it. [any] */
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
	bool single;    /* one row as an object */
	bool has_pages; /* there are links to other pages, perhaps null */
	bool paged;     /* the document is a page */
	int64_t page;   /* 0: by cursor */
	int64_t page_size;
	int64_t total;                  /* -1: not known */
	const char *next_cursor;        /* NULL: none, or the end */
	const char *self, *next, *prev; /* URL references; NULL: none */
	/* Sentences about what the rows leave out; NULL-terminated. NULL: none. */
	const char *const *notes;
};

/* Marks of charts. */
enum chart { CHART_LINE, CHART_BARS, CHART_STRIPES };

/* Document being written. The caller fills it in, except `state`. */
struct document {
	struct buffer *out;  /* emptied by the caller, at any time between two calls */
	struct arena *arena; /* for the format's state */
	const struct column *columns;
	size_t column_count;
	const struct envelope
		*envelope;    /* in begin(): `single`, `has_pages` and `paged` are known */
	bool has_units;       /* JSON: the envelope tells them */
	bool byte_order_mark; /* CSV begins with one */
	bool unit_headings;   /* CSV: units are in the header line */
	enum chart chart;     /* SVG: its marks */
	bool full;            /* set by the format: it can have no more rows */
	/* Set by the format: the most it can have, since the last row was more. NULL: it was
	 * not. */
	const char *full_of;
	size_t row_count; /* written so far; counted by the format */
	void *state;      /* of the format */
};

/* JSON Schema of a format's documents in OpenAPI. */
enum format_schema {
	FORMAT_ENVELOPE, /* rows as objects, in an envelope */
	FORMAT_COLUMNS,  /* an array for each column, in an envelope */
	FORMAT_OBJECT,
	FORMAT_TEXT,
	FORMAT_BYTES
};

/* Routes whose rows alone a format can write: those with positions, those of days or
 * statistics. */
enum { FORMAT_OF_PLACES = 1, FORMAT_OF_SERIES = 2, FORMAT_OF_ALL = 3 };

struct format {
	const char *name;       /* as in the parameter `format` */
	const char *media_type; /* of the answer, with its parameters */
	/* Its media types in Accept, in lower case, without parameters; NULL-terminated. */
	const char *const *accepts;
	/* The document can be sent chunk by chunk, before its end is known. */
	bool streams;
	/* Unless the request has a page, the answer has all rows. */
	bool whole;
	bool packed;        /* documents are compressed already */
	unsigned weight;    /* of a row, where one of text has 1; 0: 1 */
	size_t memory;      /* bytes that a document takes besides its rows */
	size_t cell_memory; /* bytes that a cell takes besides its text */
	int64_t row_max;    /* rows of a document at most; 0: any number */
	const char
		*extension; /* of files, such as "csv"; NULL: documents are not saved as such */
	enum format_schema schema;
	unsigned of; /* bits FORMAT_OF_; 0: any rows */
	/* Fields that it cannot do without, and whether these columns are such; NULL: any. */
	const char *needs;
	bool (*fits)(const struct column *columns, size_t count);
	/* Write a document, in this order; row(): one cell for each column. */
	void (*begin)(struct document *document);
	void (*row)(struct document *document, const struct cell *cells);
	void (*end)(struct document *document);
	/* Instead of row(): a run for each column, of `rows` rows; NULL: there is only row().
	 */
	void (*rows)(struct document *document, const struct cell_run *runs, size_t rows);
};

/* The formats, the default first: format_NAME is defined in format_NAME.c. */
#define FORMATS(FORMAT) \
	FORMAT(json) \
	FORMAT(columnar) \
	FORMAT(csv) FORMAT(ndjson) FORMAT(geojson) FORMAT(arrow) FORMAT(xlsx) FORMAT(svg)

#define FORMAT_DECLARE(name) extern const struct format format_##name;
FORMATS(FORMAT_DECLARE)
#undef FORMAT_DECLARE

#define FORMAT_ONE(name) +1
enum { FORMAT_COUNT = 0 FORMATS(FORMAT_ONE) };
#undef FORMAT_ONE

/* All formats, the default first; NULL-terminated. */
extern const struct format *const format_list[];

/* The format of that name; NULL: none. */
const struct format *format_find(const char *name);

/* Names of the formats for such rows (bits FORMAT_OF_), NULL-terminated. */
const char *const *format_names(unsigned of);

/* The format to which Accept (RFC 9110, 12.5.1; NULL: not sent) gives the greatest weight, of
 * that list of names; of several the first. NULL: it accepts none. */
const struct format *format_negotiate(const char *accept, const char *const *list);

#endif

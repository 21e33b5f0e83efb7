/* JSON text of rows and envelopes, for the formats based on JSON. [any thread] */
#ifndef ALMANAC_FORMAT_FORMAT_JSON_TEXT_H
#define ALMANAC_FORMAT_FORMAT_JSON_TEXT_H

#include "format/cell_text.h"
#include "format/format.h"

enum { JSON_PIECE = 32 /* bytes that are copied at once, used or not */ };

/* Key of a column: `,"tmax":`; of the first: `{"tmax":`. */
struct json_key {
	char text[JSON_PIECE]; /* if it fits */
	char *longer;
	size_t length;
};

struct json_rows {
	struct json_key *keys;
	size_t room; /* bytes that a row without long texts takes at most */
	struct cell_month month;
	/* The last text, with its quotes: stations stay the same for many rows. */
	const char *last;
	size_t last_length;
	char quoted[2 * JSON_PIECE];
};

/* Makes the keys of the document's columns, in its arena. `opening`: before the first key. */
void json_rows_prepare(struct document *document, struct json_rows *rows, char opening);

static inline char *json_put_key(char *p, const struct json_key *key)
{
	if (key->longer == NULL) {
		memcpy(p, key->text, JSON_PIECE);
	} else {
		memcpy(p, key->longer, key->length);
	}
	return p + key->length;
}

/* Write a value at `p` within document->out, which has rows->room bytes left. Return the end,
 * with as much room again. */
char *json_put_text(
	struct document *document, struct json_rows *rows, char *p, const struct cell *cell);

static inline char *json_put_cell(struct document *document, struct json_rows *rows, char *p,
	const struct column *column, const struct cell *cell)
{
	char *end;

	if (cell->kind == CELL_TEXT && cell->text == rows->last && cell->steady) {
		memcpy(p, rows->quoted, JSON_PIECE + 2);
		return p + rows->last_length;
	}
	if (cell->kind == CELL_TEXT) {
		return json_put_text(document, rows, p, cell);
	}
	if (cell->kind == CELL_DATE) {
		*p = '"';
		end = cell_put_date(&rows->month, p + 1, cell->integer);
		if (end != NULL) {
			*end = '"';
			return end + 1;
		}
	} else {
		end = cell_put(&rows->month, p, column, cell);
		if (end != NULL) {
			return end;
		}
	}
	memcpy(p, "null", 4);
	return p + 4;
}

/* Writes a row at `p`, without the closing brace. */
char *json_put_row(
	struct document *document, struct json_rows *rows, char *p, const struct cell *cells);

/* Writes a string, or null for NULL. */
void json_put_string(struct buffer *out, const char *text);

typedef const char *json_label_fn(const struct column *column);

const char *json_column_name(const struct column *column);
const char *json_column_unit(const struct column *column);

/* Writes `,"units":{...}`: of each column that has a unit its name and unit. */
void json_put_units(struct document *document, json_label_fn *name, json_label_fn *unit);

/* Writes `,"pagination":{...}` if the envelope is paged, and `,"links":{...}`. */
void json_put_envelope(struct buffer *out, const struct envelope *envelope);

#endif

/* Columnar JSON, as of Open-Meteo: an array for each column, and units. `date` is called
 * `time`. */
#include "format/format_json_text.h"

static const char *const accepts[] = { "application/vnd.almanac.columnar+json", NULL };

enum {
	COLUMN_FIRST = 1024,    /* bytes */
	COLUMNAR_ROWS = 100000, /* of a document, which is in memory as a whole */
};

/* Text of a column, in the arena. */
struct text {
	char *data;
	size_t length, capacity;
};

struct columnar {
	struct json_rows rows;
	struct text *columns;
};

static const char *name_of(const struct column *column)
{
	return strcmp(column->name, "date") == 0 ? "time" : column->name;
}

static void columnar_begin(struct document *document)
{
	struct columnar *columnar = arena_alloc(document->arena, sizeof(*columnar));

	json_rows_prepare(document, &columnar->rows, '{');
	columnar->columns = arena_alloc(
		document->arena, (document->column_count + 1) * sizeof(*columnar->columns));
	document->state = columnar;
}

static void append(struct arena *arena, struct text *text, const char *bytes, size_t length)
{
	if (text->capacity - text->length < length) {
		size_t capacity = 2 * text->capacity + length + COLUMN_FIRST;
		char *data = arena_take(arena, capacity);

		if (text->length > 0) {
			memcpy(data, text->data, text->length);
		}
		text->data = data;
		text->capacity = capacity;
	}
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
}

/* The document is written by columnar_end(); until then its buffer is scratch for one value. */
static void columnar_row(struct document *document, const struct cell *cells)
{
	struct columnar *columnar = document->state;
	struct buffer *out = document->out;

	for (size_t i = 0; i < document->column_count; i++) {
		char *p;

		out->length = 0;
		p = buffer_reserve(out, columnar->rows.room);
		if (document->row_count > 0) {
			*p++ = ',';
		}
		p = json_put_cell(
			document, &columnar->rows, p, &document->columns[i], &cells[i]);
		append(document->arena, &columnar->columns[i], out->data,
			(size_t)(p - out->data));
	}
	out->length = 0;
	document->row_count++;
}

static const char *unit_of(const struct column *column)
{
	return column->type == ALM_DATE ? "iso8601" : column->unit;
}

static void columnar_end(struct document *document)
{
	struct columnar *columnar = document->state;
	struct buffer *out = document->out;

	buffer_puts(out, "{\"data\":{");
	for (size_t i = 0; i < document->column_count; i++) {
		buffer_puts(out, i > 0 ? "," : "");
		json_put_string(out, name_of(&document->columns[i]));
		buffer_puts(out, ":[");
		buffer_append(out, columnar->columns[i].data, columnar->columns[i].length);
		buffer_putc(out, ']');
	}
	buffer_putc(out, '}');
	json_put_units(document, name_of, unit_of);
	json_put_envelope(out, document->envelope);
	buffer_puts(out, "}\n");
}

const struct format format_columnar = {
	.name = "columnar",
	.media_type = "application/vnd.almanac.columnar+json",
	.accepts = accepts,
	.whole = true,
	.row_max = COLUMNAR_ROWS,
	.schema = FORMAT_COLUMNS,
	.begin = columnar_begin,
	.row = columnar_row,
	.end = columnar_end,
};

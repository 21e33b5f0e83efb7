/* Columnar JSON, the shape of Open-Meteo: an array for each column, and their units. A date
 * is `time`. */
#include "http/format_json_text.h"

static const char *const accepts[] = { "application/vnd.almanac.columnar+json", NULL };

/* Each column is a document of its own until the end. */
struct columnar {
	struct json_rows rows;
	struct buffer *columns; /* the arena does not free them: columnar_end() does */
};

static const char *name_of(const struct column *column)
{
	return column->type == ALM_DATE ? "time" : column->name;
}

static void columnar_begin(struct document *document)
{
	struct columnar *columnar = arena_alloc(document->arena, sizeof(*columnar));

	json_rows_prepare(document, &columnar->rows, '{');
	columnar->columns = arena_alloc(
		document->arena, (document->column_count + 1) * sizeof(*columnar->columns));
	document->state = columnar;
}

static void columnar_row(struct document *document, const struct cell *cells)
{
	struct columnar *columnar = document->state;
	struct document column = { .arena = document->arena };

	for (size_t i = 0; i < document->column_count; i++) {
		char *p;

		column.out = &columnar->columns[i];
		p = buffer_reserve(column.out, columnar->rows.room);
		if (document->row_count > 0) {
			*p++ = ',';
		}
		p = json_put_cell(
			&column, &columnar->rows, p, &document->columns[i], &cells[i]);
		column.out->length = (size_t)(p - column.out->data);
	}
	document->row_count++;
}

static const char *unit_of(const struct column *column)
{
	return column->type == ALM_DATE ? "iso8601" : column->unit;
}

static void put_units(struct document *document)
{
	struct buffer *out = document->out;
	const char *before = ",\"units\":{";

	for (size_t i = 0; i < document->column_count; i++) {
		const struct column *column = &document->columns[i];

		if (unit_of(column) != NULL) {
			buffer_puts(out, before);
			json_put_string(out, name_of(column));
			buffer_putc(out, ':');
			json_put_string(out, unit_of(column));
			before = ",";
		}
	}
	buffer_puts(out, before[1] != '\0' ? ",\"units\":{}" : "}");
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
		buffer_finish(&columnar->columns[i]);
	}
	buffer_putc(out, '}');
	put_units(document);
	json_put_envelope(out, document->envelope);
	buffer_puts(out, "}\n");
}

const struct format format_columnar = {
	.name = "columnar",
	.media_type = "application/json",
	.accepts = accepts,
	.begin = columnar_begin,
	.row = columnar_row,
	.end = columnar_end,
};

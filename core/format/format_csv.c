/* CSV (RFC 4180): a header line of field names, with units on request, then a line for each
 * row. Null is an empty field, an empty text a quoted one. */
#include "format/cell_text.h"
#include "format/format.h"

static const char *const accepts[] = { "text/csv", NULL };

enum { TEXT_PIECE = 32 /* bytes that are copied at once, used or not */ };

struct csv {
	size_t room; /* bytes that a row without texts takes at most */
	struct cell_month month;
	/* The last text that needs no quotes: stations stay the same for many rows. */
	const char *last;
	char text[TEXT_PIECE];
};

static bool needs_quotes(const char *text, size_t length)
{
	if (length == 0 || text[0] == ' ' || text[length - 1] == ' ') {
		return true;
	}
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"' || text[i] == ',' || text[i] == '\r' || text[i] == '\n') {
			return true;
		}
	}
	return false;
}

static void put_text(struct buffer *out, const char *text, size_t length)
{
	if (!needs_quotes(text, length)) {
		buffer_append(out, text, length);
		return;
	}
	buffer_putc(out, '"');
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"') {
			buffer_putc(out, '"');
		}
		buffer_putc(out, text[i]);
	}
	buffer_putc(out, '"');
}

static void put_heading(struct buffer *out, const struct column *column, bool with_unit)
{
	struct buffer text = { 0 };

	buffer_puts(&text, column->name);
	if (with_unit && column->unit != NULL) {
		buffer_printf(&text, " (%s)", column->unit);
	}
	put_text(out, text.data, text.length);
	buffer_finish(&text);
}

static void csv_begin(struct document *document)
{
	struct csv *csv = arena_alloc(document->arena, sizeof(*csv));

	cell_text_prepare();
	csv->room = document->column_count * (CELL_ROOM + 1) + 2;
	document->state = csv;
	buffer_puts(document->out, document->byte_order_mark ? "\xEF\xBB\xBF" : "");
	for (size_t i = 0; i < document->column_count; i++) {
		buffer_puts(document->out, i > 0 ? "," : "");
		put_heading(document->out, &document->columns[i], document->unit_headings);
	}
	buffer_puts(document->out, "\r\n");
}

/* Writes a text at `p`. Returns its end, with room for the rest of the row. */
static char *write_text(struct document *document, char *p, const struct cell *cell)
{
	struct csv *csv = document->state;
	struct buffer *out = document->out;

	if (cell->steady && cell->text == csv->last) {
		memcpy(p, csv->text, TEXT_PIECE);
		return p + cell->length;
	}
	if (cell->length <= TEXT_PIECE && !needs_quotes(cell->text, cell->length)) {
		csv->last = cell->steady ? cell->text : NULL;
		memcpy(csv->text, cell->text, cell->length);
		memcpy(p, csv->text, TEXT_PIECE);
		return p + cell->length;
	}
	out->length = (size_t)(p - out->data);
	put_text(out, cell->text, cell->length);
	return buffer_reserve(out, csv->room);
}

static void csv_row(struct document *document, const struct cell *cells)
{
	struct csv *csv = document->state;
	char *p = buffer_reserve(document->out, csv->room);

	document->row_count++;
	for (size_t i = 0; i < document->column_count; i++) {
		const struct cell *cell = &cells[i];

		if (i > 0) {
			*p++ = ',';
		}
		if (cell->kind == CELL_TEXT) {
			p = write_text(document, p, cell);
		} else {
			char *end = cell_put(&csv->month, p, &document->columns[i], cell);

			p = end != NULL ? end : p;
		}
	}
	*p++ = '\r';
	*p++ = '\n';
	document->out->length = (size_t)(p - document->out->data);
}

static void csv_end(struct document *document)
{
	(void)document;
}

const struct format format_csv = {
	.name = "csv",
	.media_type = "text/csv; charset=utf-8; header=present",
	.accepts = accepts,
	.streams = true,
	.whole = true,
	.schema = FORMAT_TEXT,
	.extension = "csv",
	.begin = csv_begin,
	.row = csv_row,
	.end = csv_end,
};

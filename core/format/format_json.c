/* JSON: {"data":[{...},...],"pagination":{...},"links":{...}}. */
#include "format/format_json_text.h"

static const char *const accepts[] = { "application/json", NULL };

static void json_begin(struct document *document)
{
	struct json_rows *rows = arena_alloc(document->arena, sizeof(*rows));

	json_rows_prepare(document, rows, '{');
	document->state = rows;
	buffer_puts(document->out, document->envelope->single ? "{\"data\":" : "{\"data\":[");
}

static void json_row(struct document *document, const struct cell *cells)
{
	struct json_rows *rows = document->state;
	char *p = buffer_reserve(document->out, rows->room);

	if (document->row_count++ > 0) {
		*p++ = ',';
	}
	p = json_put_row(document, rows, p, cells);
	*p++ = '}';
	document->out->length = (size_t)(p - document->out->data);
}

static void json_end(struct document *document)
{
	if (!document->envelope->single) {
		buffer_putc(document->out, ']');
	}
	if (document->has_units) {
		json_put_units(document, json_column_name, json_column_unit);
	}
	json_put_envelope(document->out, document->envelope);
	buffer_puts(document->out, "}\n");
}

const struct format format_json = {
	.name = "json",
	.media_type = "application/json",
	.accepts = accepts,
	.streams = true,
	.schema = FORMAT_ENVELOPE,
	.begin = json_begin,
	.row = json_row,
	.end = json_end,
};

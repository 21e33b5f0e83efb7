/* NDJSON: a JSON object for each row, each on a line of its own. */
#include "format/format_json_text.h"

static const char *const accepts[] = { "application/x-ndjson", "application/ndjson",
	"application/jsonl", "application/x-jsonlines", NULL };

static void ndjson_begin(struct document *document)
{
	struct json_rows *rows = arena_alloc(document->arena, sizeof(*rows));

	json_rows_prepare(document, rows, '{');
	document->state = rows;
}

static void ndjson_row(struct document *document, const struct cell *cells)
{
	struct json_rows *rows = document->state;
	char *p = buffer_reserve(document->out, rows->room);

	document->row_count++;
	p = json_put_row(document, rows, p, cells);
	*p++ = '}';
	*p++ = '\n';
	document->out->length = (size_t)(p - document->out->data);
}

static void ndjson_end(struct document *document)
{
	(void)document;
}

const struct format format_ndjson = {
	.name = "ndjson",
	.media_type = "application/x-ndjson",
	.accepts = accepts,
	.streams = true,
	.whole = true,
	.schema = FORMAT_TEXT,
	.extension = "ndjson",
	.begin = ndjson_begin,
	.row = ndjson_row,
	.end = ndjson_end,
};

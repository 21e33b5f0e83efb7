#include "format/format_json_text.h"

#include <assert.h>

#include "base/json.h"
#include "base/number.h"

/* -- Rows --------------------------------------------------------------- */

/* Escapes a name. Names of columns are checked when plugins are loaded; those of elements come
 * from the database. */
static const char *escape(struct arena *arena, const char *name)
{
	struct buffer quoted = { 0 };
	const char *inner;

	json_string(&quoted, name, strlen(name));
	inner = arena_copy(arena, quoted.data + 1, quoted.length - 2);
	buffer_finish(&quoted);
	return inner;
}

static void make_key(struct document *document, size_t i, char opening, struct json_key *key)
{
	const char *name = document->columns[i].name;
	size_t length = strlen(name);
	char *p;

	if (!cell_is_plain(name, length)) {
		name = escape(document->arena, name);
		length = strlen(name);
	}
	key->length = length + 4;
	if (key->length > JSON_PIECE) {
		key->longer = arena_alloc(document->arena, key->length);
	}
	p = key->longer != NULL ? key->longer : key->text;
	*p++ = i == 0 ? opening : ',';
	*p++ = '"';
	memcpy(p, name, length);
	memcpy(p + length, "\":", 2);
}

void json_rows_prepare(struct document *document, struct json_rows *rows, char opening)
{
	cell_text_prepare();
	rows->keys = arena_alloc(
		document->arena, (document->column_count + 1) * sizeof(*rows->keys));
	rows->room = 2 * JSON_PIECE;
	for (size_t i = 0; i < document->column_count; i++) {
		make_key(document, i, opening, &rows->keys[i]);
		rows->room += rows->keys[i].length + CELL_ROOM;
	}
}

/* Long texts, and texts with escapes, are appended to the buffer. */
char *json_put_text(
	struct document *document, struct json_rows *rows, char *p, const struct cell *cell)
{
	struct buffer *out = document->out;

	assert(cell->text != NULL);
	if (cell->length <= JSON_PIECE && cell_is_plain(cell->text, cell->length)) {
		rows->quoted[0] = '"';
		memcpy(rows->quoted + 1, cell->text, cell->length);
		rows->quoted[cell->length + 1] = '"';
		rows->last = cell->steady ? cell->text : NULL;
		rows->last_length = cell->length + 2;
		memcpy(p, rows->quoted, JSON_PIECE + 2);
		return p + rows->last_length;
	}
	out->length = (size_t)(p - out->data);
	json_string(out, cell->text, cell->length);
	return buffer_reserve(out, rows->room);
}

char *json_put_row(
	struct document *document, struct json_rows *rows, char *p, const struct cell *cells)
{
	for (size_t i = 0; i < document->column_count; i++) {
		p = json_put_key(p, &rows->keys[i]);
		p = json_put_cell(document, rows, p, &document->columns[i], &cells[i]);
	}
	return p;
}

/* -- Envelope ----------------------------------------------------------- */

void json_put_string(struct buffer *out, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (text == NULL || !cell_is_plain(text, length)) {
		json_text(out, text);
		return;
	}
	buffer_putc(out, '"');
	buffer_append(out, text, length);
	buffer_putc(out, '"');
}

/* Writes an integer; null if it is less than 0. */
static void put_member(struct buffer *out, const char *before, int64_t value)
{
	buffer_puts(out, before);
	if (value < 0) {
		buffer_puts(out, "null");
		return;
	}
	out->length += number_write_integer(buffer_reserve(out, NUMBER_TEXT_MAX), value);
}

static void put_pagination(struct buffer *out, const struct envelope *envelope)
{
	int64_t pages = envelope->total < 0 ? -1
					    : (envelope->total + envelope->page_size - 1) /
						      envelope->page_size;

	put_member(out, ",\"pagination\":{\"page\":", envelope->page > 0 ? envelope->page : -1);
	put_member(out, ",\"page_size\":", envelope->page_size);
	put_member(out, ",\"total\":", envelope->total);
	put_member(out, ",\"total_pages\":", pages);
	buffer_puts(out, ",\"next_cursor\":");
	json_put_string(out, envelope->next_cursor);
	buffer_putc(out, '}');
}

const char *json_column_name(const struct column *column)
{
	return column->name;
}

const char *json_column_unit(const struct column *column)
{
	return column->unit;
}

void json_put_units(struct document *document, json_label_fn *name, json_label_fn *unit)
{
	struct buffer *out = document->out;
	const char *before = "";

	buffer_puts(out, ",\"units\":{");
	for (size_t i = 0; i < document->column_count; i++) {
		const struct column *column = &document->columns[i];

		if (unit(column) != NULL) {
			buffer_puts(out, before);
			json_put_string(out, name(column));
			buffer_putc(out, ':');
			json_put_string(out, unit(column));
			before = ",";
		}
	}
	buffer_putc(out, '}');
}

static void put_notes(struct buffer *out, const char *const *notes)
{
	buffer_puts(out, ",\"notes\":[");
	for (size_t i = 0; notes[i] != NULL; i++) {
		buffer_puts(out, i > 0 ? "," : "");
		json_put_string(out, notes[i]);
	}
	buffer_putc(out, ']');
}

void json_put_envelope(struct buffer *out, const struct envelope *envelope)
{
	if (envelope->notes != NULL) {
		put_notes(out, envelope->notes);
	}
	if (envelope->paged) {
		put_pagination(out, envelope);
	}
	buffer_puts(out, ",\"links\":{\"self\":");
	json_put_string(out, envelope->self);
	if (envelope->has_pages) {
		buffer_puts(out, ",\"next\":");
		json_put_string(out, envelope->next);
		buffer_puts(out, ",\"prev\":");
		json_put_string(out, envelope->prev);
	}
	buffer_putc(out, '}');
}

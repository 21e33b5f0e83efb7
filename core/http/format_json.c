/* JSON: {"data":[{...},...],"pagination":{...},"links":{...}}. Most of the time of an
 * answer is spent here, so what repeats is prepared: keys once for a document, small
 * numbers once for the process. */
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/number.h"
#include "http/format.h"

enum {
	PIECE = 32,         /* bytes that are copied at once, used or not */
	CELL_ROOM = 40,     /* any cell but a long text */
	TABLE_DECIMALS = 2, /* and fewer */
	TABLE_SMALLEST =
		-4096, /* twice as many as temperatures need: means have a digit more */
	TABLE_LARGEST = 4095
};

/* `,"tmax":`, or `{"tmax":` in the first column. */
struct key {
	char text[PIECE]; /* if it fits */
	char *longer;
	size_t length;
};

struct json {
	struct key *keys;
	size_t row_room; /* bytes that a row without texts takes at most */
	/* The month of the last date written: its days and its text. */
	int32_t month_first, month_last;
	char month[8]; /* "2014-12-" */
};

/* -- Texts -------------------------------------------------------------- */

/* Whether the text stands for itself between quotes. */
static bool is_plain(const char *text, size_t length)
{
	unsigned special = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		special |= (c < 0x20) | (c >= 0x7F) | (c == '"') | (c == '\\');
	}
	return special == 0;
}

static void put_string(struct buffer *out, const char *text)
{
	size_t length = text != NULL ? strlen(text) : 0;

	if (text == NULL || !is_plain(text, length)) {
		json_text(out, text);
		return;
	}
	buffer_putc(out, '"');
	buffer_append(out, text, length);
	buffer_putc(out, '"');
}

/* -- Small numbers ------------------------------------------------------ */

/* Text, and its length in the last byte. */
static char table[TABLE_DECIMALS + 1][TABLE_LARGEST - TABLE_SMALLEST + 1][8];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void)
{
	for (int decimals = 0; decimals <= TABLE_DECIMALS; decimals++) {
		for (int value = TABLE_SMALLEST; value <= TABLE_LARGEST; value++) {
			char text[NUMBER_TEXT_MAX];
			size_t length = number_write_scaled(text, value, decimals);
			char *entry = table[decimals][value - TABLE_SMALLEST];

			assert(length < sizeof(table[0][0]));
			memcpy(entry, text, length);
			entry[7] = (char)length;
		}
	}
}

static char *put_scaled(char *p, int64_t value, int decimals)
{
	if (decimals <= TABLE_DECIMALS && value >= TABLE_SMALLEST && value <= TABLE_LARGEST) {
		const char *entry = table[decimals][value - TABLE_SMALLEST];

		memcpy(p, entry, 8);
		return p + entry[7];
	}
	if (decimals == 0) {
		return p + number_write_integer(p, value);
	}
	assert(value >= INT32_MIN && value <= INT32_MAX);
	return p + number_write_scaled(p, (int32_t)value, decimals);
}

static char *put_null(char *p)
{
	memcpy(p, "null", 4);
	return p + 4;
}

/* As number_write() rounds: halves away from zero, also those that binary cannot
 * hold. */
static char *put_number(char *p, double value, int decimals)
{
	enum { PLAIN_MAX = 1000000000 }; /* larger ones have no decimals worth showing */
	static const double powers[TABLE_DECIMALS + 1] = { 1, 10, 100 };
	const double half = 0.5 + 1e-9;
	double magnitude = fabs(value);

	if (decimals <= TABLE_DECIMALS && magnitude * powers[decimals] < -TABLE_SMALLEST) {
		int scaled = (int)(magnitude * powers[decimals] + half);

		return put_scaled(p, value < 0 ? -scaled : scaled, decimals);
	}
	if (!isfinite(value)) {
		return put_null(p);
	}
	if (magnitude >= PLAIN_MAX) {
		return p + snprintf(p, CELL_ROOM, "%.15g", value);
	}
	return p + number_write(p, value, decimals);
}

/* -- Cells -------------------------------------------------------------- */

static void find_month(struct json *json, int32_t day)
{
	struct date date = date_from_day(day);
	char text[DATE_TEXT];

	date_write(text, day);
	memcpy(json->month, text, sizeof(json->month));
	json->month_first = day - date.day + 1;
	json->month_last = json->month_first + date_month_days(date.year, date.month) - 1;
}

static char *put_date(struct json *json, char *p, int64_t day)
{
	static const char digits[] = "00010203040506070809101112131415"
				     "16171819202122232425262728293031";

	if (day < date_day(DATE_YEAR_MIN, 1, 1) || day > date_day(DATE_YEAR_MAX, 12, 31)) {
		return put_null(p);
	}
	if (day < json->month_first || day > json->month_last) {
		find_month(json, (int32_t)day);
	}
	p[0] = '"';
	memcpy(p + 1, json->month, 8);
	memcpy(p + 9, digits + 2 * (day - json->month_first + 1), 2);
	p[11] = '"';
	return p + DATE_TEXT + 2;
}

static char *put_boolean(char *p, bool value)
{
	memcpy(p, value ? "true" : "false", 5);
	return p + (value ? 4 : 5);
}

/* Texts that are long, or must be written otherwise, go through the buffer. */
static char *put_text(struct document *document, char *p, const struct cell *cell)
{
	const struct json *json = document->state;
	struct buffer *out = document->out;

	if (cell->length <= PIECE && is_plain(cell->text, cell->length)) {
		*p++ = '"';
		memcpy(p, cell->text, cell->length);
		p[cell->length] = '"';
		return p + cell->length + 1;
	}
	out->length = (size_t)(p - out->data);
	json_string(out, cell->text, cell->length);
	return buffer_reserve(out, json->row_room);
}

static char *put_cell(struct document *document, char *p, const struct column *column,
	const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_INTEGER:
		return put_scaled(p, cell->integer, 0);
	case CELL_BOOLEAN:
		return put_boolean(p, cell->integer != 0);
	case CELL_SCALED:
		return put_scaled(p, cell->integer, column->decimals);
	case CELL_NUMBER:
		return put_number(p, cell->number, column->decimals);
	case CELL_DATE:
		return put_date(document->state, p, cell->integer);
	case CELL_TEXT:
		return put_text(document, p, cell);
	case CELL_NULL:
		break;
	}
	return put_null(p);
}

/* -- The document ------------------------------------------------------- */

/* Names of columns are checked when plugins are loaded: they are plain. */
static void make_key(struct document *document, size_t i, struct key *key)
{
	const char *name = document->columns[i].name;
	size_t length = strlen(name);
	char *p;

	assert(is_plain(name, length));
	key->length = length + 4;
	if (key->length > PIECE) {
		key->longer = arena_alloc(document->arena, key->length);
	}
	p = key->longer != NULL ? key->longer : key->text;
	p[0] = i == 0 ? '{' : ',';
	p[1] = '"';
	memcpy(p + 2, name, length);
	memcpy(p + 2 + length, "\":", 2);
}

static void json_begin(struct document *document)
{
	struct json *json = arena_alloc(document->arena, sizeof(*json));

	pthread_once(&table_once, fill_table);
	json->keys = arena_alloc(document->arena, document->column_count * sizeof(*json->keys));
	json->row_room = PIECE;
	json->month_first = 1; /* after month_last: no month */
	for (size_t i = 0; i < document->column_count; i++) {
		make_key(document, i, &json->keys[i]);
		json->row_room += json->keys[i].length + CELL_ROOM;
	}
	document->state = json;
	buffer_puts(document->out, document->envelope->single ? "{\"data\":" : "{\"data\":[");
}

static char *put_key(char *p, const struct key *key)
{
	if (key->longer == NULL) {
		memcpy(p, key->text, PIECE);
	} else {
		memcpy(p, key->longer, key->length);
	}
	return p + key->length;
}

static void json_row(struct document *document, const struct cell *cells)
{
	const struct json *json = document->state;
	struct buffer *out = document->out;
	char *p = buffer_reserve(out, json->row_room);

	if (document->row_count++ > 0) {
		*p++ = ',';
	}
	for (size_t i = 0; i < document->column_count; i++) {
		p = put_key(p, &json->keys[i]);
		p = put_cell(document, p, &document->columns[i], &cells[i]);
	}
	*p++ = '}';
	out->length = (size_t)(p - out->data);
}

static void put_member(struct buffer *out, const char *before, int64_t value)
{
	buffer_puts(out, before);
	out->length += number_write_integer(buffer_reserve(out, NUMBER_TEXT_MAX), value);
}

static void put_pagination(struct buffer *out, const struct envelope *envelope)
{
	int64_t pages = (envelope->total + envelope->page_size - 1) / envelope->page_size;

	if (envelope->page > 0) {
		put_member(out, ",\"pagination\":{\"page\":", envelope->page);
	} else {
		buffer_puts(out, ",\"pagination\":{\"page\":null");
	}
	put_member(out, ",\"page_size\":", envelope->page_size);
	put_member(out, ",\"total\":", envelope->total);
	put_member(out, ",\"total_pages\":", pages);
	buffer_puts(out, ",\"next_cursor\":");
	put_string(out, envelope->next_cursor);
	buffer_putc(out, '}');
}

static void json_end(struct document *document)
{
	const struct envelope *envelope = document->envelope;
	struct buffer *out = document->out;

	if (!envelope->single) {
		buffer_putc(out, ']');
	}
	if (envelope->paged) {
		put_pagination(out, envelope);
	}
	buffer_puts(out, ",\"links\":{\"self\":");
	put_string(out, envelope->self);
	if (envelope->paged) {
		buffer_puts(out, ",\"next\":");
		put_string(out, envelope->next);
		buffer_puts(out, ",\"prev\":");
		put_string(out, envelope->prev);
	}
	buffer_puts(out, "}}\n");
}

const struct format format_json = {
	.name = "json",
	.media_type = "application/json",
	.begin = json_begin,
	.row = json_row,
	.end = json_end,
};

/* Arrow IPC stream: a schema, then batches of rows by column. Station ids and element codes are
 * dictionaries, which each batch replaces by the texts that it has. */
#include <math.h>
#include <string.h>
#include <xxhash.h>

#include "base/utf8.h"
#include "format/arrow_message.h"
#include "format/cell_text.h"
#include "format/format.h"

static const char *const accepts[] = { "application/vnd.apache.arrow.stream", NULL };

enum {
	BATCH_BYTES = 256 * 1024, /* about, of values */
	BATCH_ROWS = 8192,
	BATCH_ROWS_MIN = 256,
	FIRST_ROWS = 128, /* memory grows from that */
	GROWTH = 4,
	TEXT_FIRST = 512, /* bytes */
	POWERS = 10,
	WORD = 64 /* bits */
};

/* Texts one behind the other; ends[i] is where text i begins. */
struct texts {
	int32_t *ends;
	char *data;
	size_t count, length, capacity;
};

/* Column of the batch under way. */
struct arrow_column {
	enum arrow_type type;
	double power;          /* 10^decimals */
	const double *numbers; /* of cell_numbers; NULL: none for these decimals */
	size_t nulls;
	uint64_t *valid; /* bits; those of rows to come are set */
	union {
		int64_t *integers;
		double *doubles;
		int32_t *days;
		int32_t *indexes;
		uint64_t *bits;
		void *any;
	} values;
	struct texts texts;
	/* Dictionary: index + 1 of a text by its hash; 0: free. Twice as many as rows. */
	uint32_t *slots;
	const char *last; /* steady text of last_index */
	int32_t last_index;
};

struct arrow {
	struct arrow_column *columns;
	struct arrow_node *nodes;
	size_t rows, room; /* of the batch */
	size_t rows_max;
	size_t batches;
	bool full; /* of text */
};

/* Bits of a value; texts have a guess. */
static const unsigned widths[ARROW_TYPES] = { [ARROW_INT64] = 64,
	[ARROW_DOUBLE] = 64,
	[ARROW_BOOLEAN] = 1,
	[ARROW_DATE32] = 32,
	[ARROW_UTF8] = 128,
	[ARROW_DICTIONARY] = 32 };

static enum arrow_type type_of(const struct column *column)
{
	switch (column->type) {
	case ALM_INTEGER:
		return ARROW_INT64;
	case ALM_NUMBER:
		return ARROW_DOUBLE;
	case ALM_BOOLEAN:
		return ARROW_BOOLEAN;
	case ALM_DATE:
		return ARROW_DATE32;
	case ALM_STATION:
	case ALM_ELEMENT:
		return ARROW_DICTIONARY;
	default:
		return ARROW_UTF8;
	}
}

/* -- Memory ------------------------------------------------------------- */

static size_t bytes_of(unsigned bits, size_t count)
{
	return (bits * count + WORD - 1) / WORD * sizeof(uint64_t);
}

static void *grow_array(struct arena *arena, const void *from, size_t used, size_t size)
{
	void *to = arena_alloc(arena, size);

	if (used > 0) {
		memcpy(to, from, used);
	}
	return to;
}

static uint64_t *grow_valid(
	struct arena *arena, const uint64_t *valid, size_t room, size_t more)
{
	uint64_t *to = arena_take(arena, bytes_of(1, more));

	memset(to, 0xFF, bytes_of(1, more));
	if (room > 0) {
		memcpy(to, valid, bytes_of(1, room));
	}
	return to;
}

static void insert(struct arrow_column *column, size_t slots, uint64_t hash, uint32_t index)
{
	size_t slot = hash & (slots - 1);

	while (column->slots[slot] != 0) {
		slot = (slot + 1) & (slots - 1);
	}
	column->slots[slot] = index + 1;
}

static void grow_slots(struct arena *arena, struct arrow_column *column, size_t slots)
{
	const struct texts *texts = &column->texts;

	column->slots = arena_alloc(arena, slots * sizeof(*column->slots));
	for (size_t i = 0; i < texts->count; i++) {
		size_t length = (size_t)(texts->ends[i + 1] - texts->ends[i]);

		insert(column, slots, XXH3_64bits(texts->data + texts->ends[i], length),
			(uint32_t)i);
	}
}

static void grow(struct document *document)
{
	struct arrow *arrow = document->state;
	struct arena *arena = document->arena;
	size_t room = arrow->room > 0 ? arrow->room * GROWTH : FIRST_ROWS;

	room = room < arrow->rows_max ? room : arrow->rows_max;
	for (size_t i = 0; i < document->column_count; i++) {
		struct arrow_column *column = &arrow->columns[i];
		unsigned width = widths[column->type];

		column->valid = grow_valid(arena, column->valid, arrow->room, room);
		if (column->type != ARROW_UTF8) {
			column->values.any = grow_array(arena, column->values.any,
				bytes_of(width, arrow->room), bytes_of(width, room));
		}
		if (column->type == ARROW_UTF8 || column->type == ARROW_DICTIONARY) {
			struct texts *texts = &column->texts;

			texts->ends = grow_array(arena, texts->ends,
				arrow->room > 0 ? (arrow->room + 1) * sizeof(int32_t) : 0,
				(room + 1) * sizeof(int32_t));
		}
		if (column->type == ARROW_DICTIONARY) {
			grow_slots(arena, column, 2 * room);
		}
	}
	arrow->room = room;
}

/* -- Texts -------------------------------------------------------------- */

static char *reserve_text(struct arena *arena, struct texts *texts, size_t more)
{
	if (texts->capacity - texts->length < more) {
		size_t capacity = 2 * texts->capacity + more + TEXT_FIRST;

		texts->data = grow_array(arena, texts->data, texts->length, capacity);
		texts->capacity = capacity;
	}
	return texts->data + texts->length;
}

static void end_text(struct texts *texts)
{
	texts->ends[++texts->count] = (int32_t)texts->length;
}

/* Bytes that are no UTF-8 become U+FFFD. */
static void add_text(struct arena *arena, struct texts *texts, const char *text, size_t length)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	char *to = reserve_text(arena, texts, length * (sizeof(replacement) - 1));

	if (cell_is_plain(text, length)) {
		memcpy(to, text, length);
		to += length;
	} else {
		for (size_t i = 0, n; i < length; i += n) {
			n = utf8_sequence(text + i, length - i);
			memcpy(to, n > 0 ? text + i : replacement,
				n > 0 ? n : sizeof(replacement) - 1);
			to += n > 0 ? n : sizeof(replacement) - 1;
			n = n > 0 ? n : 1;
		}
	}
	texts->length = (size_t)(to - texts->data);
	end_text(texts);
}

/* Index of the cell's text in the dictionary, to which it is added if it is new. */
static int32_t find_text(const struct arrow *arrow, struct arena *arena,
	struct arrow_column *column, const struct cell *cell)
{
	struct texts *texts = &column->texts;
	uint64_t hash = XXH3_64bits(cell->text, cell->length);
	size_t mask = 2 * arrow->room - 1, slot = hash & mask;

	for (; column->slots[slot] != 0; slot = (slot + 1) & mask) {
		const int32_t *end = &texts->ends[column->slots[slot] - 1];

		if ((size_t)(end[1] - end[0]) == cell->length &&
			memcmp(texts->data + end[0], cell->text, cell->length) == 0) {
			return (int32_t)column->slots[slot] - 1;
		}
	}
	add_text(arena, texts, cell->text, cell->length);
	column->slots[slot] = (uint32_t)texts->count;
	return (int32_t)texts->count - 1;
}

/* -- Batches ------------------------------------------------------------ */

static void set_part(struct arrow_node *node, const void *bytes, size_t length)
{
	node->parts[node->part_count].bytes = bytes;
	node->parts[node->part_count++].length = length;
}

static void set_texts(struct arrow_node *node, const struct texts *texts)
{
	set_part(node, texts->ends, (texts->count + 1) * sizeof(*texts->ends));
	set_part(node, texts->data, texts->length);
}

static void set_node(
	const struct arrow *arrow, struct arrow_column *column, struct arrow_node *node)
{
	node->nulls = (int64_t)column->nulls;
	node->part_count = 0;
	set_part(node, column->valid, column->nulls > 0 ? (arrow->rows + 7) / 8 : 0);
	if (column->type == ARROW_UTF8) {
		set_texts(node, &column->texts);
	} else {
		set_part(
			node, column->values.any, (widths[column->type] * arrow->rows + 7) / 8);
	}
}

static void clear(const struct arrow *arrow, struct arrow_column *column)
{
	memset(column->valid, 0xFF, bytes_of(1, arrow->room));
	if (column->type == ARROW_BOOLEAN) {
		memset(column->values.bits, 0, bytes_of(1, arrow->rows));
	}
	if (column->type == ARROW_DICTIONARY) {
		memset(column->slots, 0, 2 * arrow->room * sizeof(*column->slots));
	}
	column->nulls = column->texts.count = column->texts.length = 0;
	column->last = NULL;
}

static void put_dictionary(struct document *document, size_t i)
{
	struct arrow *arrow = document->state;
	const struct texts *texts = &arrow->columns[i].texts;
	struct arrow_node node = { .part_count = 0 };

	set_part(&node, NULL, 0);
	set_texts(&node, texts);
	arrow_put_dictionary(document->out, (int64_t)i, (int64_t)texts->count, &node);
}

static void flush(struct document *document)
{
	struct arrow *arrow = document->state;

	for (size_t i = 0; i < document->column_count; i++) {
		struct arrow_column *column = &arrow->columns[i];

		set_node(arrow, column, &arrow->nodes[i]);
		if (column->type == ARROW_DICTIONARY) {
			put_dictionary(document, i);
		}
	}
	arrow_put_batch(
		document->out, (int64_t)arrow->rows, arrow->nodes, document->column_count);
	for (size_t i = 0; i < document->column_count; i++) {
		clear(arrow, &arrow->columns[i]);
	}
	arrow->rows = 0;
	arrow->full = false;
	arrow->batches++;
}

/* -- Cells -------------------------------------------------------------- */

static inline double scaled(const struct arrow_column *to, int64_t value)
{
	if (to->numbers != NULL && value >= CELL_TABLE_MIN && value <= CELL_TABLE_MAX) {
		return to->numbers[value - CELL_TABLE_MIN];
	}
	return (double)value / to->power;
}

/* The number that a client reads from the text of other formats; NAN: null. */
static inline double number_of(
	const struct column *column, const struct arrow_column *to, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_SCALED:
		return scaled(to, cell->integer);
	case CELL_NUMBER:
		return cell_shown_number(cell->number, column->decimals);
	case CELL_INTEGER:
		return (double)cell->integer;
	default:
		return (double)NAN;
	}
}

/* Sets the value of a row. False: it is null. */
static inline bool set_value(struct document *document, struct arrow_column *to,
	const struct column *column, const struct cell *cell, size_t row)
{
	struct arrow *arrow = document->state;
	double number;

	switch (to->type) {
	case ARROW_DOUBLE:
		number = number_of(column, to, cell);
		to->values.doubles[row] = isnan(number) ? 0 : number;
		return !isnan(number);
	case ARROW_INT64:
		to->values.integers[row] = cell->kind != CELL_NULL ? cell->integer : 0;
		return cell->kind != CELL_NULL;
	case ARROW_DATE32:
		to->values.days[row] = cell->kind == CELL_DATE ? (int32_t)cell->integer : 0;
		return cell->kind == CELL_DATE && cell->integer == (int32_t)cell->integer;
	case ARROW_BOOLEAN:
		if (cell->kind == CELL_BOOLEAN && cell->integer != 0) {
			to->values.bits[row / WORD] |= UINT64_C(1) << row % WORD;
		}
		return cell->kind == CELL_BOOLEAN;
	case ARROW_DICTIONARY:
		if (cell->kind == CELL_TEXT && (!cell->steady || cell->text != to->last)) {
			to->last_index = find_text(arrow, document->arena, to, cell);
			to->last = cell->steady ? cell->text : NULL;
		}
		to->values.indexes[row] = cell->kind == CELL_TEXT ? to->last_index : 0;
		return cell->kind == CELL_TEXT;
	default:
		if (cell->kind != CELL_TEXT) {
			end_text(&to->texts);
			return false;
		}
		add_text(document->arena, &to->texts, cell->text, cell->length);
		arrow->full |= to->texts.length > BATCH_BYTES;
		return true;
	}
}

static inline void set_null(struct arrow_column *column, size_t row)
{
	column->valid[row / WORD] &= ~(UINT64_C(1) << row % WORD);
	column->nulls++;
}

static void count_rows(struct document *document, size_t rows)
{
	struct arrow *arrow = document->state;

	document->row_count += rows;
	arrow->rows += rows;
	if (arrow->rows == arrow->rows_max || arrow->full) {
		flush(document);
	}
}

static void arrow_row(struct document *document, const struct cell *cells)
{
	struct arrow *arrow = document->state;
	size_t row = arrow->rows;

	if (row == arrow->room) {
		grow(document);
	}
	for (size_t i = 0; i < document->column_count; i++) {
		struct arrow_column *column = &arrow->columns[i];

		if (!set_value(document, column, &document->columns[i], &cells[i], row)) {
			set_null(column, row);
		}
	}
	count_rows(document, 1);
}

/* -- Runs --------------------------------------------------------------- */

static void set_scaled(struct arrow_column *to, size_t row, const int32_t *integers,
	size_t rows, int32_t least)
{
	double *numbers = to->values.doubles + row;

	for (size_t i = 0; i < rows; i++) {
		if (integers[i] >= least) {
			numbers[i] = scaled(to, integers[i]);
		} else {
			numbers[i] = 0;
			set_null(to, row + i);
		}
	}
}

/* Sets `rows` rows of a column, from its row `from` on. */
static void set_run(struct document *document, size_t i, const struct cell_run *run,
	size_t from, size_t rows)
{
	struct arrow *arrow = document->state;
	struct arrow_column *to = &arrow->columns[i];
	const struct column *column = &document->columns[i];
	size_t row = arrow->rows;

	if (to->type == ARROW_DOUBLE && run->cell.kind == CELL_SCALED) {
		set_scaled(to, row, run->integers + from, rows, run->least);
	} else if (to->type == ARROW_DATE32 && run->cell.kind == CELL_DATE) {
		memcpy(to->values.days + row, run->integers + from, rows * sizeof(int32_t));
	} else if (to->type == ARROW_DICTIONARY && run->cell.kind == CELL_TEXT) {
		set_value(document, to, column, &run->cell, row);
		for (size_t other = row + 1; other < row + rows; other++) {
			to->values.indexes[other] = to->values.indexes[row];
		}
	} else {
		for (size_t end = row + rows; row < end; row++) {
			if (!set_value(document, to, column, &run->cell, row)) {
				set_null(to, row);
			}
		}
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void arrow_rows(struct document *document, const struct cell_run *runs, size_t rows)
{
	struct arrow *arrow = document->state;

	for (size_t from = 0, some; from < rows; from += some) {
		some = least(rows - from, arrow->rows_max - arrow->rows);
		while (arrow->room - arrow->rows < some) {
			grow(document);
		}
		for (size_t i = 0; i < document->column_count; i++) {
			set_run(document, i, &runs[i], from, some);
		}
		count_rows(document, some);
	}
}

/* -- The document ------------------------------------------------------- */

/* Rows of a batch: a power of 2. */
static size_t rows_of(const struct document *document, const struct arrow *arrow)
{
	size_t bits = 0, rows = BATCH_ROWS;

	for (size_t i = 0; i < document->column_count; i++) {
		bits += widths[arrow->columns[i].type] + 1;
	}
	while (rows > BATCH_ROWS_MIN && bits * rows / 8 > BATCH_BYTES) {
		rows /= 2;
	}
	return rows;
}

static double power_of_ten(int decimals)
{
	double power = 1;

	for (int i = 0; i < decimals; i++) {
		power *= 10;
	}
	return power;
}

static void arrow_begin(struct document *document)
{
	struct arena *arena = document->arena;
	size_t count = document->column_count;
	struct arrow *arrow = arena_alloc(arena, sizeof(*arrow));
	struct arrow_field *fields = arena_alloc(arena, (count + 1) * sizeof(*fields));

	cell_text_prepare();
	arrow->columns = arena_alloc(arena, (count + 1) * sizeof(*arrow->columns));
	arrow->nodes = arena_alloc(arena, (count + 1) * sizeof(*arrow->nodes));
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &document->columns[i];

		arrow->columns[i].type = type_of(column);
		arrow->columns[i].power = power_of_ten(column->decimals);
		if (column->decimals >= 0 && column->decimals <= CELL_TABLE_DECIMALS) {
			arrow->columns[i].numbers = cell_numbers[column->decimals];
		}
		fields[i] = (struct arrow_field){ column->name, column->unit,
			arrow->columns[i].type };
	}
	arrow->rows_max = rows_of(document, arrow);
	document->state = arrow;
	arrow_put_schema(document->out, fields, count);
}

/* There is a batch, and so its dictionaries, also without rows. */
static void arrow_end(struct document *document)
{
	struct arrow *arrow = document->state;

	if (arrow->room == 0) {
		grow(document);
	}
	if (arrow->rows > 0 || arrow->batches == 0) {
		flush(document);
	}
	arrow_put_end(document->out);
}

const struct format format_arrow = {
	.name = "arrow",
	.media_type = "application/vnd.apache.arrow.stream",
	.accepts = accepts,
	.streams = true,
	.whole = true,
	.extension = "arrows",
	.schema = FORMAT_BYTES,
	.begin = arrow_begin,
	.row = arrow_row,
	.end = arrow_end,
	.rows = arrow_rows,
};

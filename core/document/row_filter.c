#include "document/row_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "document/condition.h"
#include "http/client.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/params.h"
#include "route/services.h"

struct order {
	size_t column;
	bool descending;
};

/* A cell as it is kept while rows are sorted: there may be some millions. */
struct kept_cell {
	union {
		int64_t integer;
		double number;
		const char *text;
	} is;
	uint32_t length;
	uint8_t kind;
	bool steady;
};

struct kept_row {
	int64_t number;
	const struct cell *cells; /* of a row that is offered, else NULL */
	struct kept_cell *kept;
};

struct row_filter {
	struct arena memory; /* of what is kept */
	const struct projection *projection;
	struct condition *conditions;
	size_t condition_count;
	struct order *orders;
	size_t order_count;
	struct shown *compared; /* by column */
	int64_t row;            /* number of the next that is offered */
	int64_t from;           /* number of the first that may be shown */
	int64_t matches;        /* so far, of those from `from` on too */
	int64_t skip;           /* matches before the page */
	int64_t wanted;         /* rows of the page; INT64_MAX: all */
	int64_t shown;
	int64_t last_row; /* number of the last that was shown */
	bool counting;    /* all matches are to be counted */
	bool more;        /* there are matches after the page */
	bool overflow;
	int64_t sorted_max;    /* rows */
	struct kept_row *heap; /* when sorting: the first skip + wanted, the last on top */
	size_t heap_count, heap_room, heap_at;
	size_t unsorted; /* rows that are still a heap: those behind are in order */
	bool sorting;
	struct cell *cells; /* of row_filter_next() */
};

bool row_filter_is_wanted(const struct alm_request *request)
{
	return request_values(request, HOST_WHERE)->count > 0 ||
	       request_values(request, HOST_SORT)->count > 0;
}

bool row_filter_counts(const struct alm_request *request)
{
	const struct values *count = request_values(request, HOST_COUNT);

	return count->count == 0 || strcmp(count->texts[0], "none") != 0;
}

/* -- Order -------------------------------------------------------------- */

static void pack(const struct cell *cells, struct kept_cell *kept, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell = &cells[i];

		kept[i].kind = (uint8_t)cell->kind;
		kept[i].steady = cell->steady;
		kept[i].length = (uint32_t)cell->length;
		if (cell->kind == CELL_TEXT) {
			kept[i].is.text = cell->text;
		} else if (cell->kind == CELL_NUMBER) {
			kept[i].is.number = cell->number;
		} else {
			kept[i].is.integer = cell->integer;
		}
	}
}

static void unpack(const struct kept_cell *kept, struct cell *cell)
{
	*cell = (struct cell){ .kind = (enum cell_kind)kept->kind, .steady = kept->steady };
	if (cell->kind == CELL_TEXT) {
		cell->text = kept->is.text;
		cell->length = kept->length;
	} else if (cell->kind == CELL_NUMBER) {
		cell->number = kept->is.number;
	} else {
		cell->integer = kept->is.integer;
	}
}

/* `scratch` is where a cell that is kept is unpacked. */
static const struct cell *cell_of(
	const struct kept_row *row, size_t column, struct cell *scratch)
{
	if (row->cells != NULL) {
		return &row->cells[column];
	}
	unpack(&row->kept[column], scratch);
	return scratch;
}

/* Nulls are last whatever the order; equal rows stay as they came. */
static int compare_rows(
	const struct row_filter *row_filter, const struct kept_row *a, const struct kept_row *b)
{
	for (size_t i = 0; i < row_filter->order_count; i++) {
		size_t column = row_filter->orders[i].column;
		struct cell left, right;
		const struct cell *x = cell_of(a, column, &left);
		const struct cell *y = cell_of(b, column, &right);
		int order = (x->kind == CELL_NULL) - (y->kind == CELL_NULL);

		if (order == 0 && x->kind != CELL_NULL) {
			order = shown_order(&row_filter->compared[column], x, y);
			order = row_filter->orders[i].descending ? -order : order;
		}
		if (order != 0) {
			return order;
		}
	}
	return (a->number > b->number) - (a->number < b->number);
}

static void swap(struct kept_row *a, struct kept_row *b)
{
	struct kept_row c = *a;

	*a = *b;
	*b = c;
}

static void sift_down(struct row_filter *row_filter, size_t i, size_t count)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < count && compare_rows(row_filter, &row_filter->heap[child],
						 &row_filter->heap[child + 1]) < 0) {
			child++;
		}
		if (child >= count || compare_rows(row_filter, &row_filter->heap[i],
					      &row_filter->heap[child]) >= 0) {
			return;
		}
		swap(&row_filter->heap[i], &row_filter->heap[child]);
		i = child;
	}
}

static void sift_up(struct row_filter *row_filter, size_t i)
{
	while (i > 0 && compare_rows(row_filter, &row_filter->heap[(i - 1) / 2],
				&row_filter->heap[i]) < 0) {
		swap(&row_filter->heap[(i - 1) / 2], &row_filter->heap[i]);
		i = (i - 1) / 2;
	}
}

static void keep(struct row_filter *row_filter, const struct cell *cells)
{
	struct kept_row *row;

	if (row_filter->heap_count == row_filter->heap_room) {
		row_filter->heap_room =
			row_filter->heap_room > 0 ? row_filter->heap_room * 2 : 64;
		row_filter->heap =
			memory_resize(row_filter->heap, row_filter->heap_room, sizeof(*row));
	}
	row = &row_filter->heap[row_filter->heap_count++];
	row->number = row_filter->row;
	row->cells = NULL;
	row->kept = arena_take(
		&row_filter->memory, row_filter->projection->count * sizeof(*row->kept));
	pack(cells, row->kept, row_filter->projection->count);
	sift_up(row_filter, row_filter->heap_count - 1);
}

/* Takes the place of the last of those kept, if it comes before that. */
static void replace(struct row_filter *row_filter, const struct cell *cells)
{
	const struct kept_row row = { .number = row_filter->row, .cells = cells };

	if (compare_rows(row_filter, &row, &row_filter->heap[0]) < 0) {
		pack(cells, row_filter->heap[0].kept, row_filter->projection->count);
		row_filter->heap[0].number = row_filter->row;
		sift_down(row_filter, 0, row_filter->heap_count);
	}
}

static void sort_in(struct row_filter *row_filter, struct cell *cells)
{
	int64_t wanted = row_filter->wanted == INT64_MAX
				 ? INT64_MAX
				 : row_filter->skip + row_filter->wanted;

	for (size_t i = 0; i < row_filter->order_count; i++) {
		size_t column = row_filter->orders[i].column;

		shown_settle(&row_filter->compared[column], &cells[column]);
	}
	if ((int64_t)row_filter->heap_count == wanted) {
		replace(row_filter, cells);
	} else if ((int64_t)row_filter->heap_count < row_filter->sorted_max) {
		keep(row_filter, cells);
	} else {
		row_filter->overflow = true;
	}
}

/* -- Rows --------------------------------------------------------------- */

static bool satisfies(const struct row_filter *row_filter, struct cell *cells)
{
	for (size_t i = 0; i < row_filter->condition_count; i++) {
		const struct condition *condition = &row_filter->conditions[i];

		if (!condition_holds(condition, &row_filter->compared[condition->column],
			    &cells[condition->column])) {
			return false;
		}
	}
	return true;
}

bool row_filter_offer(struct row_filter *row_filter, struct cell *cells)
{
	int64_t match;
	bool show = false;

	if (satisfies(row_filter, cells)) {
		match = row_filter->matches++;
		if (row_filter->order_count > 0) {
			sort_in(row_filter, cells);
		} else if (row_filter->row >= row_filter->from && match >= row_filter->skip) {
			show = row_filter->shown < row_filter->wanted;
			row_filter->more = !show;
		}
	}
	if (show) {
		row_filter->shown++;
		row_filter->last_row = row_filter->row;
	}
	row_filter->row++;
	return show;
}

void row_filter_skip(struct row_filter *row_filter)
{
	row_filter->row++;
}

bool row_filter_is_full(const struct row_filter *row_filter)
{
	return row_filter->overflow || (row_filter->more && !row_filter->counting);
}

bool row_filter_overflows(const struct row_filter *row_filter, int64_t *most)
{
	*most = row_filter->sorted_max;
	return row_filter->overflow;
}

/* The last of the heap goes behind it, until only rows before the page are a heap. */
bool row_filter_sort(struct row_filter *row_filter, size_t rows)
{
	size_t skip = row_filter->skip < (int64_t)row_filter->heap_count
			      ? (size_t)row_filter->skip
			      : row_filter->heap_count;

	if (!row_filter->sorting) {
		row_filter->sorting = true;
		row_filter->unsorted = row_filter->heap_count;
		row_filter->heap_at = skip;
	}
	for (; row_filter->unsorted > skip && row_filter->unsorted > 1 && rows > 0; rows--) {
		swap(&row_filter->heap[0], &row_filter->heap[--row_filter->unsorted]);
		sift_down(row_filter, 0, row_filter->unsorted);
	}
	return row_filter->unsorted <= skip || row_filter->unsorted <= 1;
}

const struct cell *row_filter_next(struct row_filter *row_filter)
{
	const struct kept_row *row;

	if (row_filter->order_count == 0 || row_filter->heap_at >= row_filter->heap_count ||
		row_filter->shown == row_filter->wanted) {
		return NULL;
	}
	row = &row_filter->heap[row_filter->heap_at++];
	for (size_t i = 0; i < row_filter->projection->count; i++) {
		unpack(&row->kept[i], &row_filter->cells[i]);
	}
	row_filter->shown++;
	return row_filter->cells;
}

void row_filter_place(const struct row_filter *row_filter, struct page_place *place)
{
	int64_t kept = (int64_t)row_filter->heap_count - row_filter->skip;

	place->first = row_filter->skip;
	place->count = row_filter->shown;
	place->total = row_filter->counting ? row_filter->matches : -1;
	place->more = row_filter->more;
	if (row_filter->order_count > 0) {
		place->count = kept < 0                    ? 0
			       : kept < row_filter->wanted ? kept
							   : row_filter->wanted;
		place->more = row_filter->matches > row_filter->skip + place->count;
	}
}

int64_t row_filter_last_row(const struct row_filter *row_filter)
{
	return row_filter->last_row;
}

/* -- Making ------------------------------------------------------------- */

/* The shape has been chosen, so that all of them can be read: row_params.h. */
static int read_conditions(struct alm_request *request, struct row_filter *row_filter)
{
	const struct values *where = request_values(request, HOST_WHERE);

	row_filter->conditions = arena_alloc(
		&request->http.arena, (where->count + 1) * sizeof(*row_filter->conditions));
	for (size_t i = 0; i < where->count; i++) {
		const char *text = where->texts[i], *flaw;
		long column = projection_find(
			row_filter->projection, text, condition_name_length(text));
		struct condition *condition = &row_filter->conditions[i];

		flaw = condition_read(&request->http.arena,
			&row_filter->projection->columns[column], text, condition);
		if (flaw != NULL) {
			reply_problem(&request->http,
				&(struct problem){
					.status = 422, .param = "where", .value = text },
				"where: %s", flaw);
			return -1;
		}
		condition->column = (size_t)column;
	}
	row_filter->condition_count = where->count;
	return 0;
}

static void read_orders(struct alm_request *request, struct row_filter *row_filter)
{
	const struct values *sort = request_values(request, HOST_SORT);

	row_filter->orders = arena_alloc(
		&request->http.arena, (sort->count + 1) * sizeof(*row_filter->orders));
	for (size_t i = 0; i < sort->count; i++) {
		const char *text = sort->texts[i];
		bool descending = text[0] == '-';
		const char *name = text + descending;

		row_filter->orders[i].descending = descending;
		row_filter->orders[i].column =
			(size_t)projection_find(row_filter->projection, name, strlen(name));
	}
	row_filter->order_count = sort->count;
}

static int read_page(struct alm_request *request, struct row_filter *row_filter)
{
	struct window window;

	row_filter->wanted = INT64_MAX;
	row_filter->counting = true;
	if (!page_is_wanted(request)) {
		return 0;
	}
	window = page_window(&request->page, INT64_MAX);
	row_filter->wanted = window.limit;
	row_filter->skip = window.first;
	row_filter->counting = row_filter_counts(request);
	if (row_filter->order_count > 0 &&
		row_filter->skip + row_filter->wanted > row_filter->sorted_max) {
		reply_problem(&request->http,
			&(struct problem){ .status = 422, .param = "page" },
			"page: what is sorted can be read up to row %lld; narrow it down with "
			"where%s",
			(long long)row_filter->sorted_max,
			row_filter->sorted_max < ROW_FILTER_SORTED_MAX
				? ", or ask for fewer fields"
				: "");
		return -1;
	}
	return 0;
}

int64_t row_filter_size(int64_t rows, size_t columns)
{
	return rows * (int64_t)(2 * sizeof(struct kept_row) + /* it grows by doubling */
				columns * sizeof(struct kept_cell));
}

/* As many as there is memory for. */
static int64_t sorted_max(
	const struct alm_request *request, const struct projection *projection)
{
	int64_t most = clients_limit(request->services->clients, CLIENT_BYTES) /
		       row_filter_size(1, projection->count);

	return most < ROW_FILTER_SORTED_MAX ? most : ROW_FILTER_SORTED_MAX;
}

void row_filter_destroy(struct row_filter *row_filter)
{
	if (row_filter != NULL) {
		arena_finish(&row_filter->memory);
		free(row_filter->heap);
		row_filter->heap = NULL;
		row_filter->heap_count = row_filter->heap_room = 0;
	}
}

struct row_filter *row_filter_create(struct alm_request *request,
	const struct projection *projection, int64_t first, int64_t from)
{
	struct row_filter *row_filter = arena_alloc(&request->http.arena, sizeof(*row_filter));

	arena_init(&row_filter->memory);
	row_filter->projection = projection;
	row_filter->sorted_max = sorted_max(request, projection);
	row_filter->cells = arena_alloc(
		&request->http.arena, (projection->count + 1) * sizeof(struct cell));
	row_filter->row = first;
	row_filter->from = from;
	row_filter->last_row = -1;
	row_filter->compared = arena_alloc(
		&request->http.arena, (projection->count + 1) * sizeof(*row_filter->compared));
	for (size_t i = 0; i < projection->count; i++) {
		shown_init(&row_filter->compared[i], &projection->columns[i]);
	}
	if (read_conditions(request, row_filter) != 0) {
		return NULL;
	}
	read_orders(request, row_filter);
	return read_page(request, row_filter) == 0 ? row_filter : NULL;
}

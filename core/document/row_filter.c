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

/* Cell of a row that is sorted, packed: there may be some millions. */
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
	struct arena memory; /* of rows that are sorted */
	const struct projection *projection;
	struct condition *conditions; /* flat program, see where.h */
	size_t condition_count;
	struct row_bounds bounds;
	struct order *orders;
	size_t order_count;
	struct shown *compared; /* by column */
	int64_t row;            /* number of the next row */
	int64_t from;           /* number of the first row that may be shown */
	int64_t matches;        /* so far */
	int64_t skip;           /* matches before the page */
	int64_t limit;          /* rows of the page; INT64_MAX: all */
	int64_t shown;
	int64_t last_row; /* number of the last row that was shown */
	bool counting;    /* all matches are counted */
	bool more;        /* there are matches after the page */
	bool overflow;
	int64_t sorted_max;    /* rows */
	struct kept_row *heap; /* of the first skip + limit rows in order, the last on top */
	size_t heap_count, heap_room, heap_at;
	size_t unsorted; /* rows that are a heap; those behind are in order */
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

/* The cell of a column; of a kept row, unpacked to `scratch`. */
static const struct cell *cell_of(
	const struct kept_row *row, size_t column, struct cell *scratch)
{
	if (row->cells != NULL) {
		return &row->cells[column];
	}
	unpack(&row->kept[column], scratch);
	return scratch;
}

/* Nulls are last in either order; equal rows are in order of their numbers. */
static int compare_rows(
	const struct row_filter *filter, const struct kept_row *a, const struct kept_row *b)
{
	for (size_t i = 0; i < filter->order_count; i++) {
		size_t column = filter->orders[i].column;
		struct cell left, right;
		const struct cell *x = cell_of(a, column, &left);
		const struct cell *y = cell_of(b, column, &right);
		int order = (x->kind == CELL_NULL) - (y->kind == CELL_NULL);

		if (order == 0 && x->kind != CELL_NULL) {
			order = shown_compare(&filter->compared[column], x, y);
			order = filter->orders[i].descending ? -order : order;
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

static void sift_down(struct row_filter *filter, size_t i, size_t count)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < count && compare_rows(filter, &filter->heap[child],
						 &filter->heap[child + 1]) < 0) {
			child++;
		}
		if (child >= count ||
			compare_rows(filter, &filter->heap[i], &filter->heap[child]) >= 0) {
			return;
		}
		swap(&filter->heap[i], &filter->heap[child]);
		i = child;
	}
}

static void sift_up(struct row_filter *filter, size_t i)
{
	while (i > 0 &&
		compare_rows(filter, &filter->heap[(i - 1) / 2], &filter->heap[i]) < 0) {
		swap(&filter->heap[(i - 1) / 2], &filter->heap[i]);
		i = (i - 1) / 2;
	}
}

static void keep_row(struct row_filter *filter, const struct cell *cells)
{
	struct kept_row *row;

	if (filter->heap_count == filter->heap_room) {
		filter->heap_room = filter->heap_room > 0 ? filter->heap_room * 2 : 64;
		filter->heap = memory_resize(filter->heap, filter->heap_room, sizeof(*row));
	}
	row = &filter->heap[filter->heap_count++];
	row->number = filter->row;
	row->cells = NULL;
	row->kept = arena_take(&filter->memory, filter->projection->count * sizeof(*row->kept));
	pack(cells, row->kept, filter->projection->count);
	sift_up(filter, filter->heap_count - 1);
}

/* Replaces the last row of the heap if the row comes before it. */
static void replace_last(struct row_filter *filter, const struct cell *cells)
{
	const struct kept_row row = { .number = filter->row, .cells = cells };

	if (compare_rows(filter, &row, &filter->heap[0]) < 0) {
		pack(cells, filter->heap[0].kept, filter->projection->count);
		filter->heap[0].number = filter->row;
		sift_down(filter, 0, filter->heap_count);
	}
}

static void add_sorted(struct row_filter *filter, struct cell *cells)
{
	int64_t limit = filter->limit == INT64_MAX ? INT64_MAX : filter->skip + filter->limit;

	for (size_t i = 0; i < filter->order_count; i++) {
		size_t column = filter->orders[i].column;

		shown_normalize(&filter->compared[column], &cells[column]);
	}
	if ((int64_t)filter->heap_count == limit) {
		replace_last(filter, cells);
	} else if ((int64_t)filter->heap_count < filter->sorted_max) {
		keep_row(filter, cells);
	} else {
		filter->overflow = true;
	}
}

/* -- Rows --------------------------------------------------------------- */

static bool passes(const struct row_filter *filter, struct cell *cells)
{
	size_t i = 0;

	while (i < filter->condition_count) {
		const struct condition *condition = &filter->conditions[i];

		i = condition_holds(condition, filter->compared, cells) ? condition->yes
									: condition->no;
	}
	return i == filter->condition_count;
}

bool row_filter_offer(struct row_filter *filter, struct cell *cells)
{
	int64_t match;
	bool show = false;

	if (passes(filter, cells)) {
		match = filter->matches++;
		if (filter->order_count > 0) {
			add_sorted(filter, cells);
		} else if (filter->row >= filter->from && match >= filter->skip) {
			show = filter->shown < filter->limit;
			filter->more = !show;
		}
	}
	if (show) {
		filter->shown++;
		filter->last_row = filter->row;
	}
	filter->row++;
	return show;
}

void row_filter_skip(struct row_filter *filter)
{
	filter->row++;
}

const struct row_bounds *row_filter_bounds(const struct row_filter *filter)
{
	return &filter->bounds;
}

bool row_filter_passes_all(const struct row_filter *filter)
{
	return filter->condition_count == 0;
}

/* The heap is full: a row must come before its last. */
bool row_filter_floor(const struct row_filter *filter, struct row_bound *bound)
{
	const bool full = filter->limit < INT64_MAX && filter->heap_count > 0 &&
			  (int64_t)filter->heap_count == filter->skip + filter->limit;
	const struct order *order = filter->orders;
	const struct kept_cell *last;

	if (filter->order_count == 0 || !full || filter->projection->converts ||
		!filter->projection->columns[order->column].stored) {
		return false;
	}
	last = &filter->heap[0].kept[order->column];
	if (last->kind != CELL_SCALED) {
		return false;
	}
	*bound = (struct row_bound){ order->column, INT64_MIN, INT64_MAX, false };
	/* Of rows that are equal in all orders, later ones come later. */
	if (order->descending) {
		bound->least = last->is.integer + (filter->order_count == 1);
	} else {
		bound->most = last->is.integer - (filter->order_count == 1);
	}
	return true;
}

int64_t row_filter_idle(const struct row_filter *filter)
{
	if (filter->order_count > 0 || filter->row < filter->from) {
		return 0;
	}
	if (filter->shown == filter->limit) {
		return INT64_MAX;
	}
	return filter->matches < filter->skip ? filter->skip - filter->matches : 0;
}

void row_filter_count(struct row_filter *filter, int64_t failed, int64_t passed)
{
	if (passed > 0 && filter->order_count == 0 && filter->shown == filter->limit) {
		filter->more = true;
	}
	filter->matches += passed;
	filter->row += failed + passed;
}

void row_filter_leave_out(struct row_filter *filter, int64_t rows)
{
	const bool pass = row_filter_passes_all(filter);

	row_filter_count(filter, pass ? 0 : rows, pass ? rows : 0);
}

bool row_filter_is_full(const struct row_filter *filter)
{
	return filter->overflow || (filter->more && !filter->counting);
}

bool row_filter_overflows(const struct row_filter *filter, int64_t *most)
{
	*most = filter->sorted_max;
	return filter->overflow;
}

/* Heapsort, until only rows before the page are a heap. */
bool row_filter_sort(struct row_filter *filter, size_t rows)
{
	size_t skip = filter->skip < (int64_t)filter->heap_count ? (size_t)filter->skip
								 : filter->heap_count;

	if (!filter->sorting) {
		filter->sorting = true;
		filter->unsorted = filter->heap_count;
		filter->heap_at = skip;
	}
	for (; filter->unsorted > skip && filter->unsorted > 1 && rows > 0; rows--) {
		swap(&filter->heap[0], &filter->heap[--filter->unsorted]);
		sift_down(filter, 0, filter->unsorted);
	}
	return filter->unsorted <= skip || filter->unsorted <= 1;
}

const struct cell *row_filter_next(struct row_filter *filter)
{
	const struct kept_row *row;

	if (filter->order_count == 0 || filter->heap_at >= filter->heap_count ||
		filter->shown == filter->limit) {
		return NULL;
	}
	row = &filter->heap[filter->heap_at++];
	for (size_t i = 0; i < filter->projection->count; i++) {
		unpack(&row->kept[i], &filter->cells[i]);
	}
	filter->shown++;
	return filter->cells;
}

void row_filter_place(const struct row_filter *filter, struct page_place *place)
{
	int64_t kept = (int64_t)filter->heap_count - filter->skip;

	place->first = filter->skip;
	place->count = filter->shown;
	place->total = filter->counting ? filter->matches : -1;
	place->more = filter->more;
	if (filter->order_count > 0) {
		place->count = kept < 0 ? 0 : kept < filter->limit ? kept : filter->limit;
		place->more = filter->matches > filter->skip + place->count;
	}
}

int64_t row_filter_last_row(const struct row_filter *filter)
{
	return filter->last_row;
}

/* -- Making ------------------------------------------------------------- */

static const struct column *find_column(const void *arg, const char *name)
{
	const struct projection *projection = arg;
	long at = projection_find_any_case(projection, name);

	return at >= 0 ? &projection->columns[at] : NULL;
}

/* Columns of the conditions exist: projection_choose() has checked them. */
static int read_condition(struct alm_request *request, const struct row_filter *filter,
	const struct where_test *test, struct condition *condition)
{
	const struct projection *projection = filter->projection;
	struct condition_columns columns = condition_columns_of(test, find_column, projection);
	const char *why = condition_read(
		&request->http.arena, request->catalog, &columns, test, condition);

	if (why != NULL) {
		reply_problem(&request->http,
			&(struct problem){ .status = 422,
				.param = host_param_name(HOST_WHERE),
				.value = test->text },
			"where: %s", why);
		return -1;
	}
	condition->column = (size_t)(columns.column - projection->columns);
	if (columns.other != NULL) {
		condition->other = (size_t)(columns.other - projection->columns);
	}
	return 0;
}

static int read_conditions(struct alm_request *request, struct row_filter *filter)
{
	const struct values *values = request_values(request, HOST_WHERE);
	struct arena *arena = &request->http.arena;
	struct where_fault fault;
	struct where where;

	if (values->count == 0 || !where_parse(arena, values->texts[0], &where, &fault)) {
		return 0;
	}
	filter->conditions = arena_alloc(arena, where.count * sizeof(*filter->conditions));
	for (size_t i = 0; i < where.count; i++) {
		if (read_condition(request, filter, &where.tests[i], &filter->conditions[i]) !=
			0) {
			return -1;
		}
	}
	filter->condition_count = where.count;
	return 0;
}

static void read_orders(struct alm_request *request, struct row_filter *filter)
{
	const struct values *sort = request_values(request, HOST_SORT);

	filter->orders =
		arena_alloc(&request->http.arena, (sort->count + 1) * sizeof(*filter->orders));
	for (size_t i = 0; i < sort->count; i++) {
		const char *text = sort->texts[i];
		bool descending = text[0] == '-';
		const char *name = text + descending;

		filter->orders[i].descending = descending;
		filter->orders[i].column =
			(size_t)projection_find(filter->projection, name, strlen(name));
	}
	filter->order_count = sort->count;
}

static int read_page(struct alm_request *request, struct row_filter *filter)
{
	struct window window;

	filter->limit = INT64_MAX;
	filter->counting = true;
	if (!page_is_wanted(request)) {
		return 0;
	}
	window = page_window(&request->page, INT64_MAX);
	filter->limit = window.limit;
	filter->skip = window.first;
	filter->counting = row_filter_counts(request);
	if (filter->order_count > 0 && filter->skip + filter->limit > filter->sorted_max) {
		reply_problem(&request->http,
			&(struct problem){ .status = 422, .param = host_param_name(HOST_PAGE) },
			"page: what is sorted can be read up to row %lld; narrow it down with "
			"where%s",
			(long long)filter->sorted_max,
			filter->sorted_max < ROW_FILTER_SORTED_MAX ? ", or ask for fewer fields"
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

/* Rows that can be sorted with the memory of a query. */
static int64_t sorted_max(
	const struct alm_request *request, const struct projection *projection)
{
	int64_t most = clients_limit(request->services->clients, CLIENT_BYTES) /
		       row_filter_size(1, projection->count);

	return most < ROW_FILTER_SORTED_MAX ? most : ROW_FILTER_SORTED_MAX;
}

void row_filter_destroy(struct row_filter *filter)
{
	if (filter != NULL) {
		arena_finish(&filter->memory);
		free(filter->heap);
		filter->heap = NULL;
		filter->heap_count = filter->heap_room = 0;
	}
}

struct row_filter *row_filter_create(struct alm_request *request,
	const struct projection *projection, int64_t first, int64_t from)
{
	struct row_filter *filter = arena_alloc(&request->http.arena, sizeof(*filter));

	arena_init(&filter->memory);
	filter->projection = projection;
	filter->sorted_max = sorted_max(request, projection);
	filter->cells = arena_alloc(
		&request->http.arena, (projection->count + 1) * sizeof(struct cell));
	filter->row = first;
	filter->from = from;
	filter->last_row = -1;
	filter->compared = arena_alloc(
		&request->http.arena, (projection->count + 1) * sizeof(*filter->compared));
	for (size_t i = 0; i < projection->count; i++) {
		shown_init(&filter->compared[i], &projection->columns[i]);
	}
	if (read_conditions(request, filter) != 0) {
		return NULL;
	}
	if (!projection->converts) {
		filter->bounds = row_bounds_read(&request->http.arena, filter->conditions,
			filter->condition_count, filter->compared);
	}
	read_orders(request, filter);
	return read_page(request, filter) == 0 ? filter : NULL;
}

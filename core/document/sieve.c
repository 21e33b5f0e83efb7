#include "document/sieve.h"

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

struct sieve {
	struct arena memory; /* of what is kept */
	const struct shape *shape;
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
	struct cell *cells; /* of sieve_next() */
};

bool sieve_is_wanted(const struct alm_request *request)
{
	return request_values(request, HOST_WHERE)->count > 0 ||
	       request_values(request, HOST_SORT)->count > 0;
}

bool sieve_counts(const struct alm_request *request)
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
	const struct sieve *sieve, const struct kept_row *a, const struct kept_row *b)
{
	for (size_t i = 0; i < sieve->order_count; i++) {
		size_t column = sieve->orders[i].column;
		struct cell left, right;
		const struct cell *x = cell_of(a, column, &left);
		const struct cell *y = cell_of(b, column, &right);
		int order = (x->kind == CELL_NULL) - (y->kind == CELL_NULL);

		if (order == 0 && x->kind != CELL_NULL) {
			order = shown_order(&sieve->compared[column], x, y);
			order = sieve->orders[i].descending ? -order : order;
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

static void sift_down(struct sieve *sieve, size_t i, size_t count)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < count &&
			compare_rows(sieve, &sieve->heap[child], &sieve->heap[child + 1]) < 0) {
			child++;
		}
		if (child >= count ||
			compare_rows(sieve, &sieve->heap[i], &sieve->heap[child]) >= 0) {
			return;
		}
		swap(&sieve->heap[i], &sieve->heap[child]);
		i = child;
	}
}

static void sift_up(struct sieve *sieve, size_t i)
{
	while (i > 0 && compare_rows(sieve, &sieve->heap[(i - 1) / 2], &sieve->heap[i]) < 0) {
		swap(&sieve->heap[(i - 1) / 2], &sieve->heap[i]);
		i = (i - 1) / 2;
	}
}

static void keep(struct sieve *sieve, const struct cell *cells)
{
	struct kept_row *row;

	if (sieve->heap_count == sieve->heap_room) {
		sieve->heap_room = sieve->heap_room > 0 ? sieve->heap_room * 2 : 64;
		sieve->heap = memory_resize(sieve->heap, sieve->heap_room, sizeof(*row));
	}
	row = &sieve->heap[sieve->heap_count++];
	row->number = sieve->row;
	row->cells = NULL;
	row->kept = arena_take(&sieve->memory, sieve->shape->count * sizeof(*row->kept));
	pack(cells, row->kept, sieve->shape->count);
	sift_up(sieve, sieve->heap_count - 1);
}

/* Takes the place of the last of those kept, if it comes before that. */
static void replace(struct sieve *sieve, const struct cell *cells)
{
	const struct kept_row row = { .number = sieve->row, .cells = cells };

	if (compare_rows(sieve, &row, &sieve->heap[0]) < 0) {
		pack(cells, sieve->heap[0].kept, sieve->shape->count);
		sieve->heap[0].number = sieve->row;
		sift_down(sieve, 0, sieve->heap_count);
	}
}

static void sort_in(struct sieve *sieve, struct cell *cells)
{
	int64_t wanted = sieve->wanted == INT64_MAX ? INT64_MAX : sieve->skip + sieve->wanted;

	for (size_t i = 0; i < sieve->order_count; i++) {
		size_t column = sieve->orders[i].column;

		shown_settle(&sieve->compared[column], &cells[column]);
	}
	if ((int64_t)sieve->heap_count == wanted) {
		replace(sieve, cells);
	} else if ((int64_t)sieve->heap_count < sieve->sorted_max) {
		keep(sieve, cells);
	} else {
		sieve->overflow = true;
	}
}

/* -- Rows --------------------------------------------------------------- */

static bool satisfies(const struct sieve *sieve, struct cell *cells)
{
	for (size_t i = 0; i < sieve->condition_count; i++) {
		const struct condition *condition = &sieve->conditions[i];

		if (!condition_holds(condition, &sieve->compared[condition->column],
			    &cells[condition->column])) {
			return false;
		}
	}
	return true;
}

bool sieve_offer(struct sieve *sieve, struct cell *cells)
{
	int64_t match;
	bool show = false;

	if (satisfies(sieve, cells)) {
		match = sieve->matches++;
		if (sieve->order_count > 0) {
			sort_in(sieve, cells);
		} else if (sieve->row >= sieve->from && match >= sieve->skip) {
			show = sieve->shown < sieve->wanted;
			sieve->more = !show;
		}
	}
	if (show) {
		sieve->shown++;
		sieve->last_row = sieve->row;
	}
	sieve->row++;
	return show;
}

void sieve_skip(struct sieve *sieve)
{
	sieve->row++;
}

bool sieve_is_full(const struct sieve *sieve)
{
	return sieve->overflow || (sieve->more && !sieve->counting);
}

bool sieve_overflows(const struct sieve *sieve, int64_t *most)
{
	*most = sieve->sorted_max;
	return sieve->overflow;
}

/* The last of the heap goes behind it, until only rows before the page are a heap. */
bool sieve_sort(struct sieve *sieve, size_t rows)
{
	size_t skip = sieve->skip < (int64_t)sieve->heap_count ? (size_t)sieve->skip
							       : sieve->heap_count;

	if (!sieve->sorting) {
		sieve->sorting = true;
		sieve->unsorted = sieve->heap_count;
		sieve->heap_at = skip;
	}
	for (; sieve->unsorted > skip && sieve->unsorted > 1 && rows > 0; rows--) {
		swap(&sieve->heap[0], &sieve->heap[--sieve->unsorted]);
		sift_down(sieve, 0, sieve->unsorted);
	}
	return sieve->unsorted <= skip || sieve->unsorted <= 1;
}

const struct cell *sieve_next(struct sieve *sieve)
{
	const struct kept_row *row;

	if (sieve->order_count == 0 || sieve->heap_at >= sieve->heap_count ||
		sieve->shown == sieve->wanted) {
		return NULL;
	}
	row = &sieve->heap[sieve->heap_at++];
	for (size_t i = 0; i < sieve->shape->count; i++) {
		unpack(&row->kept[i], &sieve->cells[i]);
	}
	sieve->shown++;
	return sieve->cells;
}

void sieve_place(const struct sieve *sieve, struct page_place *place)
{
	int64_t kept = (int64_t)sieve->heap_count - sieve->skip;

	place->first = sieve->skip;
	place->count = sieve->shown;
	place->total = sieve->counting ? sieve->matches : -1;
	place->more = sieve->more;
	if (sieve->order_count > 0) {
		place->count = kept < 0 ? 0 : kept < sieve->wanted ? kept : sieve->wanted;
		place->more = sieve->matches > sieve->skip + place->count;
	}
}

int64_t sieve_last_row(const struct sieve *sieve)
{
	return sieve->last_row;
}

/* -- Making ------------------------------------------------------------- */

/* The shape has been chosen, so that all of them can be read: row_params.h. */
static int read_conditions(struct alm_request *request, struct sieve *sieve)
{
	const struct values *where = request_values(request, HOST_WHERE);

	sieve->conditions = arena_alloc(
		&request->http.arena, (where->count + 1) * sizeof(*sieve->conditions));
	for (size_t i = 0; i < where->count; i++) {
		const char *text = where->texts[i], *flaw;
		long column = shape_find(sieve->shape, text, condition_name_length(text));
		struct condition *condition = &sieve->conditions[i];

		flaw = condition_read(
			&request->http.arena, &sieve->shape->columns[column], text, condition);
		if (flaw != NULL) {
			reply_problem(&request->http,
				&(struct problem){
					.status = 422, .param = "where", .value = text },
				"where: %s", flaw);
			return -1;
		}
		condition->column = (size_t)column;
	}
	sieve->condition_count = where->count;
	return 0;
}

static void read_orders(struct alm_request *request, struct sieve *sieve)
{
	const struct values *sort = request_values(request, HOST_SORT);

	sieve->orders =
		arena_alloc(&request->http.arena, (sort->count + 1) * sizeof(*sieve->orders));
	for (size_t i = 0; i < sort->count; i++) {
		const char *text = sort->texts[i];
		bool descending = text[0] == '-';
		const char *name = text + descending;

		sieve->orders[i].descending = descending;
		sieve->orders[i].column = (size_t)shape_find(sieve->shape, name, strlen(name));
	}
	sieve->order_count = sort->count;
}

static int read_page(struct alm_request *request, struct sieve *sieve)
{
	const struct page_wish *wish = &request->page;

	sieve->wanted = INT64_MAX;
	sieve->counting = true;
	if (!page_is_wanted(request)) {
		return 0;
	}
	sieve->wanted = wish->page_size;
	sieve->skip = wish->page > 0 ? (wish->page - 1) * wish->page_size : 0;
	sieve->counting = sieve_counts(request);
	if (sieve->order_count > 0 && sieve->skip + sieve->wanted > sieve->sorted_max) {
		reply_problem(&request->http,
			&(struct problem){ .status = 422, .param = "page" },
			"page: what is sorted can be read up to row %lld; narrow it down with "
			"where%s",
			(long long)sieve->sorted_max,
			sieve->sorted_max < SIEVE_SORTED_MAX ? ", or ask for fewer fields"
							     : "");
		return -1;
	}
	return 0;
}

int64_t sieve_size(int64_t rows, size_t columns)
{
	return rows * (int64_t)(2 * sizeof(struct kept_row) + /* it grows by doubling */
				columns * sizeof(struct kept_cell));
}

/* As many as there is memory for. */
static int64_t sorted_max(const struct alm_request *request, const struct shape *shape)
{
	int64_t most = clients_most(request->services->clients, CLIENT_BYTES) /
		       sieve_size(1, shape->count);

	return most < SIEVE_SORTED_MAX ? most : SIEVE_SORTED_MAX;
}

void sieve_destroy(struct sieve *sieve)
{
	if (sieve != NULL) {
		arena_finish(&sieve->memory);
		free(sieve->heap);
		sieve->heap = NULL;
		sieve->heap_count = sieve->heap_room = 0;
	}
}

struct sieve *sieve_create(
	struct alm_request *request, const struct shape *shape, int64_t first, int64_t from)
{
	struct sieve *sieve = arena_alloc(&request->http.arena, sizeof(*sieve));

	arena_init(&sieve->memory);
	sieve->shape = shape;
	sieve->sorted_max = sorted_max(request, shape);
	sieve->cells =
		arena_alloc(&request->http.arena, (shape->count + 1) * sizeof(struct cell));
	sieve->row = first;
	sieve->from = from;
	sieve->last_row = -1;
	sieve->compared = arena_alloc(
		&request->http.arena, (shape->count + 1) * sizeof(*sieve->compared));
	for (size_t i = 0; i < shape->count; i++) {
		shown_init(&sieve->compared[i], &shape->columns[i]);
	}
	if (read_conditions(request, sieve) != 0) {
		return NULL;
	}
	read_orders(request, sieve);
	return read_page(request, sieve) == 0 ? sieve : NULL;
}

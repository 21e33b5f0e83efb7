#include "http/sieve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "http/condition.h"
#include "http/params.h"
#include "http/reply.h"

enum { SORTED_MAX = 20000 /* rows that are held while they are sorted: some megabytes */ };

struct order {
	size_t column;
	bool descending;
};

struct kept_row {
	int64_t number;
	struct cell *cells;
};

struct sieve {
	struct arena *arena;
	const struct shape *shape;
	struct condition *conditions;
	size_t condition_count;
	struct order *orders;
	size_t order_count;
	double *powers;  /* by column: 10^decimals */
	int64_t row;     /* number of the next that is offered */
	int64_t from;    /* number of the first that may be shown */
	int64_t matches; /* so far, of those from `from` on too */
	int64_t skip;    /* matches before the page */
	int64_t wanted;  /* rows of the page; INT64_MAX: all */
	int64_t shown;
	int64_t last_row; /* number of the last that was shown */
	bool counting;    /* all matches are to be counted */
	bool more;        /* there are matches after the page */
	bool overflow;
	struct kept_row *heap; /* when sorting: the first skip + wanted, the last on top */
	size_t heap_count, heap_room, heap_at;
};

bool sieve_is_wanted(const struct alm_request *request)
{
	return params_host(request, HOST_WHERE)->count > 0 ||
	       params_host(request, HOST_SORT)->count > 0;
}

bool sieve_counts(const struct alm_request *request)
{
	const struct values *count = params_host(request, HOST_COUNT);

	return count->count == 0 || strcmp(count->texts[0], "none") != 0;
}

/* -- Conditions --------------------------------------------------------- */

static double value_of(const struct sieve *sieve, size_t column, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NUMBER:
		return cell->number;
	case CELL_SCALED:
		return (double)cell->integer / sieve->powers[column];
	default:
		return (double)cell->integer;
	}
}

static bool compares(enum compare compare, double value, double with)
{
	switch (compare) {
	case EQUAL:
		return value == with;
	case NOT_EQUAL:
		return value != with;
	case LESS:
		return value < with;
	case LESS_EQUAL:
		return value <= with;
	case GREATER:
		return value > with;
	default:
		return value >= with;
	}
}

static bool satisfies(const struct sieve *sieve, const struct cell *cells)
{
	for (size_t i = 0; i < sieve->condition_count; i++) {
		const struct condition *condition = &sieve->conditions[i];
		const struct cell *cell = &cells[condition->column];

		if (cell->kind == CELL_NULL) {
			return false;
		}
		if (condition->text != NULL) {
			bool same = strlen(condition->text) == cell->length &&
				    memcmp(condition->text, cell->text, cell->length) == 0;

			if (same != (condition->compare == EQUAL)) {
				return false;
			}
		} else if (!compares(condition->compare,
				   value_of(sieve, condition->column, cell),
				   condition->number)) {
			return false;
		}
	}
	return true;
}

/* -- Order -------------------------------------------------------------- */

static int compare_cells(
	const struct sieve *sieve, size_t column, const struct cell *a, const struct cell *b)
{
	double x, y;

	if (a->kind == CELL_TEXT && b->kind == CELL_TEXT) {
		size_t length = a->length < b->length ? a->length : b->length;
		int order = memcmp(a->text, b->text, length);

		return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
	}
	x = value_of(sieve, column, a);
	y = value_of(sieve, column, b);
	return (x > y) - (x < y);
}

/* Nulls are last whatever the order; equal rows stay as they came. */
static int compare_rows(
	const struct sieve *sieve, const struct kept_row *a, const struct kept_row *b)
{
	for (size_t i = 0; i < sieve->order_count; i++) {
		size_t column = sieve->orders[i].column;
		const struct cell *x = &a->cells[column], *y = &b->cells[column];
		int order = (x->kind == CELL_NULL) - (y->kind == CELL_NULL);

		if (order == 0 && x->kind != CELL_NULL) {
			order = compare_cells(sieve, column, x, y);
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

static void make_room(struct sieve *sieve)
{
	size_t room = sieve->heap_room > 0 ? sieve->heap_room * 2 : 64;
	struct kept_row *heap = arena_take(sieve->arena, room * sizeof(*heap));

	if (sieve->heap_count > 0) {
		memcpy(heap, sieve->heap, sieve->heap_count * sizeof(*heap));
	}
	sieve->heap = heap;
	sieve->heap_room = room;
}

static void keep(struct sieve *sieve, const struct cell *cells)
{
	size_t size = sieve->shape->count * sizeof(*cells);
	struct kept_row *row;

	if (sieve->heap_count == sieve->heap_room) {
		make_room(sieve);
	}
	row = &sieve->heap[sieve->heap_count++];
	row->number = sieve->row;
	row->cells = memcpy(arena_take(sieve->arena, size), cells, size);
	sift_up(sieve, sieve->heap_count - 1);
}

/* Takes the place of the last of those kept, if it comes before that. */
static void replace(struct sieve *sieve, const struct cell *cells)
{
	struct kept_row row = { sieve->row, (struct cell *)(uintptr_t)cells };

	if (compare_rows(sieve, &row, &sieve->heap[0]) < 0) {
		memcpy(sieve->heap[0].cells, cells, sieve->shape->count * sizeof(*cells));
		sieve->heap[0].number = sieve->row;
		sift_down(sieve, 0, sieve->heap_count);
	}
}

static void sort_in(struct sieve *sieve, const struct cell *cells)
{
	int64_t wanted = sieve->wanted == INT64_MAX ? INT64_MAX : sieve->skip + sieve->wanted;

	if ((int64_t)sieve->heap_count == wanted) {
		replace(sieve, cells);
	} else if (sieve->heap_count < SORTED_MAX) {
		keep(sieve, cells);
	} else {
		sieve->overflow = true;
	}
}

/* -- Rows --------------------------------------------------------------- */

bool sieve_offer(struct sieve *sieve, const struct cell *cells)
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
	*most = SORTED_MAX;
	return sieve->overflow;
}

const struct cell *sieve_next(struct sieve *sieve)
{
	if (sieve->order_count == 0) {
		return NULL;
	}
	if (sieve->heap_at == 0) {
		for (size_t count = sieve->heap_count; count > 1; count--) {
			swap(&sieve->heap[0], &sieve->heap[count - 1]);
			sift_down(sieve, 0, count - 1);
		}
		sieve->heap_at = (size_t)(sieve->skip < (int64_t)sieve->heap_count
						  ? sieve->skip
						  : (int64_t)sieve->heap_count);
	}
	if (sieve->heap_at >= sieve->heap_count || sieve->shown == sieve->wanted) {
		return NULL;
	}
	sieve->shown++;
	return sieve->heap[sieve->heap_at++].cells;
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
	const struct values *where = params_host(request, HOST_WHERE);

	sieve->conditions =
		arena_alloc(&request->arena, (where->count + 1) * sizeof(*sieve->conditions));
	for (size_t i = 0; i < where->count; i++) {
		const char *text = where->texts[i], *flaw;
		long column = shape_find(sieve->shape, text, condition_name_length(text));
		struct condition *condition = &sieve->conditions[i];

		flaw = condition_read(
			&request->arena, &sieve->shape->columns[column], text, condition);
		if (flaw != NULL) {
			reply_problem(request,
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
	const struct values *sort = params_host(request, HOST_SORT);

	sieve->orders =
		arena_alloc(&request->arena, (sort->count + 1) * sizeof(*sieve->orders));
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
	if (sieve->order_count > 0 && sieve->skip + sieve->wanted > SORTED_MAX) {
		reply_problem(request, &(struct problem){ .status = 422, .param = "page" },
			"page: what is sorted can be read up to row %d; narrow it down with where",
			SORTED_MAX);
		return -1;
	}
	return 0;
}

struct sieve *sieve_create(
	struct alm_request *request, const struct shape *shape, int64_t first, int64_t from)
{
	struct sieve *sieve = arena_alloc(&request->arena, sizeof(*sieve));

	sieve->arena = &request->arena;
	sieve->shape = shape;
	sieve->row = first;
	sieve->from = from;
	sieve->last_row = -1;
	sieve->powers = arena_alloc(&request->arena, (shape->count + 1) * sizeof(double));
	for (size_t i = 0; i < shape->count; i++) {
		sieve->powers[i] = shape->columns[i].decimals > 0
					   ? pow(10, shape->columns[i].decimals)
					   : 1;
	}
	if (read_conditions(request, sieve) != 0) {
		return NULL;
	}
	read_orders(request, sieve);
	return read_page(request, sieve) == 0 ? sieve : NULL;
}

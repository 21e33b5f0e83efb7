/* row() and send(): rows that a plugin computed. */
#include <math.h>
#include <string.h>

#include "answer/host.h"
#include "document/answer.h"
#include "route/page.h"
#include "route/route.h"
#include "route/station_filter.h"

/* -- Cells -------------------------------------------------------------- */

static void set_cell(struct cell *to, enum alm_type type, const struct alm_cell *from)
{
	static const enum cell_kind kinds[] = { [ALM_TEXT] = CELL_TEXT,
		[ALM_INTEGER] = CELL_INTEGER,
		[ALM_NUMBER] = CELL_NUMBER,
		[ALM_BOOLEAN] = CELL_BOOLEAN,
		[ALM_DATE] = CELL_DATE,
		[ALM_STATION] = CELL_TEXT,
		[ALM_ELEMENT] = CELL_TEXT };

	to->kind = kinds[type];
	to->integer = from->integer;
	to->number = from->number;
	to->text = from->text;
	to->length = from->text != NULL ? strlen(from->text) : 0;
	if (from->null != 0 || (to->kind == CELL_TEXT && from->text == NULL) ||
		(to->kind == CELL_NUMBER && !isfinite(from->number))) {
		to->kind = CELL_NULL;
	}
}

/* What the route declares holds for its documents and for clients made from them. */
static int check_nulls(struct alm_request *request, const struct answer *answer)
{
	const struct alm_field *fields = request->route->declared->fields;

	for (size_t i = 0; i < answer->projection.count; i++) {
		const struct alm_field *field = &fields[answer->projection.members[i]];

		if (answer->cells[i].kind == CELL_NULL && (field->flags & ALM_NULLABLE) == 0) {
			return answer_broken(request,
				"plugin %s: row() has no value for field %s, which is not declared "
				"ALM_NULLABLE",
				request->route->plugin->path, field->name);
		}
	}
	return 0;
}

/* Rows that are kept to be sorted outlive the plugin's texts. */
static void keep_texts(struct alm_request *request, const struct answer *answer)
{
	for (size_t i = 0; i < answer->projection.count; i++) {
		struct cell *cell = &answer->cells[i];

		if (cell->kind == CELL_TEXT) {
			cell->text = arena_copy(&request->http.arena, cell->text, cell->length);
		}
	}
}

/* -- Stations ----------------------------------------------------------- */

/* Index of the first field that is a station's id; field_count: none. */
static size_t find_station_field(const struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;
	size_t i = 0;

	while (i < request->route->field_count && fields[i].type != ALM_STATION) {
		i++;
	}
	return i;
}

/* Whether the station of the row is one of those that `state` and the like leave. */
static bool is_wanted(const struct alm_request *request, const struct alm_cell *cells)
{
	size_t field = find_station_field(request);
	const struct catalog *catalog = request->catalog;
	long station;
	double km;

	if (request->filter == NULL || field == request->route->field_count) {
		return true;
	}
	if (cells[field].null != 0 || cells[field].text == NULL || catalog == NULL) {
		return false;
	}
	station = catalog_find_station(catalog, cells[field].text);
	return station >= 0 &&
	       station_filter_passes(request->filter, catalog->stations[station], &km);
}

/* -- Rows --------------------------------------------------------------- */

/* -1: the route cannot answer so; replied. */
static int begin(struct alm_request *request)
{
	struct answer *answer;

	if (answer_claim(request, "row()", ALM_ROWS) != 0) {
		return -1;
	}
	answer = answer_begin(request, member_declared(request), request->route->field_count);
	if (answer == NULL) {
		return -1;
	}
	answer->of_rows = true;
	return row_filter_is_wanted(request) ? answer_filter(request, answer, 0, 0) : 0;
}

/* NULL: there is none; replied. */
static struct answer *answer_of(struct alm_request *request)
{
	struct answer *answer = request->answer;

	if (!request->http.answered && answer != NULL && answer->of_rows) {
		return answer;
	}
	return begin(request) == 0 ? request->answer : NULL;
}

/* Without conditions and order, what is on other pages needs no cells. */
static bool is_elsewhere(
	const struct alm_request *request, const struct answer *answer, int64_t row)
{
	struct window window;

	if (answer->row_filter != NULL || !answer->envelope.paged) {
		return false;
	}
	window = page_window(&request->page, INT64_MAX);
	return row < window.first || row - window.first >= window.limit;
}

static int add(struct alm_request *request, struct answer *answer, const struct alm_cell *cells)
{
	const struct alm_field *fields = request->route->declared->fields;

	for (size_t i = 0; i < answer->projection.count; i++) {
		unsigned field = answer->projection.members[i];

		set_cell(&answer->cells[i], fields[field].type, &cells[field]);
	}
	if (check_nulls(request, answer) != 0) {
		return -1;
	}
	if (answer->row_filter != NULL) {
		keep_texts(request, answer);
	}
	answer_row(answer, answer->cells);
	return 0;
}

int rows_add(struct alm_request *request, const struct alm_cell *cells)
{
	struct answer *answer = answer_of(request);

	if (answer == NULL) {
		return -1;
	}
	if (cells == NULL) {
		return answer_broken(request, "plugin %s: row() got NULL for the cells",
			request->route->plugin->path);
	}
	if (!is_wanted(request, cells) || is_elsewhere(request, answer, answer->added++)) {
		return 0;
	}
	return add(request, answer, cells);
}

/* Where the page stands. */
static void find_place(
	struct alm_request *request, const struct answer *answer, struct page_place *place)
{
	if (answer->row_filter != NULL) {
		row_filter_place(answer->row_filter, place);
		return;
	}
	place->first = page_window(&request->page, INT64_MAX).first;
	place->count = (int64_t)answer->document.row_count;
	place->total = answer->added;
	place->more = place->first + place->count < place->total;
}

int rows_send(struct alm_request *request)
{
	struct answer *answer = answer_of(request);
	struct page_place place = { 0 };

	if (answer == NULL) {
		return -1;
	}
	if (answer->envelope.paged) {
		find_place(request, answer, &place);
		page_envelope(request, page_query(request), &place, &answer->envelope);
	}
	answer_send(request, answer);
	return 0;
}

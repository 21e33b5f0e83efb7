/* row() and send(): rows that a plugin computed. */
#include <string.h>

#include "http/answer.h"
#include "http/page.h"
#include "http/router.h"

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
	if (from->null != 0 || (to->kind == CELL_TEXT && from->text == NULL)) {
		to->kind = CELL_NULL;
	}
}

/* NULL: there is none; replied. */
static struct answer *answer_of(struct alm_request *request)
{
	if (request->answer == NULL && !request->answered) {
		answer_begin(request, shape_declared(request), request->route->field_count);
	}
	return request->answer;
}

/* First row of the page that was asked for. */
static int64_t first_row(const struct alm_request *request)
{
	int64_t page = request->page.page > 0 ? request->page.page : 1;

	return (page - 1) * request->page.page_size;
}

int rows_add(struct alm_request *request, const struct alm_cell *cells)
{
	const struct alm_field *fields = request->route->declared->fields;
	struct answer *answer = answer_of(request);
	int64_t row;

	if (answer == NULL) {
		return -1;
	}
	row = answer->added++;
	if (answer->envelope.paged &&
		(row < first_row(request) ||
			row >= first_row(request) + request->page.page_size)) {
		return 0;
	}
	for (size_t i = 0; i < answer->shape.count; i++) {
		unsigned field = answer->shape.members[i];

		set_cell(&answer->cells[i], fields[field].type, &cells[field]);
	}
	answer_row(answer, answer->cells);
	return 0;
}

int rows_send(struct alm_request *request)
{
	struct answer *answer = answer_of(request);
	struct page_place place = { 0 };

	if (answer == NULL) {
		return -1;
	}
	if (answer->envelope.paged) {
		place.first = first_row(request);
		place.count = (int64_t)answer->document.row_count;
		place.total = answer->added;
		place.more = place.first + place.count < place.total;
		page_envelope(request, page_query(request), &place, &answer->envelope);
	}
	answer_send(request, answer);
	return 0;
}

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

static struct answer *answer_of(struct alm_request *request)
{
	if (request->answer == NULL) {
		answer_begin(request, answer_columns(request), request->route->field_count);
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
	struct answer *answer = answer_of(request);
	int64_t row = answer->added++;

	if (answer->envelope.paged &&
		(row < first_row(request) ||
			row >= first_row(request) + request->page.page_size)) {
		return 0;
	}
	for (size_t i = 0; i < answer->document.column_count; i++) {
		set_cell(&answer->cells[i], answer->document.columns[i].type, &cells[i]);
	}
	answer_row(answer, answer->cells);
	return 0;
}

int rows_send(struct alm_request *request)
{
	struct answer *answer = answer_of(request);
	struct page_query query;

	if (answer->envelope.paged) {
		page_query(request, &query);
		page_envelope(request, &query, first_row(request),
			(int64_t)answer->document.row_count, answer->added, NULL,
			&answer->envelope);
	}
	answer_send(request, answer);
	return 0;
}

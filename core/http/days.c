/* send_days(): days of stations from their blocks. */
#include <ctype.h>
#include <string.h>

#include "db/catalog.h"
#include "db/wire.h"
#include "http/blocks.h"
#include "http/loop.h"
#include "http/plan.h"
#include "http/router.h"

enum { STATION_COLUMN, DATE_COLUMN, ELEMENT_COLUMNS, FIELDS = 3 };

struct days {
	struct plan plan; /* first: one is cast to the other */
	struct blocks blocks;
	int32_t *values; /* [element][BLOCK_DAYS_MAX] of the part being written */
	bool *missing;   /* by element: the part has no block of it */
	struct cell *cells;
};

static void on_blocks(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct days *days =
		(struct days *)((char *)fetch - offsetof(struct days, blocks.fetch.fetch));

	plan_fetched(&days->plan, outcome, result, fetch->version);
}

static int ask(struct plan *plan)
{
	struct days *days = (struct days *)plan;

	return blocks_fetch(plan, &days->blocks, on_blocks);
}

static bool agrees(struct plan *plan, const PGresult *result)
{
	(void)result;
	return blocks_agree(plan, &((struct days *)plan)->blocks);
}

/* -- Writing ------------------------------------------------------------ */

static const char *lower(struct arena *arena, const char *code)
{
	char *name = arena_copy(arena, code, strlen(code));

	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	return name;
}

static const struct column *make_columns(struct days *days)
{
	struct alm_request *request = days->plan.request;
	const struct alm_field *fields = request->route->declared->fields;
	const struct blocks *blocks = &days->blocks;
	struct column *columns = arena_alloc(
		&request->arena, (ELEMENT_COLUMNS + blocks->element_count) * sizeof(*columns));

	columns[STATION_COLUMN] =
		(struct column){ .name = fields[0].name, .type = ALM_STATION };
	columns[DATE_COLUMN] = (struct column){ .name = fields[1].name, .type = ALM_DATE };
	for (size_t i = 0; i < blocks->element_count; i++) {
		long at = catalog_find_element(request->catalog, blocks->elements[i]);
		const struct catalog_element *element =
			at >= 0 ? &request->catalog->elements[at] : NULL;

		columns[ELEMENT_COLUMNS + i] = (struct column){
			.name = lower(&request->arena, blocks->elements[i]),
			.type = ALM_NUMBER,
			.unit = element != NULL ? element->unit : NULL,
			.decimals = element != NULL ? element->decimals : 0,
		};
	}
	return columns;
}

/* Decodes the days of the part. -1: a block is broken; replied. */
static int read_part(struct days *days, size_t at)
{
	const struct walk_part *part = &days->plan.parts[at];

	for (size_t i = 0; i < days->blocks.element_count; i++) {
		const struct fetched_block *block = blocks_at(&days->blocks, at, i);

		days->missing[i] = block->values == NULL;
		if (block->values != NULL && block_values(block, part->year, part->first,
						     part->last - part->first + 1,
						     days->values + i * BLOCK_DAYS_MAX) != 0) {
			return answer_broken(days->plan.request,
				"block of station %s, year %d, element %s cannot be decoded",
				part->station->id, part->year, days->blocks.elements[i]);
		}
	}
	return 0;
}

static void write_part(struct days *days, struct answer *answer, const struct walk_part *part)
{
	struct cell *cells = days->cells;
	const int32_t first_day = date_year_start(part->year) + part->first;
	const int count = part->last - part->first + 1;

	cells[STATION_COLUMN].text = part->station->id;
	cells[STATION_COLUMN].length = strlen(part->station->id);
	for (int day = 0; day < count; day++) {
		if (part->days != NULL && !block_bit(part->days, part->first + day)) {
			continue;
		}
		cells[DATE_COLUMN].integer = first_day + day;
		for (size_t i = 0; i < days->blocks.element_count; i++) {
			struct cell *cell = &cells[ELEMENT_COLUMNS + i];
			int32_t value = days->values[i * BLOCK_DAYS_MAX + (size_t)day];

			cell->integer = value;
			cell->kind = days->missing[i] || value < BLOCK_VALUE_MIN ? CELL_NULL
										 : CELL_SCALED;
		}
		answer_row(answer, cells);
	}
}

static void write_days(struct plan *plan, const PGresult *result)
{
	struct days *days = (struct days *)plan;
	struct arena *arena = &plan->request->arena;
	const struct column *columns;
	struct answer *answer;

	(void)result;
	blocks_elements(plan, &days->blocks);
	columns = make_columns(days);
	answer = answer_begin(
		plan->request, columns, ELEMENT_COLUMNS + days->blocks.element_count);
	answer_expect(answer, plan->count);
	days->values = arena_alloc(arena,
		(days->blocks.element_count * BLOCK_DAYS_MAX + 1) * sizeof(*days->values));
	days->missing = arena_alloc(arena, days->blocks.element_count + 1);
	days->cells = answer->cells;
	days->cells[STATION_COLUMN].kind = CELL_TEXT;
	days->cells[DATE_COLUMN].kind = CELL_DATE;
	for (size_t i = 0; i < plan->part_count; i++) {
		if (read_part(days, i) != 0) {
			return;
		}
		write_part(days, answer, &plan->parts[i]);
	}
	plan_send(plan, answer);
}

/* -- Beginning ---------------------------------------------------------- */

static const struct plan_kind kind = { .fetch = ask, .agrees = agrees, .write = write_days };

static bool fits(const struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;

	return request->route->field_count == FIELDS && fields[0].type == ALM_STATION &&
	       fields[1].type == ALM_DATE && (fields[2].flags & ALM_PER_ELEMENT) != 0;
}

int days_send(struct alm_request *request, const struct alm_selection *selection)
{
	struct days *days;

	if (!fits(request)) {
		return answer_broken(request,
			"send_days() needs the fields of the route to be a "
			"STATION, a DATE and one ALM_PER_ELEMENT");
	}
	days = arena_alloc(&request->arena, sizeof(*days));
	days->plan.request = request;
	days->plan.kind = &kind;
	return plan_start(&days->plan, selection);
}

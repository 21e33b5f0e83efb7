/* ALM_DAYS: days of stations from their blocks. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "answer/blocks.h"
#include "answer/host.h"
#include "catalog/catalog.h"
#include "db/wire.h"
#include "query/plan.h"
#include "route/route.h"
#include "route/services.h"

enum { STATION_MEMBER, DATE_MEMBER, ELEMENT_MEMBERS };

struct days {
	struct plan plan; /* first: one is cast to the other */
	struct blocks blocks;
	int32_t *values; /* [element][BLOCK_DAYS_MAX] of the part being written */
	bool *missing;   /* by element: the part has no block of it */
};

static void on_blocks(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct days *days =
		(struct days *)((char *)fetch - offsetof(struct days, blocks.fetch.fetch));

	plan_fetched(&days->plan, fetch, outcome, result);
}

static enum plan_found find(struct plan *plan)
{
	struct days *days = (struct days *)plan;

	return blocks_fetch(plan, &days->blocks, on_blocks);
}

static bool agrees(const struct plan *plan)
{
	return blocks_agree(plan, &((const struct days *)plan)->blocks);
}

static void keep(struct plan *plan)
{
	blocks_keep(plan, &((struct days *)plan)->blocks);
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

/* Station, date, and one for each element. */
static const struct member *make_members(struct days *days)
{
	struct alm_request *request = days->plan.request;
	const struct alm_field *fields = request->route->declared->fields;
	const struct blocks *blocks = &days->blocks;
	struct member *members = arena_alloc(&request->http.arena,
		(ELEMENT_MEMBERS + blocks->element_count) * sizeof(*members));

	members[STATION_MEMBER].column =
		(struct column){ .name = fields[0].name, .type = ALM_STATION };
	members[DATE_MEMBER].column =
		(struct column){ .name = fields[1].name, .type = ALM_DATE };
	for (size_t i = 0; i < blocks->element_count; i++) {
		long at = catalog_find_element(request->catalog, blocks->elements[i]);
		const struct catalog_element *element =
			at >= 0 ? &request->catalog->elements[at] : NULL;

		members[ELEMENT_MEMBERS + i].column = (struct column){
			.name = lower(&request->http.arena, blocks->elements[i]),
			.type = ALM_NUMBER,
			.unit = element != NULL ? element->unit : NULL,
			.decimals = element != NULL ? element->decimals : 0,
			.stored = true,
		};
	}
	return members;
}

/* An element whose member would have the name of another, which a reader could not tell apart.
 */
static int check_names(const struct days *days)
{
	struct alm_request *request = days->plan.request;
	const struct alm_field *fields = request->route->declared->fields;

	for (size_t i = 0; i < days->blocks.element_count; i++) {
		const char *code = days->blocks.elements[i];

		if (strcasecmp(code, fields[0].name) == 0 ||
			strcasecmp(code, fields[1].name) == 0) {
			return answer_broken(request,
				"plugin %s: the element %s has the name of a field of the route",
				request->route->plugin->path, code);
		}
	}
	return 0;
}

static struct answer *begin(struct plan *plan)
{
	struct days *days = (struct days *)plan;
	struct arena *arena = &plan->request->http.arena;
	struct answer *answer;

	blocks_elements(plan, &days->blocks);
	if (check_names(days) != 0) {
		return NULL;
	}
	answer = answer_begin(plan->request, make_members(days),
		ELEMENT_MEMBERS + days->blocks.element_count);
	days->values = arena_take(arena,
		(days->blocks.element_count * BLOCK_DAYS_MAX + 1) * sizeof(*days->values));
	days->missing = arena_alloc(arena, days->blocks.element_count + 1);
	return answer;
}

/* Decodes the days of the part. -1: a block is broken; replied. */
static int read_part(struct days *days, size_t at)
{
	const struct scan_part *part = &days->plan.chunk.parts[at];

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

static void set_station(struct cell *cell, const struct catalog_station *station)
{
	if (cell->text != station->id) {
		*cell = (struct cell){ .kind = CELL_TEXT,
			.steady = true,
			.text = station->id,
			.length = strlen(station->id) };
	}
}

static void set_value(const struct days *days, size_t element, int day, struct cell *cell)
{
	int32_t value = days->values[element * BLOCK_DAYS_MAX + (size_t)day];

	cell->integer = value;
	cell->kind =
		days->missing[element] || value < BLOCK_VALUE_MIN ? CELL_NULL : CELL_SCALED;
}

/* `day` counts from the part's first, which is `first`. */
static void write_day(struct days *days, const struct scan_part *part, int32_t first, int day)
{
	struct answer *answer = days->plan.answer;
	const struct projection *projection = &answer->projection;

	for (size_t i = 0; i < projection->count; i++) {
		struct cell *cell = &answer->cells[i];
		unsigned member = projection->members[i];

		if (member >= ELEMENT_MEMBERS) {
			set_value(days, member - ELEMENT_MEMBERS, day, cell);
		} else if (member == DATE_MEMBER) {
			cell->kind = CELL_DATE;
			cell->integer = first + day;
		} else {
			set_station(cell, part->station);
		}
	}
	answer_row(answer, answer->cells);
}

static enum plan_written write_part(struct plan *plan, size_t at)
{
	struct days *days = (struct days *)plan;
	const struct scan_part *part = &plan->chunk.parts[at];
	int32_t first = date_year_start(part->year) + part->first;

	if (read_part(days, at) != 0) {
		return PLAN_BROKEN;
	}
	for (int day = 0; day <= part->last - part->first; day++) {
		if (part->days == NULL || block_bit(part->days, part->first + day)) {
			write_day(days, part, first, day);
		}
	}
	return PLAN_WRITTEN;
}

/* -- Beginning ---------------------------------------------------------- */

static size_t count_columns(const struct plan *plan)
{
	size_t elements = plan->selection.element_count;

	return ELEMENT_MEMBERS + (elements > 0 ? elements : plan->scan.catalog->element_count);
}

static const struct plan_kind kind = { .fetch = find,
	.agrees = agrees,
	.keep = keep,
	.begin = begin,
	.write = write_part,
	.columns = count_columns };

int days_send(struct alm_request *request, const struct alm_selection *from)
{
	struct alm_selection selection;
	struct days *days;

	if (answer_read_selection(request, "ALM_DAYS", from, &selection) != 0 ||
		answer_claim(request, "ALM_DAYS", ALM_DAYS) != 0) {
		return -1;
	}
	days = arena_alloc(&request->http.arena, sizeof(*days));
	days->plan.request = request;
	days->plan.kind = &kind;
	return plan_start(&days->plan, &selection);
}

/* ALM_STATIONS: what the catalog knows of stations; the database only says whether that
 * is the newest there is. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "answer/host.h"
#include "catalog/catalog.h"
#include "catalog/station_field.h"
#include "query/plan.h"
#include "route/route.h"
#include "route/station_filter.h"

struct stations {
	struct plan plan;                     /* first: one is cast to the other */
	const struct station_field **origins; /* by column of the answer */
};

/* -- Cells -------------------------------------------------------------- */

static void set_text(struct cell *cell, const char *text)
{
	cell->kind = text != NULL ? CELL_TEXT : CELL_NULL;
	cell->text = text;
	cell->length = text != NULL ? strlen(text) : 0;
}

static void set_number(struct cell *cell, double number)
{
	cell->kind = isnan(number) ? CELL_NULL : CELL_NUMBER;
	cell->number = number;
}

static void set_year(struct cell *cell, const struct catalog_block *block)
{
	cell->kind = block != NULL ? CELL_INTEGER : CELL_NULL;
	cell->integer = block != NULL ? block->year : 0;
}

static void set_cell(const struct station_field *member, const struct station_filter *filter,
	const struct catalog_station *station, struct cell *cell)
{
	const char *at = (const char *)station + member->offset;
	bool has_blocks = station->block_count > 0;

	switch (member->origin) {
	case FROM_TEXT:
		set_text(cell, *(const char *const *)(const void *)at);
		break;
	case FROM_NUMBER:
		set_number(cell, *(const double *)(const void *)at);
		break;
	case FROM_FIRST_BLOCK:
		set_year(cell, has_blocks ? &station->blocks[0] : NULL);
		break;
	case FROM_LAST_BLOCK:
		set_year(cell, has_blocks ? &station->blocks[station->block_count - 1] : NULL);
		break;
	case FROM_POINT:
		set_number(cell, station_filter_has_point(filter)
					 ? station_filter_distance(filter, station)
					 : NAN);
		break;
	}
}

/* -- The answer --------------------------------------------------------- */

/* Those the route declares. With a point, distances are shown unasked. */
static const struct member *make_members(struct alm_request *request)
{
	size_t count = request->route->field_count;
	struct member *members = arena_alloc(&request->http.arena, count * sizeof(*members));

	memcpy(members, member_declared(request), count * sizeof(*members));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(members[i].column.name, "distance") == 0 &&
			station_filter_has_point(request->filter)) {
			members[i].on_request = false;
		}
	}
	return members;
}

/* All of it is in the parts. */
static enum plan_found find(struct plan *plan)
{
	(void)plan;
	return PLAN_KNOWN;
}

static struct answer *begin(struct plan *plan)
{
	struct stations *stations = (struct stations *)plan;
	struct alm_request *request = plan->request;
	struct answer *answer =
		answer_begin(request, make_members(request), request->route->field_count);
	size_t count = answer != NULL ? answer->projection.count : 0;

	stations->origins =
		arena_alloc(&request->http.arena, (count + 1) * sizeof(*stations->origins));
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &answer->projection.columns[i];

		stations->origins[i] = station_field_find(column->name, column->type);
	}
	return answer;
}

static enum plan_written write_part(struct plan *plan, size_t at)
{
	const struct stations *stations = (const struct stations *)plan;
	struct answer *answer = plan->answer;

	for (size_t i = 0; i < answer->projection.count; i++) {
		set_cell(stations->origins[i], plan->request->filter,
			plan->chunk.parts[at].station, &answer->cells[i]);
	}
	answer_row(answer, answer->cells);
	return PLAN_WRITTEN;
}

static const struct plan_kind kind = { .fetch = find,
	.begin = begin,
	.write = write_part,
	.part_weight = 1,
	.of_stations = true };

int stations_send(struct alm_request *request, const struct alm_selection *from)
{
	struct alm_selection selection;
	struct stations *stations;

	if (answer_read_selection(request, "ALM_STATIONS", from, &selection) != 0 ||
		answer_claim(request, "ALM_STATIONS", ALM_STATIONS) != 0) {
		return -1;
	}
	stations = arena_alloc(&request->http.arena, sizeof(*stations));
	stations->plan.request = request;
	stations->plan.kind = &kind;
	return plan_start(&stations->plan, &selection);
}

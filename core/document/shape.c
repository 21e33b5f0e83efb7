#include "document/shape.h"

#include <string.h>

#include "document/condition.h"
#include "document/row_params.h"
#include "reply/problem.h"
#include "route/params.h"
#include "route/route.h"

long shape_find(const struct shape *shape, const char *name, size_t length)
{
	for (size_t i = 0; i < shape->count; i++) {
		const char *column = shape->columns[i].name;

		if (strncmp(column, name, length) == 0 && column[length] == '\0') {
			return (long)i;
		}
	}
	return -1;
}

/* -- Choosing ----------------------------------------------------------- */

struct choice {
	struct alm_request *request;
	const struct member *members;
	size_t count;
	struct shape *shape;
	enum units units;
};

static void add(struct choice *choice, size_t member)
{
	struct shape *shape = choice->shape;
	struct column *column = &shape->columns[shape->count];
	struct conversion *conversion = &shape->conversions[shape->count];

	*column = choice->members[member].column;
	if (choice->units != UNITS_METRIC) {
		shape->converts |= units_column(
			choice->units, &choice->request->http.arena, column, conversion);
	}
	shape->members[shape->count++] = (unsigned)member;
}

/* Adds the member of that name, unless it is there. */
static void add_name(struct choice *choice, const char *name, size_t length)
{
	if (shape_find(choice->shape, name, length) >= 0) {
		return;
	}
	for (size_t i = 0; i < choice->count; i++) {
		const char *member = choice->members[i].column.name;

		if (strncmp(member, name, length) == 0 && member[length] == '\0') {
			add(choice, i);
			return;
		}
	}
}

static void add_all(struct choice *choice, bool on_request)
{
	for (size_t i = 0; i < choice->count; i++) {
		const char *name = choice->members[i].column.name;

		if ((on_request || !choice->members[i].on_request) &&
			shape_find(choice->shape, name, strlen(name)) < 0) {
			add(choice, i);
		}
	}
}

static void add_shown(struct choice *choice)
{
	const struct values *fields = request_values(choice->request, HOST_FIELDS);

	if (fields->count == 0) {
		for (size_t i = 0; i < choice->count; i++) {
			if (!choice->members[i].on_request) {
				add(choice, i);
			}
		}
	}
	for (size_t i = 0; i < fields->count; i++) {
		const char *name = fields->texts[i];

		if (strcmp(name, "*") == 0) {
			add_all(choice, true);
		} else {
			add_name(choice, name, strlen(name));
		}
	}
	choice->shape->shown = choice->shape->count;
}

/* What conditions and order need. */
static void add_hidden(struct choice *choice)
{
	const struct values *where = request_values(choice->request, HOST_WHERE);
	const struct values *sort = request_values(choice->request, HOST_SORT);

	for (size_t i = 0; i < where->count; i++) {
		add_name(choice, where->texts[i], condition_name_length(where->texts[i]));
	}
	for (size_t i = 0; i < sort->count; i++) {
		const char *name = sort->texts[i] + (sort->texts[i][0] == '-');

		add_name(choice, name, strlen(name));
	}
}

int shape_choose(struct alm_request *request, const struct member *members, size_t count,
	struct shape *shape)
{
	struct choice choice = { request, members, count, shape, member_units(request) };
	struct arena *arena = &request->http.arena;
	struct flaws flaws;

	flaws.count = 0;
	row_params_judge(request, members, count, &flaws);
	if (flaws.count > 0) {
		reply_flaws(&request->http, &flaws);
		return -1;
	}
	*shape = (struct shape){ 0 };
	shape->columns = arena_alloc(arena, (count + 1) * sizeof(*shape->columns));
	shape->conversions = arena_alloc(arena, (count + 1) * sizeof(*shape->conversions));
	shape->members = arena_alloc(arena, (count + 1) * sizeof(*shape->members));
	add_shown(&choice);
	add_hidden(&choice);
	return 0;
}

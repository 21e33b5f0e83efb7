#include "document/projection.h"

#include <string.h>
#include <strings.h>

#include "document/condition.h"
#include "document/row_params.h"
#include "reply/problem.h"
#include "route/params.h"
#include "route/route.h"

long projection_find(const struct projection *projection, const char *name, size_t length)
{
	for (size_t i = 0; i < projection->count; i++) {
		const char *column = projection->columns[i].name;

		if (strncmp(column, name, length) == 0 && column[length] == '\0') {
			return (long)i;
		}
	}
	return -1;
}

long projection_find_any_case(const struct projection *projection, const char *name)
{
	for (size_t i = 0; i < projection->count; i++) {
		if (strcasecmp(projection->columns[i].name, name) == 0) {
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
	struct projection *projection;
	enum units units;
};

static void add(struct choice *choice, size_t member)
{
	struct projection *projection = choice->projection;
	struct column *column = &projection->columns[projection->count];
	struct conversion *conversion = &projection->conversions[projection->count];

	*column = choice->members[member].column;
	if (choice->units != UNITS_METRIC) {
		projection->converts |= units_column(
			choice->units, &choice->request->http.arena, column, conversion);
	}
	projection->members[projection->count++] = (unsigned)member;
}

/* Adds the member of that name, once. */
static void add_name(struct choice *choice, const char *name, size_t length)
{
	if (projection_find(choice->projection, name, length) >= 0) {
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
			projection_find(choice->projection, name, strlen(name)) < 0) {
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
	choice->projection->shown = choice->projection->count;
}

static const struct column *find_member(const void *arg, const char *name)
{
	const struct choice *choice = arg;

	for (size_t i = 0; i < choice->count; i++) {
		if (strcasecmp(choice->members[i].column.name, name) == 0) {
			return &choice->members[i].column;
		}
	}
	return NULL;
}

/* Adds the columns of a test. */
static void add_test(struct choice *choice, const struct where_test *test)
{
	struct condition_columns columns = condition_columns_of(test, find_member, choice);

	if (columns.column != NULL) {
		add_name(choice, columns.column->name, strlen(columns.column->name));
	}
	if (columns.other != NULL) {
		add_name(choice, columns.other->name, strlen(columns.other->name));
	}
}

/* Adds the columns of conditions and order. */
static void add_hidden(struct choice *choice)
{
	const struct values *conditions = request_values(choice->request, HOST_WHERE);
	const struct values *sort = request_values(choice->request, HOST_SORT);
	struct where_fault fault;
	struct where where = { .count = 0 };

	if (conditions->count > 0 && where_parse(&choice->request->http.arena,
					     conditions->texts[0], &where, &fault)) {
		for (size_t i = 0; i < where.count; i++) {
			add_test(choice, &where.tests[i]);
		}
	}
	for (size_t i = 0; i < sort->count; i++) {
		const char *name = sort->texts[i] + (sort->texts[i][0] == '-');

		add_name(choice, name, strlen(name));
	}
}

int projection_choose(struct alm_request *request, const struct member *members, size_t count,
	struct projection *projection)
{
	struct choice choice = { request, members, count, projection, member_units(request) };
	struct arena *arena = &request->http.arena;
	struct violations violations;

	violations.count = 0;
	row_params_check(request, members, count, &violations);
	if (violations.count > 0) {
		reply_violations(&request->http, &violations);
		return -1;
	}
	*projection = (struct projection){ 0 };
	projection->columns = arena_alloc(arena, (count + 1) * sizeof(*projection->columns));
	projection->conversions =
		arena_alloc(arena, (count + 1) * sizeof(*projection->conversions));
	projection->members = arena_alloc(arena, (count + 1) * sizeof(*projection->members));
	add_shown(&choice);
	add_hidden(&choice);
	return 0;
}

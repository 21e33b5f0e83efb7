#include "document/member.h"

#include <string.h>

#include "route/route.h"

const char *const member_marks[] = { "_mflag", "_qflag", "_sflag", "_time", NULL };

bool member_is_mark(const char *name, size_t *length)
{
	for (size_t i = 0; member_marks[i] != NULL; i++) {
		const size_t mark = strlen(member_marks[i]);

		if (*length > mark &&
			strncmp(name + *length - mark, member_marks[i], mark) == 0) {
			*length -= mark;
			return true;
		}
	}
	return false;
}

const struct member *member_declared(struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;
	size_t count = request->route->field_count;
	struct member *members =
		arena_alloc(&request->http.arena, (count + 1) * sizeof(*members));

	for (size_t i = 0; i < count; i++) {
		members[i] = (struct member){ { fields[i].name, fields[i].type, fields[i].unit,
						      fields[i].decimals },
			(fields[i].flags & ALM_HIDDEN) != 0 };
	}
	return members;
}

bool member_is_per_column(const struct alm_request *request)
{
	return (request->route->declared->fields[0].flags & ALM_PER_COLUMN) != 0;
}

enum units member_units(const struct alm_request *request)
{
	const struct values *units = request_values(request, HOST_UNITS);

	return units->count == 0                          ? UNITS_METRIC
	       : strcmp(units->texts[0], "imperial") == 0 ? UNITS_IMPERIAL
	       : strcmp(units->texts[0], "raw") == 0      ? UNITS_RAW
							  : UNITS_METRIC;
}

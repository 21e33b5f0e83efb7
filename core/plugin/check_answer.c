/* Whether a route can answer what it declares: callback, fields and flags that go together. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/http_field.h"
#include "catalog/station_field.h"
#include "plugin/check.h"
#include "plugin/host_param.h"

enum { DAY_FIELDS = 3 };

static int check_day_fields(const struct alm_route *route, size_t count, struct error *err)
{
	const struct alm_field *fields = route->fields;

	return count == DAY_FIELDS && fields[0].type == ALM_STATION &&
			       fields[1].type == ALM_DATE &&
			       ((fields[0].flags | fields[1].flags) & ALM_PER_ELEMENT) == 0 &&
			       (fields[2].flags & ALM_PER_ELEMENT) != 0
		       ? 0
		       : error_set(err,
				 "ALM_DAYS needs three fields: an ALM_STATION, an ALM_DATE and "
				 "one with ALM_PER_ELEMENT");
}

static int check_statistic_fields(
	const struct alm_route *route, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if ((route->fields[i].flags & ALM_PER_COLUMN) != 0 && count > 1) {
			return error_set(err,
				"field '%s': ALM_PER_COLUMN stands for all fields, so there can "
				"be no other",
				route->fields[i].name);
		}
	}
	return 0;
}

static int check_station_fields(const struct alm_route *route, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct alm_field *field = &route->fields[i];

		if (station_field_find(field->name, field->type) == NULL) {
			return error_set(err,
				"field '%s': ALM_STATIONS has no field of that name and type",
				field->name);
		}
	}
	return 0;
}

static int check_row_fields(const struct alm_route *route, size_t count, struct error *err)
{
	size_t i = 0;

	if ((route->flags & ALM_STATION_FILTER) == 0) {
		return 0;
	}
	while (i < count && route->fields[i].type != ALM_STATION) {
		i++;
	}
	return i < count
		       ? 0
		       : error_set(err,
				 "ALM_STATION_FILTER leaves out rows by their station, and no "
				 "field is of type ALM_STATION");
}

/* What each enum alm_answer goes with. */
static const struct kind {
	const char *name;
	uint32_t flags, field_flags; /* those it may have */
	bool selects;                /* has select(), not handle() */
	bool may_select_all;         /* select() may be missing */
	int (*check_fields)(const struct alm_route *route, size_t count, struct error *err);
} kinds[] = {
	[ALM_DAYS] = { "ALM_DAYS",
		ALM_PAGED | ALM_CURSOR | ALM_SINGLE | ALM_CACHEABLE | ALM_STATION_FILTER |
			ALM_FILTERED,
		ALM_NULLABLE | ALM_HIDDEN | ALM_PER_ELEMENT, true, true, check_day_fields },
	[ALM_STATISTICS] = { "ALM_STATISTICS",
		ALM_PAGED | ALM_CURSOR | ALM_SINGLE | ALM_CACHEABLE | ALM_STATION_FILTER |
			ALM_FILTERED | ALM_COMPLETENESS | ALM_COMPUTED,
		ALM_NULLABLE | ALM_HIDDEN | ALM_PER_COLUMN, true, false,
		check_statistic_fields },
	[ALM_STATIONS] = { "ALM_STATIONS",
		ALM_PAGED | ALM_CURSOR | ALM_SINGLE | ALM_CACHEABLE | ALM_STATION_FILTER |
			ALM_FILTERED,
		ALM_NULLABLE | ALM_HIDDEN, true, true, check_station_fields },
	[ALM_ROWS] = { "ALM_ROWS",
		ALM_PAGED | ALM_SINGLE | ALM_CACHEABLE | ALM_STATION_FILTER | ALM_FILTERED,
		ALM_NULLABLE | ALM_HIDDEN, false, false, check_row_fields },
	[ALM_SQL] = { "ALM_SQL", ALM_PAGED | ALM_SINGLE | ALM_CACHEABLE,
		ALM_NULLABLE | ALM_HIDDEN, false, false, NULL },
	[ALM_BYTES] = { "ALM_BYTES", 0, 0, false, false, NULL },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct {
	uint32_t flag;
	const char *name, *effect; /* NULL: the host's parameters that it brings */
} route_flags[] = {
	{ ALM_PAGED, "ALM_PAGED", NULL },
	{ ALM_CURSOR, "ALM_CURSOR", NULL },
	{ ALM_SINGLE, "ALM_SINGLE", "one row as an object" },
	{ ALM_CACHEABLE, "ALM_CACHEABLE", "an entity tag of the stored data" },
	{ ALM_STATION_FILTER, "ALM_STATION_FILTER", NULL },
	{ ALM_FILTERED, "ALM_FILTERED", NULL },
	{ ALM_COMPLETENESS, "ALM_COMPLETENESS", NULL },
	{ ALM_COMPUTED, "ALM_COMPUTED", "period and the parameters of the statistic" },
};

/* Whether the flag brings the parameter, alone or as the last of several. */
static bool brings(uint32_t flag, enum host_param param)
{
	uint32_t needs = host_param_needs(param);

	return needs == flag || ((needs & flag) != 0 && flag != ALM_PAGED);
}

/* Writes "a, b and c". */
static void put_params(char *text, size_t size, uint32_t flag)
{
	const char *names[HOST_PARAMS];
	size_t count = 0, used = 0;

	for (enum host_param i = 0; i < HOST_PARAMS; i++) {
		if (brings(flag, i)) {
			names[count++] = host_param_name(i);
		}
	}
	for (size_t i = 0; i < count && used < size; i++) {
		const char *before = i == 0 ? "" : i == count - 1 ? " and " : ", ";

		used += (size_t)snprintf(text + used, size - used, "%s%s", before, names[i]);
	}
}

/* What a flag adds is documented and checked for clients, so it must have an effect. */
static int check_flags(
	const struct alm_route *route, const struct kind *kind, struct error *err)
{
	uint32_t idle = route->flags & ~kind->flags;

	for (size_t i = 0; i < sizeof(route_flags) / sizeof(route_flags[0]); i++) {
		char params[256] = "";

		if ((idle & route_flags[i].flag) != 0) {
			put_params(params, sizeof(params), route_flags[i].flag);
			return error_set(err, "%s, for %s, has no effect on %s",
				route_flags[i].name,
				route_flags[i].effect != NULL ? route_flags[i].effect : params,
				kind->name);
		}
	}
	return 0;
}

static int check_callbacks(
	const struct alm_route *route, const struct kind *kind, struct error *err)
{
	const char *wanted = kind->selects ? "select()" : "handle()";
	const char *other = kind->selects ? "handle()" : "select()";
	bool has_select = route->select != NULL, has_handle = route->handle != NULL;
	bool has_other = kind->selects ? has_handle : has_select;

	if (has_other) {
		return error_set(
			err, "%s calls %s, so there can be no %s", kind->name, wanted, other);
	}
	if (kind->selects ? !has_select && !kind->may_select_all : !has_handle) {
		return error_set(
			err, "the callback %s, which %s calls, is missing", wanted, kind->name);
	}
	return 0;
}

static int check_field_flags(
	const struct alm_field *field, const struct kind *kind, struct error *err)
{
	uint32_t idle = field->flags & ~kind->field_flags;

	if ((idle & (ALM_PER_ELEMENT | ALM_PER_COLUMN)) != 0) {
		return error_set(err, "field '%s': %s has no effect on %s", field->name,
			(idle & ALM_PER_ELEMENT) != 0 ? "ALM_PER_ELEMENT" : "ALM_PER_COLUMN",
			kind->name);
	}
	return 0;
}

static int check_fields(
	const struct alm_route *route, const struct kind *kind, struct error *err)
{
	size_t count = 0;

	for (; route->fields != NULL && route->fields[count].name != NULL; count++) {
		if (check_field_flags(&route->fields[count], kind, err) < 0) {
			return -1;
		}
	}
	if (route->answer == ALM_BYTES) {
		return route->fields == NULL
			       ? 0
			       : error_set(err,
					 "ALM_BYTES has no rows, so there can be no fields");
	}
	if (count == 0) {
		return error_set(err, "has no fields");
	}
	return kind->check_fields != NULL ? kind->check_fields(route, count, err) : 0;
}

static int check_methods(const struct alm_route *route, struct error *err)
{
	static const uint32_t known =
		ALM_GET | ALM_HEAD | ALM_POST | ALM_PUT | ALM_PATCH | ALM_DELETE;
	uint32_t methods = route->methods;

	if ((methods & ~known) != 0 || route->reserved != 0) {
		return error_set(err,
			"methods 0x%x are not known, or a reserved member is not 0",
			(unsigned)methods);
	}
	if ((methods & ALM_HEAD) != 0 && (methods & ALM_GET) == 0) {
		return error_set(err, "ALM_HEAD needs ALM_GET");
	}
	if ((methods & ~(uint32_t)(ALM_GET | ALM_HEAD)) != 0 &&
		(route->flags & ALM_CACHEABLE) != 0) {
		return error_set(err, "ALM_CACHEABLE is for ALM_GET alone");
	}
	return 0;
}

static int check_media_type(
	const struct alm_route *route, const struct kind *kind, struct error *err)
{
	if (route->media_type == NULL) {
		return 0;
	}
	if (route->answer != ALM_BYTES) {
		return error_set(err, "media_type has no effect on %s", kind->name);
	}
	return http_field_is_media_type(route->media_type)
		       ? 0
		       : error_set(err, "media_type: '%s' is none, such as \"image/png\"",
				 route->media_type);
}

/* The host makes a route of each statistic: the path says of which, the columns are its. */
static int check_computed(const struct alm_route *route, struct error *err)
{
	const struct alm_field *fields = route->fields;

	if ((route->flags & ALM_COMPUTED) == 0) {
		return 0;
	}
	if (route->path == NULL || strstr(route->path, "{statistic}") == NULL) {
		return error_set(
			err, "ALM_COMPUTED needs a path that holds {statistic}, a parameter");
	}
	if (fields == NULL || (fields[0].flags & ALM_PER_COLUMN) == 0) {
		return error_set(err, "ALM_COMPUTED needs a field that is ALM_PER_COLUMN");
	}
	for (const struct alm_param *p = route->params; p != NULL && p->name != NULL; p++) {
		if (strcmp(p->name, "period") == 0) {
			return error_set(err,
				"parameter 'period': with ALM_COMPUTED the host has a parameter of "
				"that name");
		}
	}
	return 0;
}

int check_answer(const struct alm_route *route, struct error *err)
{
	const struct kind *kind = &kinds[route->answer < KINDS ? route->answer : 0];

	if (kind->name == NULL) {
		return error_set(err,
			"answer is %u, none of ALM_DAYS, ALM_STATISTICS, ALM_STATIONS, ALM_ROWS, "
			"ALM_SQL and ALM_BYTES",
			(unsigned)route->answer);
	}
	return check_computed(route, err) < 0 || check_methods(route, err) < 0 ||
			       check_callbacks(route, kind, err) < 0 ||
			       check_fields(route, kind, err) < 0 ||
			       check_flags(route, kind, err) < 0 ||
			       check_media_type(route, kind, err) < 0
		       ? -1
		       : 0;
}

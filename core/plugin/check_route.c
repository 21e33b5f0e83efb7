#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "plugin/check.h"
#include "plugin/host_param.h"

enum { PATH_MAX_BYTES = 200 };

static const uint32_t param_flags = ALM_REQUIRED | ALM_LIST | ALM_SPAN;
static const uint32_t field_flags =
	ALM_NULLABLE | ALM_PER_ELEMENT | ALM_HIDDEN | ALM_PER_COLUMN;
static const uint32_t route_flags = ALM_PAGED | ALM_CURSOR | ALM_SINGLE | ALM_CACHEABLE |
				    ALM_STATION_FILTER | ALM_FILTERED | ALM_COMPLETENESS |
				    ALM_COMPUTED;

static const struct alm_param *find_param(
	const struct alm_route *route, const char *name, size_t length)
{
	for (const struct alm_param *p = route->params; p != NULL && p->name != NULL; p++) {
		if (strlen(p->name) == length && memcmp(p->name, name, length) == 0) {
			return p;
		}
	}
	return NULL;
}

/* One part of the path between slashes: literal, or {name} of a parameter. */
static int check_segment(
	const struct alm_route *route, const char *segment, size_t length, struct error *err)
{
	static const char literal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~";
	const struct alm_param *param;

	if (length == 0) {
		return error_set(err, "the path has an empty segment");
	}
	if (segment[0] != '{') {
		return strspn(segment, literal) >= length
			       ? 0
			       : error_set(err,
					 "the path segment '%.*s' has characters other than "
					 "A-Z a-z 0-9 - . _ ~",
					 (int)length, segment);
	}
	if (length < 3 || segment[length - 1] != '}') {
		return error_set(
			err, "the path segment '%.*s' is not {name}", (int)length, segment);
	}
	param = find_param(route, segment + 1, length - 2);
	if (param == NULL) {
		return error_set(err, "the path names %.*s, which is not among the parameters",
			(int)length, segment);
	}
	if ((param->flags & ALM_LIST) != 0 || param->default_value != NULL) {
		return error_set(err, "the path parameter '%s' can be neither list nor default",
			param->name);
	}
	return 0;
}

int check_path(const struct alm_route *route, struct error *err)
{
	const char *p = route->path;

	if (p == NULL || p[0] != '/' || strlen(p) > PATH_MAX_BYTES) {
		return error_set(err,
			"the path must begin with '/' and have at most %d characters",
			PATH_MAX_BYTES);
	}
	while (*p == '/') {
		size_t length = strcspn(p + 1, "/");

		if (check_segment(route, p + 1, length, err) < 0) {
			return -1;
		}
		p += 1 + length;
	}
	return 0;
}

static bool is_one_of(const char *text, const char *const *choices)
{
	for (; *choices != NULL; choices++) {
		if (strcmp(text, *choices) == 0) {
			return true;
		}
	}
	return false;
}

static int check_param(const struct alm_param *param, struct error *err)
{
	if (!check_is_name(param->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (param->type < ALM_TEXT || param->type > ALM_YEARS) {
		return error_set(
			err, "the type %u is none of enum alm_type", (unsigned)param->type);
	}
	if ((param->flags & ~param_flags) != 0) {
		return error_set(err, "flags 0x%x are not known", (unsigned)param->flags);
	}
	if (check_text(param->help, "help", err) < 0 ||
		check_prose(param->example, "example", err) < 0 ||
		check_prose(param->default_value, "default_value", err) < 0) {
		return -1;
	}
	for (size_t i = 0; param->choices != NULL && param->choices[i] != NULL; i++) {
		if (check_text(param->choices[i], "choice", err) < 0) {
			return -1;
		}
	}
	if (param->min > param->max) {
		return error_set(err, "the bounds %lld to %lld hold no value",
			(long long)param->min, (long long)param->max);
	}
	if (param->choices != NULL && param->type != ALM_TEXT) {
		return error_set(err, "choices are for type ALM_TEXT");
	}
	if (param->default_value != NULL && (param->flags & ALM_REQUIRED) != 0) {
		return error_set(err, "what is required has no default_value");
	}
	if (param->default_value != NULL && param->choices != NULL &&
		!is_one_of(param->default_value, param->choices)) {
		return error_set(err, "the default_value '%s' is none of the choices",
			param->default_value);
	}
	if ((param->flags & ALM_SPAN) != 0 && param->type != ALM_DATE) {
		return error_set(err, "ALM_SPAN is for type ALM_DATE");
	}
	if (param->max_values != 0 && (param->flags & ALM_LIST) == 0 &&
		param->type != ALM_YEARS) {
		return error_set(err, "max_values is for ALM_LIST and ALM_YEARS");
	}
	if (param->reserved != 0 || param->reserved2[0] != NULL ||
		param->reserved2[1] != NULL) {
		return error_set(err, "reserved members must be 0");
	}
	return 0;
}

int check_params(const struct alm_param *params, struct error *err)
{
	for (size_t i = 0; params != NULL && params[i].name != NULL; i++) {
		if (i >= CHECK_LIST_MAX) {
			return error_set(err,
				"more than %d parameters; is the last one's name NULL?",
				CHECK_LIST_MAX);
		}
		if (check_param(&params[i], err) < 0) {
			return error_prefix(err, "parameter '%s': ", params[i].name);
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(params[i].name, params[j].name) == 0) {
				return error_set(err, "parameter '%s' is declared twice",
					params[i].name);
			}
		}
	}
	return 0;
}

static int check_field(const struct alm_field *field, struct error *err)
{
	if ((field->flags & (ALM_PER_ELEMENT | ALM_PER_COLUMN)) == 0 &&
		!check_is_name(field->name, 64)) {
		return error_set(err, "the name must be 1 to 64 of a-z, 0-9, '_'");
	}
	if (field->type < ALM_TEXT || field->type > ALM_ELEMENT) {
		return error_set(
			err, "the type %u is none of enum alm_type", (unsigned)field->type);
	}
	if ((field->flags & ~field_flags) != 0) {
		return error_set(err, "flags 0x%x are not known", (unsigned)field->flags);
	}
	if (field->decimals < 0 || field->decimals > NUMBER_DECIMALS_MAX) {
		return error_set(err, "decimals is %d, not 0 to %d", (int)field->decimals,
			NUMBER_DECIMALS_MAX);
	}
	if (field->reserved != 0 || field->reserved2[0] != NULL ||
		field->reserved2[1] != NULL) {
		return error_set(err, "reserved members must be 0");
	}
	return check_prose(field->unit, "unit", err) < 0 ? -1
							 : check_text(field->help, "help", err);
}

static int check_fields(const struct alm_field *fields, struct error *err)
{
	for (size_t n = 0; fields != NULL && fields[n].name != NULL; n++) {
		if (n >= CHECK_LIST_MAX) {
			return error_set(err,
				"more than %d fields; is the last one's name NULL?",
				CHECK_LIST_MAX);
		}
		if (check_field(&fields[n], err) < 0) {
			return error_prefix(err, "field '%s': ", fields[n].name);
		}
		for (size_t j = 0; j < n; j++) {
			if (strcmp(fields[n].name, fields[j].name) == 0) {
				return error_set(
					err, "field '%s' is declared twice", fields[n].name);
			}
		}
	}
	return 0;
}

static int check_flags(uint32_t flags, struct error *err)
{
	if ((flags & ~route_flags) != 0) {
		return error_set(err, "flags 0x%x are not known", (unsigned)flags);
	}
	if ((flags & ALM_CURSOR) != 0 && (flags & ALM_PAGED) == 0) {
		return error_set(err, "ALM_CURSOR needs ALM_PAGED");
	}
	if ((flags & ALM_FILTERED) != 0 && (flags & ALM_PAGED) == 0) {
		return error_set(err, "ALM_FILTERED needs ALM_PAGED");
	}
	if ((flags & ALM_SINGLE) != 0 && (flags & ALM_PAGED) != 0) {
		return error_set(err, "ALM_SINGLE cannot be ALM_PAGED");
	}
	return 0;
}

/* Names that are the host's, for all routes or for those that have the host's parameter. */
static int check_host_params(const struct alm_route *route, struct error *err)
{
	for (const struct alm_param *p = route->params; p != NULL && p->name != NULL; p++) {
		enum host_param host = host_param_find(p->name, route);

		if (host < HOST_PARAMS) {
			return error_set(err,
				"parameter '%s': the host has a parameter of that name%s",
				p->name,
				host_param_needs(host) == ALM_STATION_FILTER
					? " with ALM_STATION_FILTER"
					: "");
		}
	}
	return 0;
}

int check_route(const struct alm_route *route, struct error *err)
{
	int bad = check_params(route->params, err) < 0 || check_path(route, err) < 0 ||
		  check_text(route->summary, "summary", err) < 0 ||
		  check_prose(route->help, "help", err) < 0 ||
		  check_fields(route->fields, err) < 0 || check_flags(route->flags, err) < 0 ||
		  check_host_params(route, err) < 0 || check_answer(route, err) < 0;

	return bad ? error_prefix(err, "route '%s': ", route->path != NULL ? route->path : "")
		   : 0;
}

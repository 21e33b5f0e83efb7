#include "route/query.h"
#include "reply/problem.h"

#include <ctype.h>
#include <string.h>

#include "catalog/catalog.h"
#include "route/hints.h"
#include "route/route.h"

static void add_captures(
	struct query *query, const struct capture *captures, size_t capture_count)
{
	const struct route *route = query->request->route;

	for (size_t i = 0; i < capture_count; i++) {
		const struct capture *capture = &captures[i];
		size_t name_length = strcspn(capture->name, "}");
		char *text =
			arena_copy(&query->request->http.arena, capture->text, capture->length);

		for (unsigned p = 0; p < route->param_count; p++) {
			const char *name = route->declared->params[p].name;

			if (strlen(name) == name_length &&
				memcmp(name, capture->name, name_length) == 0) {
				query->pairs[query->pair_count++] =
					(struct query_pair){ p, { text, capture->length } };
			}
		}
	}
}

/* Texts of the parameters that the query may have, NULL-terminated. */
static const char *const *query_names(struct query *query)
{
	size_t count = 0;
	const char **names = arena_alloc(
		&query->request->http.arena, (query->declared_count + 1) * sizeof(*names));

	for (size_t i = 0; i < query->declared_count; i++) {
		if (!route_is_of_path(query->request->route, i)) {
			names[count++] = query->declared[i]->name;
		}
	}
	return names;
}

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text));

	for (char *p = copy; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	return copy;
}

/* Fields that conditions can be on, as far as they are known before the parameters are. */
static const char *const *field_names(struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;
	const struct catalog *catalog = request->catalog;
	size_t elements = catalog != NULL ? catalog->element_count : 0, count = 0;
	struct arena *arena = &request->http.arena;
	const char **names = arena_alloc(
		arena, (request->route->field_count + elements + 1) * sizeof(*names));

	for (size_t i = 0; i < request->route->field_count; i++) {
		if ((fields[i].flags & ALM_PER_ELEMENT) != 0) {
			for (size_t e = 0; e < elements; e++) {
				names[count++] = lower(arena, catalog->elements[e].code);
			}
			elements = 0;
		} else if ((fields[i].flags & ALM_PER_COLUMN) == 0) {
			names[count++] = fields[i].name;
		}
	}
	names[count] = NULL;
	return names;
}

static void note_unknown(
	struct query *query, const struct url_text *name, const struct url_text *value)
{
	struct problem problem = { .status = 422, .param = name->text, .value = value->text };
	struct arena *arena = &query->request->http.arena;

	problem.allowed = query_names(query);
	violations_add(query->violations, arena, &problem, "there is no parameter '%s' here%s",
		name->text,
		hint_param(arena, name->text, value->text, problem.allowed,
			field_names(query->request)));
}

/* Index of the query parameter of that name, or declared_count. */
static unsigned find_param(const struct query *query, const char *name)
{
	unsigned i = 0;

	for (; i < query->declared_count; i++) {
		if (strcmp(query->declared[i]->name, name) == 0 &&
			!route_is_of_path(query->request->route, i)) {
			break;
		}
	}
	return i;
}

/* False: the part cannot be read. */
static bool decode_part(
	struct query *query, const char *text, size_t length, struct url_text *decoded)
{
	struct arena *arena = &query->request->http.arena;
	const char *flaw = url_decode(arena, URL_QUERY, text, length, decoded);

	if (flaw != NULL) {
		violations_add(query->violations, arena, &(struct problem){ .status = 400 },
			"the query cannot be read: %s", flaw);
	}
	return flaw == NULL;
}

/* False: it cannot be read. */
static bool add_part(struct query *query, const char *part, size_t length)
{
	const char *equals = memchr(part, '=', length);
	size_t name_length = equals != NULL ? (size_t)(equals - part) : length;
	size_t value_length = equals != NULL ? length - name_length - 1 : 0;
	struct url_text name, value;
	unsigned param;

	if (!decode_part(query, part, name_length, &name) ||
		!decode_part(query, part + length - value_length, value_length, &value)) {
		return false;
	}
	param = find_param(query, name.text);
	if (param == query->declared_count) {
		note_unknown(query, &name, &value);
	} else {
		query->pairs[query->pair_count++] = (struct query_pair){ param, value };
	}
	return true;
}

static bool add_query(struct query *query)
{
	const char *p = query->request->query;

	while (*p != '\0') {
		size_t length = strcspn(p, "&");

		/* "a=1&&b=2" is what some clients make. */
		if (length > 0 && !add_part(query, p, length)) {
			return false;
		}
		p += length + (p[length] == '&');
	}
	return true;
}

static size_t count_parts(const char *query)
{
	size_t count = 1;

	for (; *query != '\0'; query++) {
		count += *query == '&';
	}
	return count;
}

bool query_read(struct query *query, const struct capture *captures, size_t capture_count)
{
	struct alm_request *request = query->request;
	size_t most = capture_count + count_parts(request->query);

	if (most > capture_count + QUERY_PARTS_MAX) {
		violations_add(query->violations, &request->http.arena,
			&(struct problem){ .status = 400 }, "the query has more than %d parts",
			QUERY_PARTS_MAX);
		return false;
	}
	query->pairs = arena_alloc(&request->http.arena, most * sizeof(*query->pairs));
	add_captures(query, captures, capture_count);
	return add_query(query);
}

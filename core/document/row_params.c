#include "document/row_params.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "catalog/catalog.h"
#include "document/condition.h"
#include "document/stat_member.h"
#include "format/units.h"
#include "reply/problem.h"
#include "route/hints.h"
#include "route/params.h"
#include "route/route.h"
#include "route/value_words.h"

enum { TOLD_MAX = 12 /* names of fields in a sentence; `allowed` has all */ };

struct judging {
	struct alm_request *request;
	const struct member *members;
	size_t count;
	const char *const *names; /* of the members, NULL-terminated */
	struct violations *violations;
};

static void note(
	const struct judging *judging, const char *param, const char *value, const char *what)
{
	struct problem problem = { .status = 422, .param = param, .value = value };

	violations_add(judging->violations, &judging->request->http.arena, &problem, "%s: %s",
		param, what);
}

static const struct column *find(const struct judging *judging, const char *name, size_t length)
{
	for (size_t i = 0; i < judging->count; i++) {
		const struct column *column = &judging->members[i].column;

		if (strncmp(column->name, name, length) == 0 && column->name[length] == '\0') {
			return column;
		}
	}
	return NULL;
}

/* -- Fields that there are not -------------------------------------------- */

static const char *upper(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text));

	for (char *p = copy; *p != '\0'; p++) {
		*p = (char)toupper((unsigned char)*p);
	}
	return copy;
}

/* Codes of the elements among the members, with commas between them; "": none. */
static const char *elements_shown(const struct judging *judging)
{
	struct arena *arena = &judging->request->http.arena;
	const char *text = "";

	for (size_t i = 0; i < judging->count; i++) {
		const struct column *column = &judging->members[i].column;

		if (column->stored) {
			text = arena_printf(arena, "%s%s%s", text, text[0] != '\0' ? "," : "",
				upper(arena, column->name));
		}
	}
	return text;
}

/* NULL: it is no element that days could have. */
static const char *say_element(const struct judging *judging, const char *name)
{
	const struct catalog *catalog = judging->request->catalog;
	const char *shown = elements_shown(judging);
	long element = catalog != NULL ? catalog_find_element(catalog, name) : -1;

	if (shown[0] == '\0' || element < 0 || find(judging, name, strlen(name)) != NULL) {
		return NULL;
	}
	return arena_printf(&judging->request->http.arena,
		"%s is not among elements=%s; add %s", name, shown,
		catalog->elements[element].code);
}

/* "; there are ...": those that are shown unasked, if they are few. */
static const char *say_fields(const struct judging *judging)
{
	const char **names = arena_alloc(
		&judging->request->http.arena, (judging->count + 1) * sizeof(*names));
	size_t told = 0;

	for (size_t i = 0; i < judging->count; i++) {
		if (!judging->members[i].on_request) {
			names[told++] = judging->names[i];
		}
	}
	if (told == 0 || told > TOLD_MAX) {
		return "";
	}
	return arena_printf(&judging->request->http.arena, "; there are %s%s",
		words_list(&judging->request->http.arena, names),
		told < judging->count ? ", and those that fields=* shows" : "");
}

static void note_unknown(
	const struct judging *judging, const char *param, const char *value, const char *name)
{
	struct arena *arena = &judging->request->http.arena;
	struct problem problem = {
		.status = 422, .param = param, .value = value, .allowed = judging->names
	};
	const char *hint = hint_field(arena, name, judging->names);
	const char *element = hint[0] == '\0' ? say_element(judging, name) : NULL;

	if (element != NULL) {
		violations_add(judging->violations, arena, &problem, "%s: %s", param, element);
		return;
	}
	violations_add(judging->violations, arena, &problem, "%s: there is no field '%s'%s",
		param, name, hint[0] != '\0' ? hint : say_fields(judging));
}

/* -- Each parameter ------------------------------------------------------- */

/* Names with something else than a comma between them; NULL: it is one. */
static const char *say_parted(const struct judging *judging, const char *text)
{
	return text[strcspn(text, " ;|")] != '\0'
		       ? arena_printf(&judging->request->http.arena,
				 "'%s' is no field; names are separated by commas alone", text)
		       : NULL;
}

static void judge_field(const struct judging *judging, const char *text)
{
	size_t spaces = strspn(text, " ");
	const char *flaw;

	if (strcmp(text, "*") == 0 || find(judging, text, strlen(text)) != NULL) {
		return;
	}
	if (spaces > 0 && text[spaces] != '\0') {
		note(judging, "fields", text,
			arena_printf(&judging->request->http.arena,
				"'%s' begins with a space; leave it out: %s", text,
				text + spaces));
		return;
	}
	flaw = say_parted(judging, text);
	if (flaw != NULL) {
		note(judging, "fields", text, flaw);
		return;
	}
	note_unknown(judging, "fields", text, text);
}

static void judge_condition(const struct judging *judging, const char *text)
{
	struct arena *arena = &judging->request->http.arena;
	size_t length = condition_name_length(text);
	const struct column *column = find(judging, text, length);
	struct condition condition;
	const char *flaw = condition_read(arena, NULL, text, &condition);
	const char *value = condition_value(text);

	if (flaw == NULL && column == NULL) {
		note_unknown(judging, "where", text, arena_copy(arena, text, length));
		return;
	}
	if (flaw == NULL && column->type != ALM_TEXT && column->type != ALM_STATION &&
		column->type != ALM_ELEMENT && value[0] != '\0' &&
		find(judging, value, strlen(value)) != NULL) {
		flaw = arena_printf(arena,
			"'%s' compares two fields; a field can only be compared with a value, such "
			"as %.*s%s",
			text, (int)(value - text), text,
			column->type == ALM_DATE      ? "2014-12-31"
			: column->type == ALM_BOOLEAN ? "true"
						      : "20");
	}
	if (flaw == NULL) { /* the value is of the unit that is shown */
		struct column shown = *column;
		struct conversion unused;

		units_column(member_units(judging->request), arena, &shown, &unused);
		flaw = condition_read(arena, &shown, text, &condition);
	}
	if (flaw != NULL) {
		note(judging, "where", text, flaw);
	}
}

/* Whether a text is a word for an order; *descending says which. */
static bool is_direction(const char *text, bool *descending)
{
	*descending = strncasecmp(text, "desc", 4) == 0;
	return *descending || strncasecmp(text, "asc", 3) == 0;
}

/* "tmax desc", "tmax:desc", "+tmax"; NULL: it is written in no such way. */
static const char *say_order(const struct judging *judging, const char *text)
{
	struct arena *arena = &judging->request->http.arena;
	size_t minus = text[0] == '-', plus = text[0] == '+' || text[0] == ' ';
	const char *name = text + (minus > 0 ? minus : plus);
	size_t length = strcspn(name, " :.");
	bool descending;

	if (plus > 0 && name[0] != '\0') {
		return arena_printf(arena,
			"'%s' begins with a %s; without a sign the order is ascending already: %s",
			text, text[0] == ' ' ? "space, which + in a URL is" : "+", name);
	}
	if (name[length] == '\0' || !is_direction(name + length + 1, &descending)) {
		return NULL;
	}
	return descending ? arena_printf(arena, "for descending write -%.*s", (int)length, name)
			  : arena_printf(arena, "ascending needs no word: write %.*s",
				    (int)length, name);
}

static void judge_order(const struct judging *judging, const char *text)
{
	const char *name = text + (text[0] == '-'), *flaw;

	if (find(judging, name, strlen(name)) != NULL) {
		return;
	}
	flaw = name[0] != '\0' ? say_order(judging, text)
			       : "after '-' the name of a field is missing";
	if (flaw == NULL) {
		flaw = say_parted(judging, name);
	}
	if (flaw != NULL) {
		note(judging, "sort", text, flaw);
	} else {
		note_unknown(judging, "sort", text, name);
	}
}

/* -- All of them ---------------------------------------------------------- */

static bool is_given(const struct alm_request *request)
{
	return request_values(request, HOST_FIELDS)->count > 0 ||
	       request_values(request, HOST_WHERE)->count > 0 ||
	       request_values(request, HOST_SORT)->count > 0;
}

static const char *const *list_names(
	struct arena *arena, const struct member *members, size_t count)
{
	const char **names = arena_alloc(arena, (count + 1) * sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		names[i] = members[i].column.name;
	}
	return names;
}

void row_params_judge(struct alm_request *request, const struct member *members, size_t count,
	struct violations *violations)
{
	static const struct {
		enum host_param param;
		void (*judge)(const struct judging *judging, const char *text);
	} judges[] = {
		{ HOST_FIELDS, judge_field },
		{ HOST_WHERE, judge_condition },
		{ HOST_SORT, judge_order },
	};
	struct judging judging = { request, members, count, NULL, violations };

	if (!is_given(request)) {
		return;
	}
	judging.names = list_names(&request->http.arena, members, count);
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		const struct values *values = request_values(request, judges[i].param);

		for (size_t v = 0; v < values->count; v++) {
			judges[i].judge(&judging, values->texts[v]);
		}
	}
}

/* -- Before the route has said what it sends ------------------------------ */

/* The statistics that the path names; NULL: it names none. */
static const struct catalog_calculator *named_calculator(const struct alm_request *request)
{
	const struct route *route = request->route;

	for (size_t i = 0; i < route->param_count; i++) {
		const struct alm_param *param = route->params[i];
		const struct values *values = &request->params[i];
		long at = -1;

		if (param->type == ALM_TEXT && values->count == 1 &&
			route_path_names(route->declared, param->name)) {
			at = catalog_find_calculator(request->catalog, values->texts[0]);
		}
		if (at >= 0) {
			return &request->catalog->calculators[at];
		}
	}
	return NULL;
}

/* The elements that the parameters name; all if what they name cannot be read. */
static struct values named_elements(struct alm_request *request)
{
	const struct route *route = request->route;
	const struct catalog *catalog = request->catalog;
	const char **codes;

	for (size_t i = 0; i < route->param_count; i++) {
		if (route->params[i]->type == ALM_ELEMENT && request->params[i].count > 0) {
			return request->params[i];
		}
	}
	codes = arena_alloc(
		&request->http.arena, (catalog->element_count + 1) * sizeof(*codes));
	for (size_t i = 0; i < catalog->element_count; i++) {
		codes[i] = catalog->elements[i].code;
	}
	return (struct values){ .texts = codes, .count = catalog->element_count };
}

static struct column element_column(struct arena *arena, const char *code)
{
	char *name = arena_copy(arena, code, strlen(code));

	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	return (struct column){ .name = name, .type = ALM_NUMBER, .stored = true };
}

/* The declared fields, with the elements in place of the one that stands for them. */
static const struct member *with_elements(struct alm_request *request, size_t *count)
{
	const struct alm_field *fields = request->route->declared->fields;
	const struct member *declared = member_declared(request);
	struct values elements = named_elements(request);
	struct member *members = arena_alloc(&request->http.arena,
		(request->route->field_count + elements.count) * sizeof(*members));

	*count = 0;
	for (size_t i = 0; i < request->route->field_count; i++) {
		if ((fields[i].flags & ALM_PER_ELEMENT) == 0) {
			members[(*count)++] = declared[i];
			continue;
		}
		for (size_t e = 0; e < elements.count; e++) {
			members[(*count)++].column =
				element_column(&request->http.arena, elements.texts[e]);
		}
	}
	return members;
}

void row_params_judge_early(struct alm_request *request, struct violations *violations)
{
	const struct member *members;
	const struct stat_member *places;
	const struct catalog_calculator *calculator;
	size_t count;

	if (!is_given(request) || request->catalog == NULL) {
		return;
	}
	if (!member_is_per_column(request)) {
		members = with_elements(request, &count);
		row_params_judge(request, members, count, violations);
		return;
	}
	calculator = named_calculator(request);
	if (calculator != NULL) {
		count = stat_member_list(calculator, &request->http.arena, &members, &places);
		row_params_judge(request, members, count, violations);
	}
}

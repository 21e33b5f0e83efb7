#include "document/row_params.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "catalog/catalog.h"
#include "document/condition.h"
#include "document/stat_choice.h"
#include "document/stat_member.h"
#include "format/units.h"
#include "reply/problem.h"
#include "route/hints.h"
#include "route/params.h"
#include "route/route.h"
#include "route/value_words.h"

enum { TOLD_MAX = 12 /* names of fields in a sentence; `allowed` has all */ };

/* A request whose parameters are checked against the members that its rows can have. */
struct row_check {
	struct alm_request *request;
	const struct member *members;
	size_t count;
	const char *const *names; /* of the members, NULL-terminated */
	/* Flags and times of elements are no members yet: whether they will be is known once
	 * the route has selected. */
	bool early;
	struct violations *violations;
};

/* `lead` is the parameter's name, and the place if there is one. */
static void add_violation(const struct row_check *check, const char *param, const char *lead,
	const char *value, const char *what)
{
	struct problem problem = { .status = 422, .param = param, .value = value };

	violations_add(
		check->violations, &check->request->http.arena, &problem, "%s: %s", lead, what);
}

static const struct column *find(const struct row_check *check, const char *name, size_t length)
{
	for (size_t i = 0; i < check->count; i++) {
		const struct column *column = &check->members[i].column;

		if (strncmp(column->name, name, length) == 0 && column->name[length] == '\0') {
			return column;
		}
	}
	if (check->early && member_is_mark(name, &length)) {
		static const struct column mark = { .name = "mark", .type = ALM_TEXT };
		const struct column *element = find(check, name, length);

		return element != NULL && element->stored ? &mark : NULL;
	}
	return NULL;
}

/* -- Unknown fields -------------------------------------------------------- */

static const char *upper(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text));

	for (char *p = copy; *p != '\0'; p++) {
		*p = (char)toupper((unsigned char)*p);
	}
	return copy;
}

/* Codes of the elements among the members, separated by commas; "": none. */
static const char *elements_shown(const struct row_check *check)
{
	struct arena *arena = &check->request->http.arena;
	const char *text = "";

	for (size_t i = 0; i < check->count; i++) {
		const struct column *column = &check->members[i].column;

		if (column->stored) {
			text = arena_printf(arena, "%s%s%s", text, text[0] != '\0' ? "," : "",
				upper(arena, column->name));
		}
	}
	return text;
}

/* Message for an element that is stored but not selected; NULL: the name is none. */
static const char *explain_element(const struct row_check *check, const char *name)
{
	const struct catalog *catalog = check->request->catalog;
	const char *shown = elements_shown(check);
	long element = catalog != NULL ? catalog_find_element(catalog, name) : -1;

	if (shown[0] == '\0' || element < 0 || find(check, name, strlen(name)) != NULL) {
		return NULL;
	}
	return arena_printf(&check->request->http.arena, "%s is not among elements=%s; add %s",
		name, shown, catalog->elements[element].code);
}

/* "; there are ..." with the fields shown by default, if they are few. */
static const char *explain_fields(const struct row_check *check)
{
	const char **names =
		arena_alloc(&check->request->http.arena, (check->count + 1) * sizeof(*names));
	size_t told = 0;

	for (size_t i = 0; i < check->count; i++) {
		if (!check->members[i].on_request) {
			names[told++] = check->names[i];
		}
	}
	if (told == 0 || told > TOLD_MAX) {
		return "";
	}
	return arena_printf(&check->request->http.arena, "; there are %s%s",
		words_list(&check->request->http.arena, names),
		told < check->count ? ", and those that fields=* shows" : "");
}

static void add_unknown(const struct row_check *check, const char *param, const char *lead,
	const char *value, const char *name)
{
	struct arena *arena = &check->request->http.arena;
	struct problem problem = {
		.status = 422, .param = param, .value = value, .allowed = check->names
	};
	const char *hint = hint_field(arena, name, check->names);
	const char *element = hint[0] == '\0' ? explain_element(check, name) : NULL;

	if (element != NULL) {
		violations_add(check->violations, arena, &problem, "%s: %s", lead, element);
		return;
	}
	violations_add(check->violations, arena, &problem, "%s: there is no field '%s'%s", lead,
		name, hint[0] != '\0' ? hint : explain_fields(check));
}

/* -- Each parameter ------------------------------------------------------- */

/* Message for names separated otherwise than by a comma; NULL: it is one name. */
static const char *explain_separator(const struct row_check *check, const char *text)
{
	return text[strcspn(text, " ;|")] != '\0'
		       ? arena_printf(&check->request->http.arena,
				 "'%s' is no field; names are separated by commas alone", text)
		       : NULL;
}

static void check_field(const struct row_check *check, const char *text)
{
	size_t spaces = strspn(text, " ");
	const char *why;

	if (strcmp(text, "*") == 0 || find(check, text, strlen(text)) != NULL) {
		return;
	}
	if (spaces > 0 && text[spaces] != '\0') {
		add_violation(check, "fields", "fields", text,
			arena_printf(&check->request->http.arena,
				"'%s' begins with a space; leave it out: %s", text,
				text + spaces));
		return;
	}
	why = explain_separator(check, text);
	if (why != NULL) {
		add_violation(check, "fields", "fields", text, why);
		return;
	}
	add_unknown(check, "fields", "fields", text, text);
}

static const struct column *find_any_case(const void *arg, const char *name)
{
	const struct row_check *check = arg;

	for (size_t i = 0; i < check->count; i++) {
		if (strcasecmp(check->members[i].column.name, name) == 0) {
			return &check->members[i].column;
		}
	}
	return NULL;
}

/* The column in the displayed unit, in which values are. */
static const struct column *displayed(
	const struct row_check *check, const struct column *column)
{
	struct column *shown = arena_alloc(&check->request->http.arena, sizeof(*shown));
	struct conversion unused;

	*shown = *column;
	units_column(member_units(check->request), &check->request->http.arena, shown, &unused);
	return shown;
}

static void check_test(const struct row_check *check, const struct where_test *test)
{
	struct arena *arena = &check->request->http.arena;
	struct condition_columns columns = condition_columns_of(test, find_any_case, check);
	const char *where =
		test->place == 0 ? "where"
				 : arena_printf(arena, "where: at character %zu", test->place);
	struct condition condition;
	const char *why;

	if (columns.column == NULL) {
		add_unknown(check, "where", where, test->text, test->name);
		return;
	}
	columns.column = displayed(check, columns.column);
	why = condition_read(arena, check->request->catalog, &columns, test, &condition);
	if (why != NULL) {
		add_violation(check, "where", where, test->text, why);
	}
}

static void check_where(const struct row_check *check, const char *text)
{
	struct where_fault fault;
	struct where where;

	if (!where_parse(&check->request->http.arena, text, &where, &fault)) {
		add_violation(check, "where", "where", fault.text, fault.what);
		return;
	}
	for (size_t i = 0; i < where.count; i++) {
		check_test(check, &where.tests[i]);
	}
}

/* Whether a text is a word for an order; sets *descending. */
static bool is_direction(const char *text, bool *descending)
{
	*descending = strncasecmp(text, "desc", 4) == 0;
	return *descending || strncasecmp(text, "asc", 3) == 0;
}

/* Message for "tmax desc", "tmax:desc" and "+tmax"; NULL: it is none of them. */
static const char *explain_order(const struct row_check *check, const char *text)
{
	struct arena *arena = &check->request->http.arena;
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

static void check_order(const struct row_check *check, const char *text)
{
	const char *name = text + (text[0] == '-'), *why;

	if (find(check, name, strlen(name)) != NULL) {
		return;
	}
	why = name[0] != '\0' ? explain_order(check, text)
			      : "after '-' the name of a field is missing";
	if (why == NULL) {
		why = explain_separator(check, name);
	}
	if (why != NULL) {
		add_violation(check, "sort", "sort", text, why);
	} else {
		add_unknown(check, "sort", "sort", text, name);
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

static void check_all(struct alm_request *request, const struct member *members, size_t count,
	bool early, struct violations *violations)
{
	static const struct {
		enum host_param param;
		void (*check)(const struct row_check *check, const char *text);
	} checks[] = {
		{ HOST_FIELDS, check_field },
		{ HOST_WHERE, check_where },
		{ HOST_SORT, check_order },
	};
	struct row_check check = { request, members, count, NULL, early, violations };

	if (!is_given(request)) {
		return;
	}
	check.names = list_names(&request->http.arena, members, count);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct values *values = request_values(request, checks[i].param);

		for (size_t v = 0; v < values->count; v++) {
			checks[i].check(&check, values->texts[v]);
		}
	}
}

void row_params_check(struct alm_request *request, const struct member *members, size_t count,
	struct violations *violations)
{
	check_all(request, members, count, false, violations);
}

/* -- Early check ----------------------------------------------------------- */

/* The calculator that the path names; NULL: none. */
static const struct catalog_calculator *named_calculator(struct alm_request *request)
{
	const struct route *route = request->route;
	struct stat_choice choice = { .stored = true };
	long at = -1;

	if ((route->declared->flags & ALM_COMPUTED) != 0) {
		choice = stat_choice_read(request);
	}
	if (!choice.stored) {
		return choice.view != NULL ? stat_choice_calculator(request, choice.view)
					   : NULL;
	}
	for (size_t i = 0; at < 0 && i < route->param_count; i++) {
		const struct values *values = &request->params[i];

		if (route->params[i]->type == ALM_TEXT && values->count == 1 &&
			route_is_of_path(route, i)) {
			at = catalog_find_rows(request->catalog, values->texts[0], choice.kind);
		}
	}
	return at >= 0 ? &request->catalog->calculators[at] : NULL;
}

/* The elements that the parameters name; all if none is valid. */
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

/* The declared fields, the ALM_PER_ELEMENT field replaced by one for each element. */
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

void row_params_check_early(struct alm_request *request, struct violations *violations)
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
		check_all(request, members, count, true, violations);
		return;
	}
	calculator = named_calculator(request);
	if (calculator != NULL) {
		count = stat_member_list(calculator, &request->http.arena, &members, &places);
		row_params_check(request, members, count, violations);
	}
}

#include "route/params.h"
#include "reply/problem.h"

#include <string.h>

#include "base/settings.h"
#include "base/url.h"
#include "catalog/catalog.h"
#include "route/param_value.h"
#include "route/query.h"
#include "route/services.h"
#include "route/station_filter.h"

/* Everything that one request's parameters need while they are read. */
struct parsing {
	struct query query;
	struct judge judge;
};

/* Texts of one parameter before they are judged. */
struct items {
	struct url_text *list;
	size_t count;
};

/* -- What there is ------------------------------------------------------------- */

/* -- Values --------------------------------------------------------------------- */

static size_t count_commas(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++) {
		count += *text == ',';
	}
	return count;
}

/* Adds the values of a list's text; `list` has room for them. */
static void split(struct arena *arena, const struct url_text *text, struct items *items)
{
	char *copy = arena_copy(arena, text->text, text->length);

	for (;;) {
		size_t length = strcspn(copy, ",");
		bool last = copy[length] == '\0';

		copy[length] = '\0';
		items->list[items->count++] = (struct url_text){ copy, length };
		if (last) {
			return;
		}
		copy += length + 1;
	}
}

static void add_items(struct arena *arena, const struct alm_param *param,
	const struct url_text *text, struct items *items)
{
	if ((param->flags & ALM_LIST) != 0) {
		split(arena, text, items);
	} else {
		items->list[items->count++] = *text;
	}
}

static bool is_of(const struct query_pair *pair, unsigned index)
{
	return pair->param == index && pair->value.length > 0;
}

/* The texts of an expression as one, separated by commas: all of them hold. */
static struct items gather_expression(const struct parsing *parsing, unsigned index)
{
	const struct query *query = &parsing->query;
	struct arena *arena = parsing->judge.arena;
	struct items items = { 0 };
	const char *text = NULL;

	for (size_t i = 0; i < query->pair_count; i++) {
		const char *more = query->pairs[i].value.text;

		if (is_of(&query->pairs[i], index)) {
			text = text == NULL ? more : arena_printf(arena, "%s,%s", text, more);
		}
	}
	if (text != NULL) {
		items.list = arena_alloc(arena, sizeof(*items.list));
		items.list[items.count++] = (struct url_text){ text, strlen(text) };
	}
	return items;
}

/* All texts that the request has for a parameter. Empty ones are as if they were not there. */
static struct items gather(const struct parsing *parsing, unsigned index)
{
	const struct query *query = &parsing->query;
	struct arena *arena = parsing->judge.arena;
	struct items items = { 0 };
	size_t most = 0;

	if (host_param_is_expression(query->declared[index])) {
		return gather_expression(parsing, index);
	}
	for (size_t i = 0; i < query->pair_count; i++) {
		if (is_of(&query->pairs[i], index)) {
			most += 1 + count_commas(query->pairs[i].value.text);
		}
	}
	if (most == 0) {
		return items;
	}
	items.list = arena_alloc(arena, most * sizeof(*items.list));
	for (size_t i = 0; i < query->pair_count; i++) {
		if (is_of(&query->pairs[i], index)) {
			add_items(
				arena, query->declared[index], &query->pairs[i].value, &items);
		}
	}
	return items;
}

static struct items gather_text(
	struct arena *arena, const struct alm_param *param, const char *declared)
{
	struct url_text text = { declared, strlen(declared) };
	struct items items = { 0 };

	items.list = arena_alloc(arena, (1 + count_commas(text.text)) * sizeof(*items.list));
	add_items(arena, param, &text, &items);
	return items;
}

static bool is_among(
	enum alm_type type, const struct value *value, const struct value *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (param_value_equal(type, value, &list[i])) {
			return true;
		}
	}
	return false;
}

/* "TMAX,": a value after a comma, or before one, that is not there. Told once. */
static bool has_gap(
	const struct judge *judge, const struct alm_param *param, const struct items *items)
{
	struct problem problem = { .status = 422, .param = param->name, .value = "" };
	size_t i = 0;

	while (i < items->count && items->list[i].length > 0) {
		i++;
	}
	if (items->count < 2 || i == items->count) {
		return false;
	}
	violations_add(judge->violations, judge->arena, &problem,
		"%s: one of its %zu values is empty; leave out the comma that is too many, or give "
		"a value",
		param->name, items->count);
	return true;
}

/* Whether one of the values is "*", which stands for all stored elements. */
static bool is_all(const struct alm_param *param, const struct items *items)
{
	bool found = false;

	for (size_t i = 0; i < items->count; i++) {
		found |= strcmp(items->list[i].text, "*") == 0;
	}
	return found && param->type == ALM_ELEMENT && (param->flags & ALM_LIST) != 0;
}

/* Copied, since the catalog may be replaced by a newer one. */
static void take_all_elements(const struct judge *judge, struct values *values)
{
	size_t count = judge->catalog != NULL ? judge->catalog->element_count : 0;
	struct value *list = arena_alloc(judge->arena, (count + 1) * sizeof(*list));
	const char **texts = arena_alloc(judge->arena, (count + 1) * sizeof(*texts));

	for (size_t i = 0; i < count; i++) {
		const char *code = judge->catalog->elements[i].code;

		texts[i] = list[i].text = arena_copy(judge->arena, code, strlen(code));
	}
	*values = (struct values){ list, texts, count, values->fallback, true };
}

/* Values that were given twice count once. Without items *values is left alone. */
static void judge_items(const struct judge *judge, const struct alm_param *param,
	const struct items *items, struct values *values)
{
	struct value *list;
	const char **texts;
	bool gap;
	size_t count = 0;

	if (items->count == 0) {
		return;
	}
	if (is_all(param, items)) {
		take_all_elements(judge, values);
		return;
	}
	list = arena_alloc(judge->arena, items->count * sizeof(*list));
	texts = arena_alloc(judge->arena, items->count * sizeof(*texts));
	gap = has_gap(judge, param, items);
	for (size_t i = 0; i < items->count; i++) {
		if (gap && items->list[i].length == 0) {
			continue;
		}
		if (param_value_parse(judge, param, &items->list[i], &list[count]) &&
			!is_among(param->type, &list[count], list, count)) {
			texts[count] = list[count].text;
			count++;
		}
	}
	values->list = list;
	values->texts = texts;
	values->count = count;
}

static bool check_count(
	const struct judge *judge, const struct alm_param *param, const struct items *items)
{
	bool is_list = (param->flags & ALM_LIST) != 0;
	size_t most = !is_list                 ? 1
		      : param->max_values != 0 ? param->max_values
					       : PARAMS_LIST_MAX;
	struct problem problem = { .status = 422, .param = param->name };

	if (items->count <= most) {
		return true;
	}
	problem.value = items->list[most].text;
	violations_add(judge->violations, judge->arena, &problem,
		"%s: it has %zu values, of which there may be at most %zu", param->name,
		items->count, most);
	return false;
}

static void read_param(const struct parsing *parsing, unsigned index, struct values *values)
{
	const struct alm_param *param = parsing->query.declared[index];
	struct items items = gather(parsing, index);
	struct judge judge = parsing->judge;

	if (items.count == 0 && param->default_value != NULL) {
		items = gather_text(judge.arena, param, param->default_value);
		judge.keep_unknown = true;
		values->fallback = true;
	}
	if (items.count == 0 && (param->flags & ALM_REQUIRED) != 0) {
		struct problem problem = { .status = 422, .param = param->name };

		violations_add(judge.violations, judge.arena, &problem,
			"%s: it is required%s%s", param->name,
			param->example != NULL ? ", such as " : "",
			param->example != NULL ? param->example : "");
	} else if (check_count(&judge, param, &items)) {
		judge_items(&judge, param, &items, values);
	}
}

/* -- Pages ------------------------------------------------------------------------ */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A page without a number of its own is the first; so page=1 says nothing, and tools that send
 * whatever they could send may send it beside a cursor. */
static void judge_cursor(const struct parsing *parsing, int64_t number)
{
	const struct judge *judge = &parsing->judge;
	struct alm_request *request = parsing->query.request;
	struct problem problem = { .status = 422, .param = host_param_name(HOST_PAGE) };

	if (number > 1) {
		problem.value = request_values(request, HOST_PAGE)->texts[0];
		violations_add(judge->violations, judge->arena, &problem,
			"page: it cannot be combined with cursor; leave one of them out");
	}
	if (request_values(request, HOST_SORT)->count > 0) {
		problem.param = host_param_name(HOST_CURSOR);
		problem.value = request->page.cursor;
		violations_add(judge->violations, judge->arena, &problem,
			"cursor: it walks in the default order; leave out sort, or take page "
			"instead of cursor");
	}
}

static void read_page(const struct parsing *parsing)
{
	struct alm_request *request = parsing->query.request;
	const short *host = request->route->host;
	const struct values *number = request_values(request, HOST_PAGE);
	const struct values *size = request_values(request, HOST_PAGE_SIZE);
	const struct values *cursor = request_values(request, HOST_CURSOR);
	struct page_wish *page = &request->page;

	if (host[HOST_PAGE] < 0) {
		return;
	}
	page->page = number->count > 0 ? number->list[0].integer : 1;
	page->page_size = size->count > 0
				  ? size->list[0].integer
				  : smaller(HOST_PAGE_SIZE_DEFAULT,
					    request->route->params[host[HOST_PAGE_SIZE]]->max);
	page->asked = number->count > 0 || size->count > 0 || cursor->count > 0;
	if (cursor->count > 0) {
		page->cursor = cursor->list[0].text;
		judge_cursor(parsing, page->page);
		page->page = 0;
	}
}

/* -- All of it ---------------------------------------------------------------------- */

void params_parse(struct alm_request *request, const struct capture *captures,
	size_t capture_count, struct violations *violations)
{
	struct parsing parsing = { .query = { .request = request,
					   .declared = request->route->params,
					   .declared_count = request->route->all_count,
					   .violations = violations },
		.judge = {
			&request->http.arena, request->catalog, violations, request, false } };
	struct values *values;

	if (!query_read(&parsing.query, captures, capture_count)) {
		return;
	}
	values = arena_alloc(&request->http.arena, request->route->all_count * sizeof(*values));
	for (unsigned i = 0; i < request->route->all_count; i++) {
		read_param(&parsing, i, &values[i]);
	}
	request->params = values;
	read_page(&parsing);
	request->filter = station_filter_read(request, violations);
}

static bool is_fallback(
	struct alm_request *request, const struct alm_param *param, const struct values *values)
{
	struct violations violations = { .count = 0 };
	struct judge judge = { &request->http.arena, request->catalog, &violations, request,
		true };
	struct values fallback = { 0 };
	struct items items;

	if (param->default_value == NULL || values->fallback) {
		return values->fallback;
	}
	items = gather_text(&request->http.arena, param, param->default_value);
	judge_items(&judge, param, &items, &fallback);
	if (values->all || fallback.all) {
		return values->all == fallback.all;
	}
	for (size_t i = 0; i < values->count && i < fallback.count; i++) {
		if (!param_value_equal(param->type, &values->list[i], &fallback.list[i])) {
			return false;
		}
	}
	return values->count == fallback.count;
}

static bool is_paging(const struct route *route, size_t param)
{
	for (enum host_param i = 0; i < HOST_PARAMS; i++) {
		if (route->host[i] == (int)param) {
			return host_param_is_paging(i);
		}
	}
	return false;
}

/* An expression encoded but for its commas, which need it not. */
static void put_expression(struct buffer *out, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, ",");

		url_encode(out, text, length);
		if (text[length] == '\0') {
			return;
		}
		buffer_putc(out, ',');
		text += length + 1;
	}
}

void params_canonical(struct alm_request *request, struct buffer *out)
{
	const struct route *route = request->route;
	size_t begin = out->length;

	for (size_t i = 0; i < route->all_count; i++) {
		const struct alm_param *param = route->params[i];
		const struct values *values = &request->params[i];

		if ((values->count == 0 && !values->all) || is_paging(route, i) ||
			route_is_of_path(route, i) || is_fallback(request, param, values)) {
			continue;
		}
		buffer_puts(out, out->length > begin ? "&" : "");
		buffer_puts(out, param->name);
		if (values->all) {
			buffer_puts(out, "=*");
			continue;
		}
		for (size_t v = 0; v < values->count; v++) {
			buffer_putc(out, v == 0 ? '=' : ',');
			if (host_param_is_expression(param)) {
				put_expression(out, values->texts[v]);
			} else {
				url_encode(out, values->texts[v], strlen(values->texts[v]));
			}
		}
	}
}

/* A text of the declaration, as if a client had sent it. */
static int check_declared(
	const struct alm_param *param, const char *what, const char *text, struct error *err)
{
	struct arena arena;
	struct violations violations = { .count = 0 };
	struct judge judge = { &arena, NULL, &violations, NULL, true };
	struct values values = { 0 };
	struct items items;

	if (text == NULL) {
		return 0;
	}
	arena_init(&arena);
	items = gather_text(&arena, param, text);
	if (check_count(&judge, param, &items)) {
		judge_items(&judge, param, &items, &values);
	}
	if (violations.count > 0) {
		error_set(err, "the %s of parameter %s", what, violations.list[0].detail);
	}
	arena_finish(&arena);
	return violations.count > 0 ? -1 : 0;
}

int params_check_declared(const struct route *route, struct error *err)
{
	for (size_t i = 0; i < route->param_count; i++) {
		const struct alm_param *param = &route->declared->params[i];

		if (check_declared(param, "default_value", param->default_value, err) < 0 ||
			check_declared(param, "example", param->example, err) < 0) {
			return -1;
		}
	}
	return 0;
}

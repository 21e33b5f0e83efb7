#include "document/stat_choice.h"

#include <ctype.h>
#include <string.h>

#include "plugin/value.h"
#include "route/route.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

static bool is_equal(
	const struct alm_param *param, const struct alm_value *a, const struct alm_value *b)
{
	switch (param->type) {
	case ALM_TEXT:
		return strcmp(a->text, b->text) == 0;
	case ALM_NUMBER:
		return a->number >= b->number && a->number <= b->number;
	case ALM_YEARS:
		return a->first_year == b->first_year && a->last_year == b->last_year;
	default:
		return a->integer == b->integer;
	}
}

/* A value of a request as that of a statistic. */
static struct alm_value convert(const struct alm_param *param, const struct value *from)
{
	struct alm_value value = {
		.text = from->text, .integer = from->integer, .number = from->number
	};
	struct error err = { 0 };

	if (param->type == ALM_INTEGER) {
		value.number = (double)from->integer;
	} else if (param->type == ALM_YEARS) {
		value_parse(param, from->text, &value, &err);
	}
	return value;
}

/* Values of the statistic's parameters. Sets *usual: all are the defaults. */
static const struct alm_value *read_params(struct alm_request *request, bool *usual)
{
	const struct route *route = request->route;
	const struct plugin_stat *stat = route->stat;
	struct alm_value *params =
		arena_alloc(&request->http.arena, (stat->param_count + 1) * sizeof(*params));

	*usual = true;
	for (size_t i = 0; i < stat->param_count; i++) {
		const struct values *values = &request->params[route->stat_params + i];

		params[i] = values->count > 0 ? convert(&stat->stat.params[i], &values->list[0])
					      : stat->defaults[i];
		*usual = *usual &&
			 is_equal(&stat->stat.params[i], &params[i], &stat->defaults[i]);
	}
	return params;
}

struct stat_choice stat_choice_read(struct alm_request *request)
{
	const struct plugin_stat *stat = request->route->stat;
	const struct values *period = request_values(request, HOST_PERIOD);
	struct stat_choice choice = { .stored = true };
	bool usual;

	if (period->count > 0) {
		choice.kind = period_kind_named(period->texts[0])->bit;
	}
	if (stat == NULL) {
		return choice;
	}
	choice.view = stat_view_find(stat, choice.kind);
	if (choice.view == NULL) { /* the period is wrong */
		choice.stored = false;
		return choice;
	}
	choice.params = read_params(request, &usual);
	choice.stored = choice.view->stored && usual;
	return choice;
}

/* -- As the catalog has them ---------------------------------------------- */

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text));

	for (char *p = copy; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	return copy;
}

static void set_column(struct arena *arena, const struct alm_stat *stat,
	const struct alm_column *from, struct catalog_column *to)
{
	bool judged = period_kind(stat->periods)->stored;
	uint16_t *inputs = arena_alloc(arena, (stat_count_inputs(stat) + 1) * sizeof(*inputs));

	*to = (struct catalog_column){ .name = from->name,
		.unit = from->unit,
		.help = from->help,
		.decimals = (int)from->decimals,
		.type = stat_column_type(from),
		.inputs = inputs,
		.rules = judged ? stat_rule_set(from->rules) : 0 };
	for (size_t i = 0; stat->inputs[i].code != NULL; i++) {
		if (words_have(from->inputs, stat->inputs[i].code)) {
			inputs[to->input_count++] = (uint16_t)i;
		}
	}
}

const struct catalog_calculator *stat_choice_calculator(
	struct alm_request *request, const struct stat_view *view)
{
	struct arena *arena = &request->http.arena;
	const struct alm_stat *stat = &view->stat;
	struct catalog_calculator *calculator = arena_alloc(arena, sizeof(*calculator));
	struct catalog_column *columns =
		arena_alloc(arena, (view->column_count + 1) * sizeof(*columns));
	size_t inputs = stat_count_inputs(stat);

	*calculator = (struct catalog_calculator){ .name = view->of->stat.name,
		.statistic = view->of->stat.name,
		.period = period_kind(stat->periods),
		.columns = columns,
		.column_count = view->column_count,
		.inputs = arena_alloc(arena, (inputs + 1) * sizeof(*calculator->inputs)),
		.input_count = inputs };
	for (size_t i = 0; i < inputs; i++) {
		calculator->inputs[i] = lower(arena, stat->inputs[i].code);
	}
	for (size_t i = 0; i < view->column_count; i++) {
		set_column(arena, stat, &stat->columns[i], &columns[i]);
	}
	return calculator;
}

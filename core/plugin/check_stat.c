#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "plugin/check.h"
#include "plugin/value.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

/* PostgreSQL's limit, less what it keeps for itself. */
enum { TABLE_COLUMNS_MAX = 1600, LIST_MAX = 1024 };

enum { LEAD_DAYS_MAX = 3660, BASE_MAX = 1024 * 1024 };

/* Names that the host gives to columns of its own, of every table; see schema/stat_table.h. */
static bool is_key(const char *name)
{
	/* Keys; and PostgreSQL's own. */
	static const char *const taken[] = { "station_id", "year", "date", "tableoid", "xmin",
		"cmin", "xmax", "cmax", "ctid" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strcmp(name, taken[i]) == 0) {
			return true;
		}
	}
	return period_kind_named(name) != NULL;
}

/* "tmax_days" of the input TMAX */
static bool is_count(const char *name, const struct alm_input *inputs)
{
	for (const struct alm_input *i = inputs; i->code != NULL; i++) {
		size_t length = strlen(i->code);

		for (size_t k = 0; k < STAT_COUNTS; k++) {
			if (strncasecmp(name, i->code, length) == 0 &&
				strcmp(name + length, stat_count_suffixes[k]) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* "x" and "x_wmo": the second is the name of the host's verdict of the first, whichever rules
 * judge that now. */
static bool is_verdict_of(const char *name, const char *of)
{
	size_t length = strlen(of);

	return strncmp(name, of, length) == 0 && name[length] == '_' &&
	       stat_rule_find(name + length + 1, strlen(name + length + 1)) < stat_rule_count;
}

static int check_pair(const struct alm_column *a, const struct alm_column *b, struct error *err)
{
	if (strcmp(a->name, b->name) == 0) {
		return error_set(err, "column '%s' is declared twice", a->name);
	}
	if (is_verdict_of(a->name, b->name) || is_verdict_of(b->name, a->name)) {
		return error_set(err,
			"columns '%s' and '%s': the host has a column of one's name for its "
			"judgement of the other",
			a->name, b->name);
	}
	return 0;
}

static int check_decimals(int32_t decimals, struct error *err)
{
	if (decimals < 0 || decimals > NUMBER_DECIMALS_MAX) {
		return error_set(
			err, "decimals is %d, not 0 to %d", (int)decimals, NUMBER_DECIMALS_MAX);
	}
	return 0;
}

static int check_input(const struct alm_input *input, struct error *err)
{
	if (!check_is_code(input->code)) {
		return error_set(err, "is no element code");
	}
	if (check_text(input->unit, "unit (\"1\" if it has no dimension)", err) < 0 ||
		check_decimals(input->decimals, err) < 0) {
		return -1;
	}
	if (input->reserved != 0 || input->reserved2[0] != NULL ||
		input->reserved2[1] != NULL) {
		return error_set(err, "reserved members must be 0 and NULL");
	}
	return 0;
}

static int check_inputs(const struct alm_input *inputs, struct error *err)
{
	size_t n = 0;

	for (; inputs != NULL && inputs[n].code != NULL; n++) {
		if (n >= LIST_MAX) {
			return error_set(err,
				"more than %d inputs; is the last one's code NULL?", LIST_MAX);
		}
		if (check_input(&inputs[n], err) < 0) {
			return error_prefix(err, "input '%s': ", inputs[n].code);
		}
		for (size_t j = 0; j < n; j++) {
			if (strcmp(inputs[n].code, inputs[j].code) == 0) {
				return error_set(
					err, "input '%s' is named twice", inputs[n].code);
			}
		}
	}
	return n > 0 ? 0 : error_set(err, "has no inputs");
}

static bool is_input(const struct alm_input *inputs, const char *code, size_t length)
{
	for (; inputs->code != NULL; inputs++) {
		if (strlen(inputs->code) == length && memcmp(inputs->code, code, length) == 0) {
			return true;
		}
	}
	return false;
}

static int check_lists(
	const struct alm_column *column, const struct alm_input *inputs, struct error *err)
{
	const char *at = column->inputs, *word;
	size_t length;

	if (at != NULL && *at == '\0') {
		return error_set(
			err, "inputs is empty; NULL stands for all of the statistic's");
	}
	while ((word = words_next(&at, &length)) != NULL) {
		if (!is_input(inputs, word, length)) {
			return error_set(err,
				"it needs '%.*s', which is no input of the statistic",
				(int)length, word);
		}
	}
	at = column->rules;
	while ((word = words_next(&at, &length)) != NULL) {
		if (stat_rule_find(word, length) == stat_rule_count) {
			return error_set(
				err, "'%.*s' is no completeness rule", (int)length, word);
		}
	}
	return 0;
}

static int check_column(
	const struct alm_column *column, const struct alm_input *inputs, struct error *err)
{
	if (!check_is_name(column->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (is_key(column->name) || is_count(column->name, inputs)) {
		return error_set(err, "the host has a column of that name");
	}
	if (check_text(column->unit, "unit (\"1\" if it has no dimension)", err) < 0 ||
		check_text(column->help, "help", err) < 0 ||
		check_decimals(column->decimals, err) < 0) {
		return -1;
	}
	if (stat_method_name(column->method) == NULL) {
		return error_set(
			err, "the method %u is none of ALM_MEAN ...", (unsigned)column->method);
	}
	if (stat_column_type(column) != ALM_NUMBER && column->type != ALM_INTEGER &&
		column->type != ALM_DATE) {
		return error_set(err,
			"the type %u is none of ALM_NUMBER, ALM_INTEGER, ALM_DATE",
			(unsigned)column->type);
	}
	if (column->reserved[0] != NULL) {
		return error_set(err, "reserved members must be NULL");
	}
	return check_lists(column, inputs, err);
}

static int check_columns(const struct alm_stat *stat, struct error *err)
{
	const struct alm_column *columns = stat->columns;
	size_t n = 0;

	for (; columns != NULL && columns[n].name != NULL; n++) {
		if (n >= LIST_MAX) {
			return error_set(err,
				"more than %d columns; is the last one's name NULL?", LIST_MAX);
		}
		if (check_column(&columns[n], stat->inputs, err) < 0) {
			return error_prefix(err, "column '%s': ", columns[n].name);
		}
		for (size_t j = 0; j < n; j++) {
			if (check_pair(&columns[n], &columns[j], err) < 0) {
				return -1;
			}
		}
	}
	return n > 0 ? 0 : error_set(err, "has no columns");
}

/* Each kind of period has columns, and columns have kinds that there are. */
static int check_column_periods(const struct alm_stat *stat, struct error *err)
{
	uint32_t all = stat->periods | stat->on_request, covered = 0;

	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		if ((c->periods & ~all) != 0) {
			return error_set(err,
				"column '%s': its periods 0x%x are not all among the statistic's",
				c->name, (unsigned)c->periods);
		}
		covered |= c->periods != 0 ? c->periods : all;
	}
	return covered == all ? 0
			      : error_set(err, "no column has the periods 0x%x",
					(unsigned)(all & ~covered));
}

static int check_periods(const struct alm_stat *stat, struct error *err)
{
	uint32_t stored = period_kind_bits(true), all = stored | period_kind_bits(false);

	if ((stat->periods & ~stored) != 0) {
		return error_set(err,
			"the periods 0x%x are not all of ALM_MONTH, ALM_SEASON, "
			"ALM_YEAR, which can be stored",
			(unsigned)stat->periods);
	}
	if ((stat->on_request & ~all) != 0 || (stat->on_request & stat->periods) != 0) {
		return error_set(err,
			"on_request 0x%x holds kinds that are not known, or that "
			"are stored",
			(unsigned)stat->on_request);
	}
	return stat->periods != 0 || stat->on_request != 0
		       ? 0
		       : error_set(err, "it has no periods: neither stored nor on_request");
}

static int check_stat_param(const struct alm_param *p, struct error *err)
{
	/* Of the host, or of routes that serve statistics. */
	static const char *const taken[] = { "period", "statistic", "station_id", "state",
		"country", "bbox", "near", "radius", "name", "year", "start_year", "end_year" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strcmp(p->name, taken[i]) == 0) {
			return error_set(err, "routes have a parameter of that name");
		}
	}
	if (p->type == ALM_STATION || p->type == ALM_ELEMENT || p->flags != 0) {
		return error_set(err, "neither ALM_STATION, ALM_ELEMENT nor any flag is for "
				      "statistics");
	}
	if (p->type == ALM_TEXT && p->choices == NULL) {
		return error_set(err, "ALM_TEXT needs choices");
	}
	if (p->default_value == NULL) {
		return error_set(
			err, "it has no default_value: stored rows are of the defaults");
	}
	return value_check(p, "default", p->default_value, err) < 0 ||
			       value_check(p, "example", p->example, err) < 0
		       ? -1
		       : 0;
}

static int check_stat_params(const struct alm_stat *stat, struct error *err)
{
	if (check_params(stat->params, err) < 0) {
		return -1;
	}
	for (const struct alm_param *p = stat->params; p != NULL && p->name != NULL; p++) {
		if (check_stat_param(p, err) < 0) {
			return error_prefix(err, "parameter '%s': ", p->name);
		}
	}
	return 0;
}

static int check_base(const struct alm_stat *stat, struct error *err)
{
	size_t params = 0;

	if (stat->base == NULL) {
		return stat->base_size == 0 && stat->base_param == 0
			       ? 0
			       : error_set(err, "base_size and base_param need a base()");
	}
	while (stat->params != NULL && stat->params[params].name != NULL) {
		params++;
	}
	if (stat->base_param >= params || stat->params[stat->base_param].type != ALM_YEARS) {
		return error_set(err, "base_param %u is no parameter of type ALM_YEARS",
			(unsigned)stat->base_param);
	}
	if (stat->base_size == 0 || stat->base_size > BASE_MAX) {
		return error_set(err, "base_size is %u, not 1 to %d", (unsigned)stat->base_size,
			BASE_MAX);
	}
	return 0;
}

/* A table for each period holds keys, values, counts and verdicts. */
static int check_width(const struct alm_stat *stat, struct error *err)
{
	size_t columns = 3 + STAT_COUNTS * stat_count_inputs(stat);

	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		columns += 1 + (size_t)__builtin_popcount(stat_rule_set(c->rules));
	}
	if (columns > TABLE_COLUMNS_MAX) {
		error_set(err, "its table would have %zu columns, and PostgreSQL allows %d",
			columns, TABLE_COLUMNS_MAX);
		return error_hint(err,
			"every input makes %d columns, every column one more for each completeness "
			"rule that judges it",
			STAT_COUNTS);
	}
	return 0;
}

static int check_members(const struct alm_stat *stat, struct error *err)
{
	if (!check_is_name(stat->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (check_text(stat->summary, "summary", err) < 0) {
		return -1;
	}
	if (check_periods(stat, err) < 0 || check_prose(stat->help, "help", err) < 0) {
		return -1;
	}
	if (stat->lead_days > LEAD_DAYS_MAX) {
		return error_set(err, "lead_days is %u, beyond %d", (unsigned)stat->lead_days,
			LEAD_DAYS_MAX);
	}
	if (stat->compute == NULL) {
		return error_set(err, "the callback compute() is missing");
	}
	if ((stat->flags & ~(uint32_t)ALM_WHOLE_RECORD) != 0) {
		return error_set(err, "flags 0x%x are not known", (unsigned)stat->flags);
	}
	if (stat->state_size > CHECK_STATE_MAX) {
		return error_set(
			err, "state_size %zu is beyond %d", stat->state_size, CHECK_STATE_MAX);
	}
	if (stat->state_size == 0 && (stat->prepare != NULL || stat->release != NULL)) {
		return error_set(
			err, "prepare() and release() need a state, but state_size is 0");
	}
	return check_inputs(stat->inputs, err) < 0 || check_columns(stat, err) < 0 ||
			       check_column_periods(stat, err) < 0 ||
			       check_stat_params(stat, err) < 0 || check_base(stat, err) < 0 ||
			       check_width(stat, err) < 0
		       ? -1
		       : 0;
}

int check_stat(const struct alm_stat *stat, struct error *err)
{
	if (check_members(stat, err) < 0) {
		return error_prefix(
			err, "statistic '%s': ", stat->name != NULL ? stat->name : "");
	}
	return 0;
}

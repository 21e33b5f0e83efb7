#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "plugin/check.h"

enum { INPUTS_MAX = 32 }; /* bits of alm_column.rests_on */

/* Names that the host gives to columns of its own; see db/stat_table.h. */
static bool is_taken(const char *name, const char *const *inputs)
{
	static const char *const keys[] = { "station_id", "year", "month", "season" };
	static const char *const counts[] = { "days", "missing", "longest_gap" };
	/* PostgreSQL's own, of every table. */
	static const char *const system[] = { "tableoid", "xmin", "cmin", "xmax", "cmax",
		"ctid" };
	char taken[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(name, keys[i]) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		if (strcmp(name, system[i]) == 0) {
			return true;
		}
	}
	for (size_t i = 0; inputs[i] != NULL; i++) {
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			snprintf(taken, sizeof(taken), "%s_%s", inputs[i], counts[k]);
			if (strcasecmp(name, taken) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* "x" and "x_wmo": the second is the name of the host's verdict of the first. */
static bool is_verdict_of(const char *name, const char *of)
{
	size_t length = strlen(of);

	return strncmp(name, of, length) == 0 &&
	       (strcmp(name + length, "_wmo") == 0 || strcmp(name + length, "_ncei") == 0);
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

static int check_inputs(const char *const *inputs, size_t *count, struct error *err)
{
	size_t n = 0;

	for (; inputs != NULL && inputs[n] != NULL; n++) {
		if (n >= INPUTS_MAX) {
			return error_set(
				err, "more than %d inputs; is the last one NULL?", INPUTS_MAX);
		}
		if (!check_is_code(inputs[n])) {
			return error_set(err, "input '%s' is no element code", inputs[n]);
		}
		for (size_t j = 0; j < n; j++) {
			if (strcmp(inputs[n], inputs[j]) == 0) {
				return error_set(err, "input '%s' is named twice", inputs[n]);
			}
		}
	}
	if (n == 0) {
		return error_set(err, "has no inputs");
	}
	*count = n;
	return 0;
}

static int check_column(const struct alm_column *column, const char *const *inputs,
	size_t input_count, struct error *err)
{
	uint64_t all = ((uint64_t)1 << input_count) - 1;

	if (!check_is_name(column->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (is_taken(column->name, inputs)) {
		return error_set(err, "the host has a column of that name");
	}
	if (check_text(column->unit, "unit (\"1\" if it has no dimension)", err) < 0 ||
		check_text(column->help, "help", err) < 0) {
		return -1;
	}
	if (column->decimals < 0 || column->decimals > NUMBER_DECIMALS_MAX) {
		return error_set(err, "decimals is %d, not 0 to %d", (int)column->decimals,
			NUMBER_DECIMALS_MAX);
	}
	if (column->method < ALM_MEAN || column->method > ALM_MAXIMUM) {
		return error_set(
			err, "the method %d is none of enum alm_method", (int)column->method);
	}
	if (column->rests_on == 0 || (column->rests_on & ~all) != 0) {
		return error_set(err, "rests_on 0x%x does not name inputs by bit",
			(unsigned)column->rests_on);
	}
	if (column->reserved[0] != NULL || column->reserved[1] != NULL) {
		return error_set(err, "reserved members must be NULL");
	}
	return 0;
}

static int check_columns(const struct alm_stat *stat, size_t input_count, struct error *err)
{
	const struct alm_column *columns = stat->columns;
	size_t n = 0;

	for (; columns != NULL && columns[n].name != NULL; n++) {
		if (n >= CHECK_LIST_MAX) {
			return error_set(err,
				"more than %d columns; is the last one's name NULL?",
				CHECK_LIST_MAX);
		}
		if (check_column(&columns[n], stat->inputs, input_count, err) < 0) {
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

static int check_members(const struct alm_stat *stat, struct error *err)
{
	size_t inputs = 0;

	if (!check_is_name(stat->name, CHECK_NAME_MAX)) {
		return error_set(
			err, "the name must be 1 to %d of a-z, 0-9, '_'", CHECK_NAME_MAX);
	}
	if (check_text(stat->summary, "summary", err) < 0) {
		return -1;
	}
	if (stat->period < ALM_MONTH || stat->period > ALM_YEAR) {
		return error_set(
			err, "the period %d is none of enum alm_period", (int)stat->period);
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
	if (check_inputs(stat->inputs, &inputs, err) < 0) {
		return -1;
	}
	return check_columns(stat, inputs, err);
}

int check_stat(const struct alm_stat *stat, struct error *err)
{
	if (check_members(stat, err) < 0) {
		return error_prefix(
			err, "statistic '%s': ", stat->name != NULL ? stat->name : "");
	}
	return 0;
}

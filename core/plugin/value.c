#include "plugin/value.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "base/utf8.h"

static int fail_bounds(const struct alm_param *p, const char *what, struct error *err)
{
	return error_set(
		err, "is not %s from %lld to %lld", what, (long long)p->min, (long long)p->max);
}

static bool is_within(const struct alm_param *p, double number)
{
	return (p->min == 0 && p->max == 0) ||
	       (number >= (double)p->min && number <= (double)p->max);
}

static int parse_text(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	size_t length = strlen(value->text);

	if (!utf8_is_plain(value->text, length)) {
		return error_set(err, "is not UTF-8 text, or has control characters");
	}
	if (!is_within(p, (double)length)) {
		return fail_bounds(p, "a text of a length", err);
	}
	for (size_t i = 0; p->choices != NULL && p->choices[i] != NULL; i++) {
		if (strcmp(p->choices[i], value->text) == 0) {
			return 0;
		}
	}
	if (p->choices == NULL) {
		return 0;
	}
	error_set(err, "is none of:");
	for (size_t i = 0; p->choices[i] != NULL; i++) {
		size_t used = strlen(err->text);

		snprintf(err->text + used, sizeof(err->text) - used, "%s %s", i > 0 ? "," : "",
			p->choices[i]);
	}
	return -1;
}

static int parse_integer(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	if (!number_parse_integer(value->text, strlen(value->text), &value->integer)) {
		return error_set(err, "is not an integer");
	}
	value->number = (double)value->integer;
	return is_within(p, value->number) ? 0 : fail_bounds(p, "an integer", err);
}

static int parse_number(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	if (!number_parse_real(value->text, strlen(value->text), &value->number)) {
		return error_set(err, "is not a number");
	}
	return is_within(p, value->number) ? 0 : fail_bounds(p, "a number", err);
}

static int parse_boolean(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	(void)p;
	value->integer = strcmp(value->text, "true") == 0;
	return value->integer == 1 || strcmp(value->text, "false") == 0
		       ? 0
		       : error_set(err, "is neither true nor false");
}

static int parse_date(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	(void)p;
	value->integer = date_parse(value->text, strlen(value->text));
	return value->integer != DATE_NONE ? 0 : error_set(err, "is no date as 2014-12-31");
}

/* Four digits; 0: anything else. */
static int32_t read_year(const char *text)
{
	int32_t year = 0;

	for (int i = 0; i < VALUE_YEAR_DIGITS; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return 0;
		}
		year = year * 10 + (text[i] - '0');
	}
	return year >= VALUE_YEAR_MIN && year <= VALUE_YEAR_MAX ? year : 0;
}

/* "1961-1990". In the other order, it is the same range, unless its length is fixed. */
static int parse_years(const struct alm_param *p, struct alm_value *value, struct error *err)
{
	bool formed = strlen(value->text) == 2 * VALUE_YEAR_DIGITS + 1 &&
		      value->text[VALUE_YEAR_DIGITS] == '-';
	int32_t first = formed ? read_year(value->text) : 0;
	int32_t last = formed ? read_year(value->text + VALUE_YEAR_DIGITS + 1) : 0;

	if (first == 0 || last == 0) {
		return error_set(err,
			"is no range of years such as 1961-1990, between %d and %d",
			VALUE_YEAR_MIN, VALUE_YEAR_MAX);
	}
	if (p->max_values != 0 && last - first + 1 != (int64_t)p->max_values) {
		return error_set(err, "is not a range of %u years", (unsigned)p->max_values);
	}
	value->first_year = first < last ? first : last;
	value->last_year = first < last ? last : first;
	return 0;
}

static const struct {
	const char *name;
	int (*parse)(const struct alm_param *p, struct alm_value *value, struct error *err);
} types[] = { [ALM_TEXT] = { "text", parse_text },
	[ALM_INTEGER] = { "integer", parse_integer },
	[ALM_NUMBER] = { "number", parse_number },
	[ALM_BOOLEAN] = { "boolean", parse_boolean },
	[ALM_DATE] = { "date", parse_date },
	[ALM_STATION] = { "station", NULL },
	[ALM_ELEMENT] = { "element", NULL },
	[ALM_YEARS] = { "years", parse_years } };

const char *value_type_name(uint32_t type)
{
	return types[type].name;
}

int value_parse(
	const struct alm_param *p, const char *text, struct alm_value *value, struct error *err)
{
	*value = (struct alm_value){ .text = text };
	return types[p->type].parse(p, value, err);
}

int value_check(
	const struct alm_param *p, const char *what, const char *text, struct error *err)
{
	struct alm_value value;
	char before[128];

	if (text == NULL || value_parse(p, text, &value, err) == 0) {
		return 0;
	}
	snprintf(before, sizeof(before), "the %s '%s' ", what, text);
	return error_prefix(err, "%s", before);
}

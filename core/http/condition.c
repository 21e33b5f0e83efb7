#include "http/condition.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/number.h"
#include "http/value_words.h"

/* Longer ones first. */
static const struct comparison {
	const char *text;
	enum compare compare;
} operators[] = {
	{ "<=", LESS_EQUAL },
	{ ">=", GREATER_EQUAL },
	{ "!=", NOT_EQUAL },
	{ "=", EQUAL },
	{ "<", LESS },
	{ ">", GREATER },
};

size_t condition_name_length(const char *condition)
{
	return strcspn(condition, "=!<>");
}

static const struct comparison *find_operator(const char *text)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strncmp(text, operators[i].text, strlen(operators[i].text)) == 0) {
			return &operators[i];
		}
	}
	return NULL;
}

const char *condition_value(const char *condition)
{
	const char *at = condition + condition_name_length(condition);
	const struct comparison *found = find_operator(at);

	return found != NULL ? at + strlen(found->text) : NULL;
}

/* -- What is wrong ------------------------------------------------------ */

static const char *say_no_condition(struct arena *arena, const char *text)
{
	double number;

	if (number_parse_real(text, strlen(text), &number)) {
		return arena_printf(arena,
			"'%s' is no condition (decimals take a point; a comma separates conditions)",
			text);
	}
	return arena_printf(arena,
		"'%s' is no condition: write a field, one of = != < <= > >=, and a value, such as "
		"tmax>=35",
		text);
}

/* Operators of other languages; NULL: it is none of them. */
static const char *say_foreign(struct arena *arena, const char *text)
{
	static const char *const foreign[][2] = { { "==", "=" }, { "<>", "!=" }, { "=>", ">=" },
		{ "=<", "<=" }, { "=!", "!=" }, { "!", "!=" } };
	size_t length = condition_name_length(text);

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		const char *theirs = foreign[i][0], *ours = foreign[i][1];

		if (strncmp(text + length, theirs, strlen(theirs)) == 0 &&
			strncmp(text + length, "!=", 2) != 0) {
			return arena_printf(arena, "'%s' is no condition: write %.*s%s%s", text,
				(int)length, text, ours, text + length + strlen(theirs));
		}
	}
	return NULL;
}

/* NULL: there are none around the operator. */
static const char *say_spaces(struct arena *arena, const char *text, const char *value)
{
	size_t length = condition_name_length(text), name = length;
	size_t begin = strspn(text, " "), after = strspn(value, " ");
	size_t sign = (size_t)(value - text) - length;

	while (name > begin && text[name - 1] == ' ') {
		name--;
	}
	if (begin == 0 && name == length && after == 0) {
		return NULL;
	}
	return arena_printf(arena, "leave out the spaces: %.*s%.*s%s", (int)(name - begin),
		text + begin, (int)sign, text + length, value + after);
}

static const char *wanted(const struct column *column)
{
	switch (column->type) {
	case ALM_DATE:
		return "a date such as 2014-12-31";
	case ALM_BOOLEAN:
		return "true or false";
	case ALM_INTEGER:
	case ALM_NUMBER:
		return "a number";
	default:
		return "a text";
	}
}

static bool is_null(const char *value)
{
	return strcasecmp(value, "null") == 0 || strcmp(value, "None") == 0 ||
	       strcasecmp(value, "nan") == 0;
}

static bool is_quoted(const char *value)
{
	size_t length = strlen(value);

	return length > 1 && (value[0] == '"' || value[0] == '\'') &&
	       value[length - 1] == value[0];
}

/* What holds for values of any type; NULL: nothing. */
static const char *say_value(
	struct arena *arena, const struct column *column, const char *text, const char *value)
{
	int before = (int)(value - text);

	if (value[0] == '\0') {
		return arena_printf(arena, "after '%s' %s is missing", text, wanted(column));
	}
	if (is_null(value)) {
		return arena_printf(arena,
			"after '%.*s' %s was expected, got '%s'; a condition on %s leaves out what "
			"is null already",
			before, text, wanted(column), value, column->name);
	}
	if (is_quoted(value)) {
		return arena_printf(arena, "leave out the quotation marks: %.*s%.*s", before,
			text, (int)strlen(value) - 2, value + 1);
	}
	return NULL;
}

static const char *read_number(
	struct arena *arena, const char *text, const char *value, struct condition *condition)
{
	if (number_parse_real(value, strlen(value), &condition->number)) {
		return NULL;
	}
	return arena_printf(arena, "after '%.*s' a number was expected, got '%s'%s",
		(int)(value - text), text, value, number_advice(arena, value));
}

static const char *read_date(
	struct arena *arena, const char *text, const char *value, struct condition *condition)
{
	int32_t day = date_parse(value, strlen(value));

	condition->number = day;
	if (day != DATE_NONE) {
		return NULL;
	}
	return arena_printf(arena,
		"after '%.*s' a date such as 2014-12-31 was expected, got '%s'%s",
		(int)(value - text), text, value, date_advice(arena, value));
}

static const char *read_boolean(
	struct arena *arena, const char *text, const char *value, struct condition *condition)
{
	condition->number = strcmp(value, "true") == 0;
	if (condition->number != 0 || strcmp(value, "false") == 0) {
		return NULL;
	}
	return arena_printf(arena, "after '%.*s' true or false was expected, got '%s'",
		(int)(value - text), text, value);
}

static const char *read_text(struct arena *arena, const struct column *column,
	const char *value, struct condition *condition)
{
	condition->text = value;
	return condition->compare <= NOT_EQUAL
		       ? NULL
		       : arena_printf(arena,
				 "%s is a text, and texts take only = and !=: there is no order of "
				 "them",
				 column->name);
}

const char *condition_read(struct arena *arena, const struct column *column, const char *text,
	struct condition *condition)
{
	const char *value = condition_value(text), *flaw = say_foreign(arena, text);

	condition->text = NULL;
	if (flaw != NULL) {
		return flaw;
	}
	if (value == NULL) {
		return say_no_condition(arena, text);
	}
	flaw = say_spaces(arena, text, value);
	if (flaw != NULL || column == NULL) {
		return flaw;
	}
	flaw = say_value(arena, column, text, value);
	if (flaw != NULL) {
		return flaw;
	}
	condition->compare = find_operator(text + condition_name_length(text))->compare;
	switch (column->type) {
	case ALM_DATE:
		return read_date(arena, text, value, condition);
	case ALM_BOOLEAN:
		return read_boolean(arena, text, value, condition);
	case ALM_INTEGER:
	case ALM_NUMBER:
		return read_number(arena, text, value, condition);
	default:
		return read_text(arena, column, value, condition);
	}
}

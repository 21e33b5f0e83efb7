#include "document/condition.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "format/cell_text.h"
#include "route/value_words.h"

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

/* -- Displayed values --------------------------------------------------- */

void shown_init(struct shown *shown, const struct column *column)
{
	shown->column = column;
	shown->power = column->decimals > 0 ? pow(10, column->decimals) : 1;
}

void shown_normalize(const struct shown *shown, struct cell *cell)
{
	if (cell->kind == CELL_NUMBER) {
		cell->number = cell_shown_number(cell->number, shown->column->decimals);
		if (isnan(cell->number)) {
			cell->kind = CELL_NULL;
		}
	} else if (cell->kind == CELL_DATE &&
		   (cell->integer < date_day(DATE_YEAR_MIN, 1, 1) ||
			   cell->integer > date_day(DATE_YEAR_MAX, 12, 31))) {
		cell->kind = CELL_NULL;
	}
}

static bool is_integer(const struct cell *cell)
{
	return cell->kind == CELL_INTEGER || cell->kind == CELL_BOOLEAN ||
	       cell->kind == CELL_DATE;
}

static double value_of(const struct shown *shown, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NUMBER:
		return cell->number;
	case CELL_SCALED:
		return (double)cell->integer / shown->power;
	default:
		return (double)cell->integer;
	}
}

int shown_compare(const struct shown *shown, const struct cell *a, const struct cell *b)
{
	double x, y;

	if (a->kind == CELL_TEXT && b->kind == CELL_TEXT) {
		size_t length = a->length < b->length ? a->length : b->length;
		int order = memcmp(a->text, b->text, length);

		return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
	}
	if (is_integer(a) && is_integer(b)) {
		return (a->integer > b->integer) - (a->integer < b->integer);
	}
	x = value_of(shown, a);
	y = value_of(shown, b);
	return (x > y) - (x < y);
}

/* -- Syntax ------------------------------------------------------------- */

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

/* -- Messages for malformed conditions ---------------------------------- */

static const char *explain_no_condition(struct arena *arena, const char *text)
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

/* Message for an operator of another language; NULL: it is none. */
static const char *explain_operator(struct arena *arena, const char *text)
{
	static const char *const foreign[][2] = { { "==", "=" }, { "<>", "!=" }, { "=>", ">=" },
		{ "=<", "<=" }, { "=!", "!=" }, { "!", "!=" } };
	size_t length = condition_name_length(text);

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		const char *theirs = foreign[i][0], *ours = foreign[i][1];

		if (length > 0 && strncmp(text + length, theirs, strlen(theirs)) == 0 &&
			strncmp(text + length, "!=", 2) != 0 &&
			strchr("=!<>", text[length + strlen(theirs)]) == NULL) {
			return arena_printf(arena, "'%s' is no condition: write %.*s%s%s", text,
				(int)length, text, ours, text + length + strlen(theirs));
		}
	}
	return NULL;
}

/* Message for "tmax>30 and tmin>20" or "tmax>30;tmin>20"; NULL: it is one condition. */
static const char *explain_conjunction(struct arena *arena, const char *text)
{
	static const char *const words[] = { " and ", " or ", "&&", "||", ";", "|" };
	size_t length = condition_name_length(text);
	const char *behind = text + length + strspn(text + length, "=!<>");

	if (behind[strcspn(behind, "=!<>")] == '\0') {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(behind, words[i]) != NULL) {
			return arena_printf(arena,
				"'%s' is more than one condition: separate them by commas alone, "
				"all must hold",
				text);
		}
	}
	return NULL;
}

/* Message for "30<tmax"; NULL: it does not begin with a number. */
static const char *explain_reversed(struct arena *arena, const char *text)
{
	size_t length = condition_name_length(text);
	double number;

	return number_parse_real(text, length, &number)
		       ? arena_printf(arena,
				 "'%s' begins with a number: write the field first, such as "
				 "tmax>=35",
				 text)
		       : NULL;
}

/* Whether the value is a number with a plus sign, which in a URL is a space. */
static bool is_signed(const char *value)
{
	return value[0] == ' ' && (isdigit((unsigned char)value[1]) || value[1] == '.');
}

/* Message for spaces around the operator; NULL: there are none. */
static const char *explain_spaces(struct arena *arena, const char *text, const char *value)
{
	size_t length = condition_name_length(text), name = length;
	size_t begin = strspn(text, " "), after = strspn(value, " ");
	size_t sign = (size_t)(value - text) - length;

	while (name > begin && text[name - 1] == ' ') {
		name--;
	}
	if (begin == 0 && name == length && (after == 0 || is_signed(value))) {
		return NULL;
	}
	return arena_printf(arena, "leave out the spaces: %.*s%.*s%s", (int)(name - begin),
		text + begin, (int)sign, text + length, value + after);
}

static const char *expected(const struct column *column)
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

/* Message for a value that is invalid for any type; NULL: it is not. */
static const char *explain_value(
	struct arena *arena, const struct column *column, const char *text, const char *value)
{
	const char *bare = quoted_text(arena, value);
	int before = (int)(value - text);

	if (value[0] == '\0') {
		return arena_printf(arena, "after '%s' %s is missing", text, expected(column));
	}
	if (is_no_value(value)) {
		return arena_printf(arena, "after '%.*s' %s was expected, got '%s'; %s", before,
			text, expected(column), value,
			strncmp(text + condition_name_length(text), "!=", 2) == 0
				? arena_printf(arena,
					  "a condition on %s leaves out what is null already",
					  column->name)
				: "no condition finds what is null");
	}
	if (bare != NULL) {
		return arena_printf(
			arena, "leave out the quotation marks: %.*s%s", before, text, bare);
	}
	return NULL;
}

static const char *read_number(struct arena *arena, const char *unit, const char *text,
	const char *value, struct condition *condition)
{
	size_t length;

	value += is_signed(value);
	length = strlen(value);
	condition->whole = number_parse_integer(value, length, &condition->integer);
	if (number_parse_real(value, length, &condition->number)) {
		return NULL;
	}
	return arena_printf(arena, "after '%.*s' a number was expected, got '%s'%s",
		(int)(value - text), text, value, number_advice(arena, value, unit));
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
	const char *value = condition_value(text), *why = explain_operator(arena, text);

	condition->text = NULL;
	condition->whole = false;
	if (why == NULL) {
		why = explain_conjunction(arena, text);
	}
	if (why != NULL) {
		return why;
	}
	if (value == NULL || (value[0] != '\0' && strchr("=!<>", value[0]) != NULL) ||
		condition_name_length(text) == 0) {
		return explain_no_condition(arena, text);
	}
	why = explain_reversed(arena, text);
	if (why != NULL) {
		return why;
	}
	why = explain_spaces(arena, text, value);
	if (why != NULL || column == NULL) {
		return why;
	}
	why = explain_value(arena, column, text, value);
	if (why != NULL) {
		return why;
	}
	condition->compare = find_operator(text + condition_name_length(text))->compare;
	switch (column->type) {
	case ALM_DATE:
		return read_date(arena, text, value, condition);
	case ALM_BOOLEAN:
		return read_boolean(arena, text, value, condition);
	case ALM_INTEGER:
	case ALM_NUMBER:
		return read_number(arena, column->unit, text, value, condition);
	default:
		return read_text(arena, column, value, condition);
	}
}

/* -- Comparing ---------------------------------------------------------- */

/* Compares the cell with the value: -1 less, 0 equal, 1 greater. */
static int compare_value(
	const struct shown *shown, const struct condition *condition, const struct cell *cell)
{
	double value;

	if (condition->whole && is_integer(cell)) {
		return (cell->integer > condition->integer) -
		       (cell->integer < condition->integer);
	}
	value = value_of(shown, cell);
	return (value > condition->number) - (value < condition->number);
}

static bool accepts(enum compare compare, int order)
{
	switch (compare) {
	case EQUAL:
		return order == 0;
	case NOT_EQUAL:
		return order != 0;
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	case GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool is_text(const struct condition *condition, const struct cell *cell)
{
	return strlen(condition->text) == cell->length &&
	       memcmp(condition->text, cell->text, cell->length) == 0;
}

bool condition_holds(
	const struct condition *condition, const struct shown *shown, struct cell *cell)
{
	int order;

	shown_normalize(shown, cell);
	if (cell->kind == CELL_NULL) {
		return false;
	}
	order = condition->text == NULL ? compare_value(shown, condition, cell)
					: !is_text(condition, cell);
	return accepts(condition->compare, order);
}

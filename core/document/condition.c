#include "document/condition.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/number.h"
#include "catalog/catalog.h"
#include "format/cell_text.h"
#include "route/value_words.h"

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

/* -- Columns ------------------------------------------------------------ */

static bool is_text_type(enum alm_type type)
{
	return type == ALM_TEXT || type == ALM_STATION || type == ALM_ELEMENT;
}

struct condition_columns condition_columns_of(const struct where_test *test,
	const struct column *(*find)(const void *arg, const char *name), const void *arg)
{
	struct condition_columns columns = { find(arg, test->name), NULL };

	if (columns.column != NULL && test->kind == WHERE_COMPARE && !test->values[0].quoted &&
		!is_text_type(columns.column->type)) {
		columns.other = find(arg, test->values[0].text);
	}
	return columns;
}

/* -- Messages ----------------------------------------------------------- */

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

/* Message for "tmax>30 and tmin"; NULL: the value has no such word. */
static const char *explain_word(struct arena *arena, const struct where_test *test,
	const struct column *column, const char *value)
{
	static const char *const words[] = { "and", "or" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = strcasestr(value, arena_printf(arena, " %s", words[i]));

		if (found != NULL && !is_text_type(column->type) &&
			strchr(" ", found[1 + strlen(words[i])]) != NULL) {
			return arena_printf(arena,
				"'%s' has no condition after '%s': write a field, an operator and a "
				"value there, too",
				test->text, words[i]);
		}
	}
	return NULL;
}

/* Message for "tmax>30;tmin>20"; NULL: it is one condition. */
static const char *explain_conjunction(struct arena *arena, const struct where_test *test,
	const struct column *column, const char *value)
{
	static const char *const signs[] = { "&&", "||", ";", "|", "&" };

	if (value[strcspn(value, "=!<>")] == '\0') {
		return explain_word(arena, test, column, value);
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strstr(value, signs[i]) != NULL) {
			return arena_printf(arena,
				"'%s' is more than one condition: put a comma, and or or between "
				"them",
				test->text);
		}
	}
	return NULL;
}

static const char *explain_null(struct arena *arena, const struct where_test *test,
	const struct column *column, const char *value)
{
	return arena_printf(arena, "after '%s' %s was expected, got '%s'; %s", test->lead,
		expected(column), value,
		test->kind == WHERE_IN || test->compare > NOT_EQUAL
			? "nulls are found by is null alone"
			: arena_printf(arena, "write %s is %snull", test->name,
				  test->compare == NOT_EQUAL ? "not " : ""));
}

/* Message for a value that is invalid for any type; NULL: it is not. */
static const char *explain_value(struct arena *arena, const struct where_test *test,
	const struct column *column, const struct where_value *value)
{
	if (value->quoted) {
		return NULL;
	}
	if (value->text[0] == '\0') {
		return arena_printf(
			arena, "after '%s' %s is missing", test->lead, expected(column));
	}
	if (is_no_value(value->text)) {
		return explain_null(arena, test, column, value->text);
	}
	return explain_conjunction(arena, test, column, value->text);
}

/* -- Values ------------------------------------------------------------- */

/* What the values of a test are read with. */
struct reading {
	struct arena *arena;
	const struct catalog *catalog;
	const struct column *column;
	const struct where_test *test;
};

static const char *read_number(
	const struct reading *reading, const char *text, struct condition_value *value)
{
	size_t length = strlen(text);

	value->whole = number_parse_integer(text, length, &value->integer);
	if (number_parse_real(text, length, &value->number)) {
		value->last = value->number;
		return NULL;
	}
	return arena_printf(reading->arena, "after '%s' a number was expected, got '%s'%s",
		reading->test->lead, text,
		number_advice(reading->arena, text, reading->column->unit));
}

static const char *read_date(
	const struct reading *reading, const char *text, struct condition_value *value)
{
	int32_t first, last;

	if (date_parse_span(text, strlen(text), false, &first, &last)) {
		value->number = first;
		value->last = last;
		return NULL;
	}
	return arena_printf(reading->arena,
		"after '%s' a date such as 2014-12-31 was expected, got '%s'%s",
		reading->test->lead, text, date_advice(reading->arena, text));
}

static const char *read_boolean(
	const struct reading *reading, const char *text, struct condition_value *value)
{
	bool is_true = strcasecmp(text, "true") == 0;

	value->number = value->last = is_true;
	if (is_true || strcasecmp(text, "false") == 0) {
		return NULL;
	}
	return arena_printf(reading->arena, "after '%s' true or false was expected, got '%s'",
		reading->test->lead, text);
}

static const char *read_text(
	const struct reading *reading, const char *text, struct condition_value *value)
{
	enum alm_type type = reading->column->type;
	long at = -1;

	if (type == ALM_STATION && reading->catalog != NULL) {
		at = catalog_match_station(reading->catalog, text);
		text = at >= 0 ? reading->catalog->stations[at]->id : text;
	} else if (type == ALM_ELEMENT && reading->catalog != NULL) {
		at = catalog_find_element(reading->catalog, text);
		text = at >= 0 ? reading->catalog->elements[at].code : text;
	}
	value->length = strlen(text);
	value->text = arena_copy(reading->arena, text, value->length);
	return reading->test->kind != WHERE_COMPARE || reading->test->compare <= NOT_EQUAL
		       ? NULL
		       : arena_printf(reading->arena,
				 "%s is a text, and texts take only = and !=: there is no order of "
				 "them",
				 reading->column->name);
}

static const char *read_value(const struct reading *reading, const struct where_value *from,
	struct condition_value *value)
{
	const char *why = explain_value(reading->arena, reading->test, reading->column, from);

	*value = (struct condition_value){ 0 };
	if (why != NULL) {
		return why;
	}
	switch (reading->column->type) {
	case ALM_DATE:
		return read_date(reading, from->text, value);
	case ALM_BOOLEAN:
		return read_boolean(reading, from->text, value);
	case ALM_INTEGER:
	case ALM_NUMBER:
		return read_number(reading, from->text, value);
	default:
		return read_text(reading, from->text, value);
	}
}

static const char *read_list(const struct reading *reading, struct condition *condition)
{
	const struct where_test *test = reading->test;
	struct condition_value *list =
		arena_alloc(reading->arena, test->value_count * sizeof(*list));

	for (size_t i = 0; i < test->value_count; i++) {
		const char *why = read_value(reading, &test->values[i], &list[i]);

		if (why != NULL) {
			return why;
		}
	}
	condition->list = list;
	condition->list_count = test->value_count;
	return NULL;
}

/* Integers are numbers. */
static bool are_comparable(const struct column *a, const struct column *b)
{
	bool numbers = (a->type == ALM_INTEGER || a->type == ALM_NUMBER) &&
		       (b->type == ALM_INTEGER || b->type == ALM_NUMBER);

	return numbers || a->type == b->type;
}

const char *condition_read(struct arena *arena, const struct catalog *catalog,
	const struct condition_columns *columns, const struct where_test *test,
	struct condition *condition)
{
	const struct reading reading = { arena, catalog, columns->column, test };

	*condition = (struct condition){ .compare = test->compare,
		.negated = test->negated,
		.yes = test->yes,
		.no = test->no };
	if (test->kind == WHERE_NULL) {
		condition->kind = IS_NULL;
		return NULL;
	}
	if (test->kind == WHERE_IN) {
		condition->kind = IN_LIST;
		return read_list(&reading, condition);
	}
	if (columns->other == NULL) {
		condition->kind =
			is_text_type(columns->column->type) ? AGAINST_TEXT : AGAINST_NUMBER;
		return read_value(&reading, &test->values[0], &condition->value);
	}
	condition->kind = AGAINST_COLUMN;
	return are_comparable(columns->column, columns->other)
		       ? NULL
		       : arena_printf(arena, "'%s' compares %s with %s", test->text,
				 expected(columns->column), expected(columns->other));
}

/* -- Comparing ---------------------------------------------------------- */

/* Compares the cell with the value: -1 less, 0 equal, 1 greater. */
static int compare_value(
	const struct shown *shown, const struct condition_value *with, const struct cell *cell)
{
	double value;

	if (with->whole && is_integer(cell)) {
		return (cell->integer > with->integer) - (cell->integer < with->integer);
	}
	value = value_of(shown, cell);
	return (value > with->last) - (value < with->number);
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

static bool is_text(const struct condition_value *value, const struct cell *cell)
{
	return value->length == cell->length &&
	       memcmp(value->text, cell->text, cell->length) == 0;
}

static bool is_in_list(
	const struct condition *condition, const struct shown *shown, const struct cell *cell)
{
	for (size_t i = 0; i < condition->list_count; i++) {
		const struct condition_value *value = &condition->list[i];

		if (value->text != NULL ? is_text(value, cell)
					: compare_value(shown, value, cell) == 0) {
			return true;
		}
	}
	return false;
}

static bool holds_of_columns(
	const struct condition *condition, const struct shown *shown, struct cell *cells)
{
	const struct shown *other = &shown[condition->other];
	struct cell *a = &cells[condition->column], *b = &cells[condition->other];
	double x, y;

	shown_normalize(other, b);
	if (b->kind == CELL_NULL) {
		return false;
	}
	if (is_integer(a) && is_integer(b)) {
		return accepts(condition->compare,
			(a->integer > b->integer) - (a->integer < b->integer));
	}
	x = value_of(&shown[condition->column], a);
	y = value_of(other, b);
	return accepts(condition->compare, (x > y) - (x < y));
}

bool condition_holds(
	const struct condition *condition, const struct shown *shown, struct cell *cells)
{
	const struct shown *of = &shown[condition->column];
	struct cell *cell = &cells[condition->column];

	shown_normalize(of, cell);
	if (cell->kind == CELL_NULL) {
		return condition->kind == IS_NULL && !condition->negated;
	}
	switch (condition->kind) {
	case AGAINST_NUMBER:
		return accepts(condition->compare, compare_value(of, &condition->value, cell));
	case AGAINST_TEXT:
		return is_text(&condition->value, cell) == (condition->compare == EQUAL);
	case AGAINST_COLUMN:
		return holds_of_columns(condition, shown, cells);
	case IN_LIST:
		return is_in_list(condition, of, cell) != condition->negated;
	default:
		return condition->negated;
	}
}

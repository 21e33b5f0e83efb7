#include "document/where.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/utf8.h"

#define SPACES " \t\r\n"
#define OPERATORS "=!<>"

enum { CHAIN_END = -1, FAULT_MAX = 512, TOLD_MAX = 128 /* bytes of a test in a sentence */ };

static const struct {
	const char *text;
	enum compare compare;
} operators[] = {
	{ "=", EQUAL },
	{ "==", EQUAL },
	{ "!=", NOT_EQUAL },
	{ "<>", NOT_EQUAL },
	{ "<", LESS },
	{ "<=", LESS_EQUAL },
	{ ">", GREATER },
	{ ">=", GREATER_EQUAL },
};

/* Operators that are slips of others. */
static const char *const slips[][2] = { { "=>", ">=" }, { "=<", "<=" }, { "=!", "!=" },
	{ "!", "!=" } };

/* Levels of the grammar, the loosest first. */
enum level { ALL, ANY, EVERY, TERM };
static const char *const separators[] = { [ALL] = ",", [ANY] = "or", [EVERY] = "and" };

struct parser {
	struct arena *arena;
	const char *begin, *at;
	struct where *where;
	struct where_fault *fault;
	size_t tests_room, values_left;
	unsigned depth;
	bool negated;      /* an odd number of "not" is before what is being read */
	const char *after; /* the separator before what is being read; NULL: none */
};

/* Exits of a part of the program whose targets are not known yet: the first test of two chains,
 * each linked by the member that is to be the target. */
struct exits {
	int yes, no;
};

/* -- Characters --------------------------------------------------------- */

static bool is_name(char c)
{
	return c != '\0' && strchr(SPACES OPERATORS "(),'\"", c) == NULL;
}

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, SPACES);
}

static size_t trimmed(const char *text, size_t length)
{
	while (length > 0 && strchr(SPACES, text[length - 1]) != NULL) {
		length--;
	}
	return length;
}

/* What is behind the word; NULL: the text does not begin with it. */
static const char *behind_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncasecmp(text, word, length) == 0 && !is_name(text[length]) ? text + length
									      : NULL;
}

/* What is behind "is null" and the like at the beginning of a text; NULL: it is not that. */
static const char *behind_null(const char *text, bool *negated)
{
	const char *at = behind_word(text, "is"), *not_at;

	if (at == NULL) {
		return NULL;
	}
	at = skip_spaces(at);
	not_at = behind_word(at, "not");
	*negated = not_at != NULL;
	return behind_word(not_at != NULL ? skip_spaces(not_at) : at, "null");
}

/* The same of "in" and "not in". */
static const char *behind_in(const char *text, bool *negated)
{
	const char *not_at = behind_word(text, "not");

	*negated = not_at != NULL;
	return behind_word(not_at != NULL ? skip_spaces(not_at) : text, "in");
}

/* What is behind a "not" that is no field of that name; NULL: there is none. */
static const char *behind_not(const char *text)
{
	const char *at = behind_word(text, "not");

	at = at != NULL ? skip_spaces(at) : NULL;
	return at != NULL && (*at == '\0' || strchr(OPERATORS, *at) == NULL) ? at : NULL;
}

static const char *skip_negations(const char *text)
{
	for (const char *at = text; at != NULL; at = behind_not(text)) {
		text = at;
	}
	return text;
}

/* Whether a test or bracket begins there. */
static bool begins_term(const char *text)
{
	const char *at;
	bool negated;

	text = skip_negations(text);
	at = text;
	while (is_name(*at)) {
		at++;
	}
	if (at == text) {
		return *at == '(';
	}
	at = skip_spaces(at);
	if (*at != '\0' && strchr(OPERATORS, *at) != NULL) {
		return true;
	}
	text = behind_in(at, &negated);
	return (text != NULL && *skip_spaces(text) == '(') || behind_null(at, &negated) != NULL;
}

/* Whether "and" or "or" and a term follow. */
static bool begins_next(const char *text)
{
	const char *behind;

	text = skip_spaces(text);
	behind = behind_word(text, separators[EVERY]);
	if (behind == NULL) {
		behind = behind_word(text, separators[ANY]);
	}
	return behind != NULL && begins_term(skip_spaces(behind));
}

/* Length of a value without quotation marks, or of a test that cannot be read. */
static size_t bare_length(const char *text)
{
	size_t open = 0, i = 0;

	for (; text[i] != '\0' && text[i] != ','; i++) {
		if (text[i] == ')' && open == 0) {
			break;
		}
		open += text[i] == '(';
		open -= text[i] == ')';
		if (strchr(SPACES, text[i]) != NULL && begins_next(text + i)) {
			break;
		}
	}
	return trimmed(text, i);
}

/* -- Faults ------------------------------------------------------------- */

/* Number of the character at a place, from 1. */
static size_t place_of(const struct parser *parser, const char *at)
{
	size_t place = 1;

	for (const char *c = parser->begin; c < at; c++) {
		place += ((unsigned char)*c & 0xC0) != 0x80;
	}
	return place;
}

/* Whether the test of that length is all there is. */
static bool is_alone(const struct parser *parser, const char *at, size_t length)
{
	return at == skip_spaces(parser->begin) && *skip_spaces(at + length) == '\0';
}

/* Of a test with what is wrong in it, or of the place from which on nothing can be read
 * (`length` 0). Returns false. */
__attribute__((format(printf, 4, 5))) static bool fail(
	struct parser *parser, const char *at, size_t length, const char *format, ...)
{
	char what[FAULT_MAX];
	va_list args;

	va_start(args, format);
	utf8_format(what, sizeof(what), format, args);
	va_end(args);
	parser->fault->text = length > 0 ? arena_copy(parser->arena, at, length)
					 : arena_copy(parser->arena, at, strlen(at));
	parser->fault->what = length > 0 && is_alone(parser, at, length)
				      ? arena_printf(parser->arena, "%s", what)
				      : arena_printf(parser->arena, "at character %zu: %s",
						place_of(parser, at), what);
	return false;
}

/* Bytes of a test that a sentence has. */
static int told_length(const char *text, size_t length)
{
	return (int)(length > TOLD_MAX ? utf8_whole(text, TOLD_MAX) : length);
}

/* A test without a field and an operator. */
static bool fail_condition(struct parser *parser, const char *at)
{
	size_t length = bare_length(at);
	int told = told_length(at, length);
	double number;

	if (number_parse_real(at, length, &number)) {
		return fail(parser, at, length,
			"'%.*s' is no condition (decimals take a point; a comma separates conditions)",
			told, at);
	}
	return fail(parser, at, length,
		"'%.*s' is no condition: write a field, one of = != < <= > >=, and a value, such as "
		"tmax>=35",
		told, at);
}

static bool fail_missing(struct parser *parser)
{
	const char *at = parser->at;

	if (*at != '\0') {
		return fail(parser, at, 0, "before '%c' a condition is missing", *at);
	}
	return parser->after == NULL
		       ? fail(parser, at, 0, "a condition is missing, such as tmax>=35")
		       : fail(parser, at, 0, "after '%s' a condition is missing",
				 parser->after);
}

/* An operator that is none. */
static bool fail_operator(struct parser *parser, const char *begin, size_t length)
{
	size_t all = bare_length(begin);

	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		if (strlen(slips[i][0]) == length &&
			strncmp(parser->at, slips[i][0], length) == 0 &&
			all > (size_t)(parser->at - begin) + length && all <= TOLD_MAX) {
			return fail(parser, begin, all,
				"'%.*s' is no condition: write %.*s%s%.*s", (int)all, begin,
				(int)(parser->at - begin), begin, slips[i][1],
				(int)(begin + all - parser->at - (ptrdiff_t)length),
				parser->at + length);
		}
	}
	return fail_condition(parser, begin);
}

/* -- Tests -------------------------------------------------------------- */

static const char *copy_lower(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy(arena, text, length);

	for (char *c = copy; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
	}
	return copy;
}

/* A quotation mark within is written twice. */
static bool read_quoted(struct parser *parser, struct where_value *value)
{
	const char *begin = parser->at, mark = *begin;
	char *copy = arena_alloc(parser->arena, strlen(begin) + 1), *to = copy;

	for (const char *c = begin + 1; *c != '\0'; c++) {
		if (*c == mark && c[1] != mark) {
			parser->at = c + 1;
			*value = (struct where_value){ copy, true };
			return true;
		}
		c += *c == mark;
		*to++ = *c;
	}
	return fail(parser, begin, 0, "the quotation mark %c is not closed", mark);
}

static bool read_value(struct parser *parser, struct where_value *value)
{
	size_t length;

	parser->at = skip_spaces(parser->at);
	if (*parser->at == '\'' || *parser->at == '"') {
		return read_quoted(parser, value);
	}
	length = bare_length(parser->at);
	*value = (struct where_value){ arena_copy(parser->arena, parser->at, length), false };
	parser->at += length;
	return true;
}

static size_t count_values(const char *list)
{
	size_t count = 1;

	for (; *list != '\0'; list++) {
		count += *list == ',';
	}
	return count < WHERE_VALUES_MAX ? count : WHERE_VALUES_MAX;
}

/* A list in brackets. */
static bool read_values(struct parser *parser, struct where_test *test)
{
	const char *begin = parser->at;

	test->values = arena_alloc(parser->arena, count_values(begin) * sizeof(*test->values));
	do {
		const char *at = ++parser->at;

		if (parser->values_left == 0) {
			return fail(parser, at, 0, "lists have more than %d values",
				WHERE_VALUES_MAX);
		}
		if (!read_value(parser, &test->values[test->value_count])) {
			return false;
		}
		if (test->values[test->value_count].text[0] == '\0' &&
			!test->values[test->value_count].quoted) {
			return fail(parser, parser->at, 0, "in the list a value is missing");
		}
		test->value_count++;
		parser->values_left--;
		parser->at = skip_spaces(parser->at);
	} while (*parser->at == ',');
	if (*parser->at != ')') {
		return fail(parser, begin, 0, "the bracket is not closed");
	}
	parser->at++;
	return true;
}

static bool read_in(struct parser *parser, const char *begin, struct where_test *test)
{
	size_t length = (size_t)(parser->at - begin);

	parser->at = skip_spaces(parser->at);
	test->kind = WHERE_IN;
	test->lead = arena_copy(parser->arena, begin, length);
	if (*parser->at != '(') {
		return fail(parser, begin, length,
			"after '%.*s' a list in brackets was expected, such as month in (6,7,8)",
			told_length(begin, length), begin);
	}
	return read_values(parser, test);
}

/* An operator and a value. */
static bool read_compare(struct parser *parser, const char *begin, struct where_test *test)
{
	static const enum compare opposites[] = { [EQUAL] = NOT_EQUAL,
		[NOT_EQUAL] = EQUAL,
		[LESS] = GREATER_EQUAL,
		[LESS_EQUAL] = GREATER,
		[GREATER] = LESS_EQUAL,
		[GREATER_EQUAL] = LESS };
	size_t length = strspn(parser->at, OPERATORS), i = 0, count;
	double number;

	count = sizeof(operators) / sizeof(operators[0]);
	while (i < count && (strlen(operators[i].text) != length ||
				    strncmp(operators[i].text, parser->at, length) != 0)) {
		i++;
	}
	if (i == count) {
		return fail_operator(parser, begin, length);
	}
	if (number_parse_real(test->name, strlen(test->name), &number)) {
		return fail(parser, begin, bare_length(begin),
			"'%.*s' begins with a number: write the field first, such as tmax>=35",
			told_length(begin, bare_length(begin)), begin);
	}
	test->kind = WHERE_COMPARE;
	test->compare =
		parser->negated ? opposites[operators[i].compare] : operators[i].compare;
	parser->at += length;
	test->lead = arena_copy(parser->arena, begin, (size_t)(parser->at - begin));
	test->values = arena_alloc(parser->arena, sizeof(*test->values));
	test->value_count = 1;
	return read_value(parser, &test->values[0]);
}

static bool read_test(struct parser *parser, const char *begin, struct where_test *test)
{
	bool negated = false;
	const char *at = begin, *behind;

	while (is_name(*at)) {
		at++;
	}
	test->name = copy_lower(parser->arena, begin, (size_t)(at - begin));
	at = skip_spaces(at);
	if (*at != '\0' && strchr(OPERATORS, *at) != NULL) {
		parser->at = at;
		return read_compare(parser, begin, test);
	}
	behind = behind_null(at, &negated);
	if (behind != NULL) {
		parser->at = behind;
		test->kind = WHERE_NULL;
		test->negated = negated != parser->negated;
		return true;
	}
	behind = behind_in(at, &negated);
	if (behind != NULL) {
		parser->at = behind;
		test->negated = negated != parser->negated;
		return read_in(parser, begin, test);
	}
	return fail_condition(parser, begin);
}

static bool add_test(struct parser *parser, struct exits *exits)
{
	struct where *where = parser->where;
	const char *begin = parser->at;
	struct where_test *test = &where->tests[where->count];
	size_t length;

	if (*begin == '\0' || *begin == ',' || *begin == ')') {
		return fail_missing(parser);
	}
	if (*begin == '\'' || *begin == '"') {
		return fail(parser, begin, 0, "a field is written without quotation marks");
	}
	if (!is_name(*begin)) {
		return fail_condition(parser, begin);
	}
	if (where->count == parser->tests_room) {
		return fail(
			parser, begin, 0, "there are more than %d conditions", WHERE_TESTS_MAX);
	}
	*test = (struct where_test){ .yes = (size_t)CHAIN_END, .no = (size_t)CHAIN_END };
	if (!read_test(parser, begin, test)) {
		return false;
	}
	length = (size_t)(parser->at - begin);
	test->text = arena_copy(parser->arena, begin, length);
	test->place = is_alone(parser, begin, length) ? 0 : place_of(parser, begin);
	*exits = (struct exits){ (int)where->count, (int)where->count };
	where->count++;
	return true;
}

/* -- Expressions -------------------------------------------------------- */

static size_t *link_of(struct where *where, int test, bool yes)
{
	return yes ? &where->tests[test].yes : &where->tests[test].no;
}

static void set_targets(struct where *where, int chain, bool yes, size_t target)
{
	while (chain != CHAIN_END) {
		size_t *link = link_of(where, chain, yes);

		chain = (int)*link;
		*link = target;
	}
}

static int join_chains(struct where *where, int first, int second, bool yes)
{
	size_t *link = link_of(where, first, yes);

	while ((int)*link != CHAIN_END) {
		link = link_of(where, (int)*link, yes);
	}
	*link = (size_t)second;
	return first;
}

/* Two parts of which both must hold, or one. `second` begins at the test `at`. */
static void join_parts(struct where *where, bool both, size_t at, const struct exits *second,
	struct exits *first)
{
	set_targets(where, both ? first->yes : first->no, both, at);
	if (both) {
		first->yes = second->yes;
		first->no = join_chains(where, first->no, second->no, false);
	} else {
		first->no = second->no;
		first->yes = join_chains(where, first->yes, second->yes, true);
	}
}

static bool parse_level(struct parser *parser, enum level level, struct exits *exits);

static bool parse_bracket(struct parser *parser, struct exits *exits)
{
	const char *begin = parser->at;

	if (++parser->depth > WHERE_DEPTH_MAX) {
		return fail(
			parser, begin, 0, "more than %d brackets are open", WHERE_DEPTH_MAX);
	}
	parser->at++;
	parser->after = NULL;
	if (!parse_level(parser, ALL, exits)) {
		return false;
	}
	if (*parser->at != ')') {
		return *parser->at == '\0' ? fail(parser, begin, 0, "the bracket is not closed")
					   : fail(parser, parser->at, 0,
						     "a comma, and, or or ) was expected");
	}
	parser->at++;
	parser->depth--;
	return true;
}

static bool parse_term(struct parser *parser, struct exits *exits)
{
	bool negated = parser->negated, read;
	const char *behind;

	parser->at = skip_spaces(parser->at);
	while ((behind = behind_not(parser->at)) != NULL) {
		parser->negated = !parser->negated;
		parser->after = "not";
		parser->at = behind;
	}
	read = *parser->at == '(' ? parse_bracket(parser, exits) : add_test(parser, exits);
	parser->negated = negated;
	return read;
}

/* What is behind the separator of a level; NULL: another text follows. */
static const char *behind_separator(const char *text, enum level level)
{
	if (level == ALL) {
		return *text == ',' ? text + 1 : NULL;
	}
	return behind_word(text, separators[level]);
}

/* The parts of a level, joined. By De Morgan "not" changes "and" into "or"; since a null
 * satisfies neither a comparison nor its opposite, that is right for three-valued logic as
 * well. */
static bool parse_level(struct parser *parser, enum level level, struct exits *exits)
{
	const char *behind;

	if (level == TERM) {
		return parse_term(parser, exits);
	}
	if (!parse_level(parser, level + 1, exits)) {
		return false;
	}
	parser->at = skip_spaces(parser->at);
	while ((behind = behind_separator(parser->at, level)) != NULL) {
		size_t at = parser->where->count;
		struct exits next;

		parser->at = behind;
		parser->after = separators[level];
		if (!parse_level(parser, level + 1, &next)) {
			return false;
		}
		join_parts(parser->where, (level == ANY) == parser->negated, at, &next, exits);
		parser->at = skip_spaces(parser->at);
	}
	return true;
}

/* More tests than there can be in the text: each begins behind one of these characters. */
static size_t count_tests(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++) {
		count += strchr(SPACES ",()'\"", *text) != NULL;
	}
	return count < WHERE_TESTS_MAX ? count : WHERE_TESTS_MAX;
}

bool where_parse(
	struct arena *arena, const char *text, struct where *where, struct where_fault *fault)
{
	struct parser parser = { .arena = arena,
		.begin = text,
		.at = text,
		.where = where,
		.fault = fault,
		.tests_room = count_tests(text),
		.values_left = WHERE_VALUES_MAX };
	struct exits exits;

	*where = (struct where){ 0 };
	*fault = (struct where_fault){ 0 };
	where->tests = arena_alloc(arena, parser.tests_room * sizeof(*where->tests));
	if (!parse_level(&parser, ALL, &exits)) {
		return false;
	}
	if (*parser.at == ')') {
		return fail(
			&parser, parser.at, 0, "there is no bracket open to be closed here");
	}
	if (*parser.at != '\0') {
		return fail(&parser, parser.at, 0, "a comma, and or or was expected");
	}
	set_targets(where, exits.yes, true, where->count);
	set_targets(where, exits.no, false, where->count + 1);
	return true;
}

/* Syntax of the parameter `where`: a text to a flat program of tests, each with the test that
 *is next if it holds and if it does not. All [loop].
 *
 *	all    = any { "," any }              all of them hold
 *	any    = every { "or" every }
 *	every  = term { "and" term }
 *	term   = [ "not" ] ( "(" all ")" | test )
 *	test   = field operator value
 *	       | field [ "not" ] "in" "(" value { "," value } ")"
 *	       | field "is" [ "not" ] "null"
 *	operator = "=" "==" "!=" "<>" "<" "<=" ">" ">="
 *
 * Words in any letter case, spaces between all parts. A value is quoted ('...' or "...", in
 *which a quotation mark is written twice), or goes on to the next comma, to a bracket that it
 *did not open, or to "and" or "or" before another test. */
#ifndef ALMANAC_DOCUMENT_WHERE_H
#define ALMANAC_DOCUMENT_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	WHERE_TESTS_MAX = 64,   /* of an expression */
	WHERE_VALUES_MAX = 256, /* of all its lists */
	WHERE_DEPTH_MAX = 16    /* brackets open at a time */
};

enum compare { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

enum where_kind { WHERE_COMPARE, WHERE_IN, WHERE_NULL };

struct where_value {
	const char *text;
	bool quoted;
};

struct where_test {
	enum where_kind kind;
	const char *name;           /* of the field, in lower case */
	const char *text;           /* the test as written */
	const char *lead;           /* the test up to its value */
	enum compare compare;       /* WHERE_COMPARE */
	bool negated;               /* WHERE_IN, WHERE_NULL: not in, is not null */
	struct where_value *values; /* one; WHERE_NULL: none */
	size_t value_count;
	size_t place;   /* of its first character, from 1; 0: it is the whole text */
	size_t yes, no; /* index of the next test */
};

/* Past the last test is the end: `count` if the row satisfies the expression, count + 1 if it
 * does not. Each test is before the tests that are next. */
struct where {
	struct where_test *tests;
	size_t count;
};

/* What is wrong with a text. */
struct where_fault {
	const char *what; /* a sentence that has the place and what to write instead */
	const char *text; /* the test at fault, or the text from the fault on */
};

/* Parses an expression. False: it is malformed, and *fault says how. */
bool where_parse(
	struct arena *arena, const char *text, struct where *where, struct where_fault *fault);

#endif

#include "route/value_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/number.h"

/* -- Words -------------------------------------------------------------- */

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };
enum { MONTHS = 12, MONTH_LETTERS = 3 };

const char *quoted_text(struct arena *arena, const char *text)
{
	size_t length = strlen(text);
	bool quoted = length > 2 && (text[0] == '"' || text[0] == '\'') &&
		      text[length - 1] == text[0];

	return quoted ? arena_copy(arena, text + 1, length - 2) : NULL;
}

bool is_no_value(const char *text)
{
	return strcasecmp(text, "null") == 0 || strcmp(text, "None") == 0 ||
	       strcasecmp(text, "nan") == 0 || strcmp(text, "undefined") == 0;
}

/* -- Dates -------------------------------------------------------------- */

/* Whether the text begins like the pattern, in which 0 stands for any digit and / for any
 * of - / . */
static bool begins_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++) {
		bool fits = *pattern == '0'   ? isdigit((unsigned char)*text) != 0
			    : *pattern == '/' ? *text != '\0' && strchr("-/.", *text) != NULL
					      : *text == *pattern;

		if (!fits) {
			return false;
		}
	}
	return true;
}

static bool is_like(const char *text, const char *pattern)
{
	return strlen(text) == strlen(pattern) && begins_like(text, pattern);
}

static const char *say_no_such_day(struct arena *arena, const char *text)
{
	int year, month;

	if (sscanf(text, "%4d-%2d", &year, &month) != 2 || year < DATE_YEAR_MIN) {
		return "; years are 0001 to 9999";
	}
	if (month < 1 || month > 12) {
		return arena_printf(arena, "; there is no month %02d", month);
	}
	if (strcmp(text + DATE_TEXT - 2, "00") == 0) {
		return "; there is no day 00";
	}
	return arena_printf(arena, "; %s %d has %d days", months[month - 1], year,
		date_month_days(year, month));
}

/* Written with other separators, or without a 0 before a digit; NULL: it is not that. */
static const char *say_other_form(struct arena *arena, const char *text)
{
	int year, month, day, read = 0;

	if (sscanf(text, "%4d%*[-/.]%2d%*[-/.]%2d%n", &year, &month, &day, &read) != 3 ||
		text[read] != '\0' || text[0] == '-' ||
		date_day(year, month, day) == DATE_NONE) {
		return NULL;
	}
	return arena_printf(arena, "; write it %04d-%02d-%02d", year, month, day);
}

static const char *say_with_hyphens(struct arena *arena, const char *text)
{
	const char *date = arena_printf(arena, "%.4s-%.2s-%.2s", text, text + 4, text + 6);

	return date_parse(date, DATE_TEXT) != DATE_NONE
		       ? arena_printf(arena, "; write it %s", date)
		       : say_no_such_day(arena, date);
}

static bool has_year_last(const char *text)
{
	return is_like(text, "00/00/0000") || is_like(text, "0/0/0000") ||
	       is_like(text, "0/00/0000") || is_like(text, "00/0/0000");
}

/* A date, and something behind it. */
static const char *say_behind(struct arena *arena, const char *text)
{
	const char *behind = text + DATE_TEXT;

	if (behind[strspn(behind, " ")] == '\0') {
		return arena_printf(arena, "; write it %.*s", DATE_TEXT, text);
	}
	return strchr("Tt ", *behind) != NULL
		       ? arena_printf(arena, "; leave out the time: %.*s", DATE_TEXT, text)
		       : arena_printf(arena, "; write one date alone: %.*s", DATE_TEXT, text);
}

const char *date_advice(struct arena *arena, const char *text)
{
	const char *other = quoted_text(arena, text);

	if (other != NULL) {
		return arena_printf(arena, "; leave out the quotation marks: %s", other);
	}
	if (is_like(text, "0000-00-00")) {
		return say_no_such_day(arena, text);
	}
	if (date_parse(text, strnlen(text, DATE_TEXT)) != DATE_NONE) {
		return say_behind(arena, text);
	}
	if (is_like(text, "00000000")) {
		return say_with_hyphens(arena, text);
	}
	if ((is_like(text, "0000") && strcmp(text, "0000") == 0) ||
		(is_like(text, "0000-00") &&
			date_day(atoi(text), atoi(text + 5), 1) == DATE_NONE)) {
		return say_no_such_day(arena, arena_printf(arena, "%s-01-01", text));
	}
	if (is_like(text, "0000")) {
		return arena_printf(arena,
			"; of a year write a day, such as %s-01-01 or %s-12-31", text, text);
	}
	if (is_like(text, "0000-00")) {
		return arena_printf(arena, "; of a month write a day, such as %s-01", text);
	}
	if (has_year_last(text)) {
		return "; write the year first, then month and day";
	}
	if (is_like(text, "00/00/00")) {
		return "; write the year with four digits, then month and day";
	}
	other = say_other_form(arena, text);
	return other != NULL ? other : "";
}

/* -- Numbers ------------------------------------------------------------ */

bool is_whole_number(const char *text)
{
	size_t digits = strspn(text + (text[0] == '-'), "0123456789");

	return digits > 0 && text[(text[0] == '-') + digits] == '\0';
}

/* A percentage as the share of 1 that it is. */
static const char *say_share(struct arena *arena, double percent)
{
	return arena_printf(arena, "; write it as a share of 1: %g", percent / 100);
}

/* Whether it is that unit, as people write it: "C", "°C" and "degC" are one. */
static bool is_unit(const char *text, const char *unit)
{
	static const char *const signs[] = { "deg", "\u00b0", "\u00ba" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i]);

		text += strncasecmp(text, signs[i], length) == 0 ? length : 0;
	}
	unit += strncmp(unit, "deg", 3) == 0 && unit[3] != 'r' ? 3 : 0;
	return strcasecmp(text, unit) == 0;
}

/* Of a number that is followed by something; NULL: none is, or it is no word. */
static const char *say_what_follows(struct arena *arena, const char *text, const char *unit)
{
	size_t length = strspn(text, "-0123456789.");
	const char *word = text + length + strspn(text + length, " ");
	double number;

	if (length == 0 || text[length] == '\0' || !number_parse_real(text, length, &number)) {
		return NULL;
	}
	if (strcmp(word, "%") == 0 && unit != NULL && strcmp(unit, "1") == 0) {
		return say_share(arena, number);
	}
	if (strpbrk(word, "0123456789<>=!&|;,/") != NULL) {
		return NULL;
	}
	if (unit != NULL && *word != '\0' && strcmp(unit, "1") != 0 && !is_unit(word, unit)) {
		return arena_printf(arena, "; write the number alone, in %s", unit);
	}
	return arena_printf(arena, "; leave out %s: %.*s",
		unit != NULL && *word != '\0' ? "the unit" : "what is behind it", (int)length,
		text);
}

/* Digits with a comma before each last three. */
static bool has_thousands(const char *text)
{
	size_t length = strspn(text, "0123456789");
	bool found = length > 0 && length <= 3 && text[length] == ',';

	for (text += length; *text == ','; text += 1 + length) {
		length = strspn(text + 1, "0123456789");
		found = found && length == 3;
	}
	return found && *text == '\0';
}

static const char *without_commas(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text)), *to = copy;

	for (; *text != '\0'; text++) {
		if (*text != ',') {
			*to++ = *text;
		}
	}
	*to = '\0';
	return copy;
}

/* Of a number that has a comma in it; NULL: it is none. */
static const char *say_comma(struct arena *arena, const char *text)
{
	size_t comma = strcspn(text, ",");
	double number;

	if (comma == 0 || text[comma] == '\0' || !is_whole_number(text + comma + 1) ||
		text[comma + 1] == '-' || !number_parse_real(text, comma, &number)) {
		return NULL;
	}
	if (has_thousands(text)) {
		return arena_printf(arena, "; write it %s, or %.*s.%s",
			without_commas(arena, text), (int)comma, text, text + comma + 1);
	}
	return arena_printf(
		arena, "; decimals take a point: %.*s.%s", (int)comma, text, text + comma + 1);
}

/* "+5", or " 5", since '+' in a URL is a space; NULL: it is not that. */
static const char *say_before(struct arena *arena, const char *text)
{
	double number;

	return (text[0] == '+' || text[0] == ' ') &&
			       number_parse_real(text + 1, strlen(text + 1), &number)
		       ? arena_printf(arena, "; leave out what is before it: %s", text + 1)
		       : NULL;
}

const char *number_advice(struct arena *arena, const char *text, const char *unit)
{
	const char *said = quoted_text(arena, text);

	if (said != NULL) {
		return arena_printf(arena, "; leave out the quotation marks: %s", said);
	}
	said = say_before(arena, text);
	if (said == NULL) {
		said = say_comma(arena, text);
	}
	if (said == NULL && has_thousands(text)) {
		said = arena_printf(arena, "; write it %s", without_commas(arena, text));
	}
	if (said == NULL) {
		said = say_what_follows(arena, text, unit);
	}
	return said != NULL ? said : "";
}

/* Two numbers with something between them. */
static bool has_several(const char *text)
{
	size_t length = strspn(text, "0123456789");
	const char *next = text + length;

	next += strspn(next, ",-:;/|. ");
	return length > 0 && next > text + length && isdigit((unsigned char)*next);
}

int month_named(const char *text)
{
	size_t length = strlen(text);

	for (int i = 0; i < MONTHS && length >= MONTH_LETTERS; i++) {
		if (strncasecmp(text, months[i], length) == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* Whether it is a number without a fraction, written as one that has: "100.0", "1e3". */
static bool is_whole_real(const char *text, long long *whole)
{
	static const double most = 1e15;
	double number;

	if (!number_parse_real(text, strlen(text), &number) || number < -most ||
		number > most) {
		return false;
	}
	*whole = (long long)number;
	return number >= (double)*whole && number <= (double)*whole;
}

const char *integer_advice(struct arena *arena, const char *text, bool list)
{
	long long whole;

	if (is_whole_real(text, &whole)) {
		return arena_printf(arena, "; write it %lld", whole);
	}
	if (has_thousands(text)) {
		return arena_printf(arena, "; write it %s", without_commas(arena, text));
	}
	if (has_several(text) && !number_parse_real(text, strlen(text), &(double){ 0 })) {
		return list ? "; write each number, with commas alone between them"
			    : "; write one number";
	}
	return number_advice(arena, text, NULL);
}

/* -- Lists -------------------------------------------------------------- */

const char *words_list(struct arena *arena, const char *const *list)
{
	const char *text = "";

	for (size_t i = 0; list[i] != NULL; i++) {
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", list[i]);
	}
	return text;
}

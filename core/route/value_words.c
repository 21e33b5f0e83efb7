#include "route/value_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"

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
	static const char *const months[] = { "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };
	int year, month;

	if (sscanf(text, "%4d-%2d", &year, &month) != 2 || year < DATE_YEAR_MIN) {
		return "; years are 0001 to 9999";
	}
	if (month < 1 || month > 12) {
		return arena_printf(arena, "; there is no month %02d", month);
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
	static const char *const patterns[] = { "00/00/0000", "0/0/0000", "0/00/0000",
		"00/0/0000" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (is_like(text, patterns[i])) {
			return true;
		}
	}
	return false;
}

const char *date_advice(struct arena *arena, const char *text)
{
	const char *other;

	if (is_like(text, "0000-00-00")) {
		return say_no_such_day(arena, text);
	}
	if (begins_like(text, "0000-00-00") && strchr("Tt ", text[DATE_TEXT]) != NULL) {
		return arena_printf(arena, "; leave out the time: %.*s", DATE_TEXT, text);
	}
	if (is_like(text, "00000000")) {
		return say_with_hyphens(arena, text);
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

/* Of a number that is followed by something; NULL: none is. */
static const char *say_what_follows(struct arena *arena, const char *text)
{
	size_t length = strspn(text, "-0123456789.");
	double number;

	if (length == 0 || !number_parse_real(text, length, &number)) {
		return NULL;
	}
	if (strcmp(text + length, "%") == 0) {
		return say_share(arena, number);
	}
	return isalpha((unsigned char)text[length]) || text[length] == ' ' ||
			       (text[length] & 0x80) != 0
		       ? arena_printf(arena, "; leave out the unit: %.*s", (int)length, text)
		       : NULL;
}

const char *number_advice(struct arena *arena, const char *text)
{
	size_t length = strlen(text), comma = strcspn(text, ",");
	size_t skip = text[0] == '+' || text[0] == ' ';
	const char *follows;
	double number;

	if (skip > 0 && number_parse_real(text + 1, length - 1, &number)) {
		return arena_printf(arena, "; leave out what is before it: %s", text + 1);
	}
	if (comma > 0 && comma < length && is_whole_number(text + comma + 1) &&
		text[comma + 1] != '-' && number_parse_real(text, comma, &number)) {
		return arena_printf(arena, "; decimals take a point: %.*s.%s", (int)comma, text,
			text + comma + 1);
	}
	follows = say_what_follows(arena, text);
	return follows != NULL ? follows : "";
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

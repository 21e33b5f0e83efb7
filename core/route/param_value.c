#include "route/param_value.h"
#include "reply/problem.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/number.h"
#include "base/utf8.h"
#include "catalog/catalog.h"
#include "plugin/value.h"
#include "route/hints.h"
#include "route/host_params.h"
#include "route/nearest_station.h"
#include "route/value_words.h"

enum {
	VALUE_BYTES_MAX = 1024, /* of a text without bounds of its own */
	STATION_ID_MAX = 32,    /* as in plugin.h */
	NEAR_MOST = 4,          /* flaws of a request: later ones are not searched for */
	MONTHS = 12,
	DATE_COMPACT = 8, /* characters of the shortest day; months and years have fewer */
	CODE_MAX = 16     /* of shorter texts an example says more than their length */
};

typedef bool parse_fn(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value);

static void note(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, const char *const *allowed, const char *detail)
{
	struct problem problem = {
		.status = 422, .param = param->name, .value = text->text, .allowed = allowed
	};

	violations_add(
		judge->violations, judge->arena, &problem, "%s: %s", param->name, detail);
}

/* -- Texts ------------------------------------------------------------------ */

static size_t count_characters(const struct url_text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->length; i++) {
		count += ((unsigned char)text->text[i] & 0xC0) != 0x80;
	}
	return count;
}

static bool is_choice(const struct alm_param *param, const char *text)
{
	for (const char *const *choice = param->choices; *choice != NULL; choice++) {
		if (strcmp(*choice, text) == 0) {
			return true;
		}
	}
	return false;
}

static bool parse_text(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	long long length = (long long)count_characters(text);
	const char *example = param->max <= CODE_MAX ? param->example : NULL;

	if (param->choices != NULL && !is_choice(param, text->text)) {
		note(judge, param, text, param->choices,
			arena_printf(judge->arena, "'%s' is not one of %s%s", text->text,
				words_list(judge->arena, param->choices),
				hint_choice(judge->arena, text->text, param->choices)));
		return false;
	}
	if (param->max != 0 && (length < param->min || length > param->max)) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena,
				"it must have %lld to %lld characters%s%.*s, and has %lld",
				(long long)param->min, (long long)param->max,
				example != NULL ? ", such as " : "",
				example != NULL ? (int)strcspn(example, ",") : 0,
				example != NULL ? example : "", length));
		return false;
	}
	value->text = text->text;
	return true;
}

/* -- Numbers and dates --------------------------------------------------------- */

static bool is_bounded(const struct alm_param *param)
{
	return param->min != 0 || param->max != 0;
}

static void note_bounds(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, bool is_large)
{
	note(judge, param, text, NULL,
		arena_printf(judge->arena, "it must be %lld to %lld%s", (long long)param->min,
			(long long)param->max, is_large ? host_param_beyond(param) : ""));
}

static void note_no_integer(
	const struct judge *judge, const struct alm_param *param, const struct url_text *text)
{
	bool is_month = param->min == 1 && param->max == MONTHS;
	int month = is_month ? month_named(text->text) : 0;

	if (is_whole_number(text->text) && is_bounded(param)) {
		note_bounds(judge, param, text, text->text[0] != '-');
		return;
	}
	note(judge, param, text, NULL,
		arena_printf(judge->arena, "'%s' is not an integer%s", text->text,
			month > 0 ? arena_printf(judge->arena, "; write its number: %d", month)
				  : integer_advice(judge->arena, text->text,
					    (param->flags & ALM_LIST) != 0)));
}

static bool parse_integer(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	int64_t integer;

	if (!number_parse_integer(text->text, text->length, &integer)) {
		note_no_integer(judge, param, text);
		return false;
	}
	if (is_bounded(param) && (integer < param->min || integer > param->max)) {
		note_bounds(judge, param, text, integer > param->max);
		return false;
	}
	*value = (struct value){ text->text, integer, (double)integer };
	return true;
}

static void note_no_number(
	const struct judge *judge, const struct alm_param *param, const struct url_text *text)
{
	const char *advice = number_advice(judge->arena, text->text, host_param_unit(param));
	const char *example = param->example != NULL ? param->example : "12.5";

	if (advice[0] == '\0') {
		advice = arena_printf(judge->arena, " such as %s", example);
	}
	note(judge, param, text, NULL,
		arena_printf(judge->arena, "'%s' is not a number%s", text->text, advice));
}

static bool parse_number(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	double number;

	if (!number_parse_real(text->text, text->length, &number)) {
		note_no_number(judge, param, text);
		return false;
	}
	if (is_bounded(param) && (number < (double)param->min || number > (double)param->max)) {
		note_bounds(judge, param, text, number > (double)param->max);
		return false;
	}
	*value = (struct value){ .text = text->text, .number = number };
	return true;
}

static bool parse_boolean(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	static const char *const allowed[] = { "true", "false", NULL };
	bool is_true = strcmp(text->text, "true") == 0;

	if (!is_true && strcmp(text->text, "false") != 0) {
		note(judge, param, text, allowed,
			arena_printf(
				judge->arena, "'%s' is neither true nor false", text->text));
		return false;
	}
	*value = (struct value){ text->text, is_true, is_true };
	return true;
}

static void note_no_date(
	const struct judge *judge, const struct alm_param *param, const struct url_text *text)
{
	const char *advice = date_advice(judge->arena, text->text);

	note(judge, param, text, NULL,
		arena_printf(judge->arena, "'%s' is not a date%s", text->text,
			advice[0] != '\0' ? advice : " such as 2014-12-31 (year-month-day)"));
}

static bool parse_date(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	bool day = (param->flags & ALM_SPAN) == 0 || text->length >= DATE_COMPACT;
	int32_t first, last;
	char *copy;

	if (!date_parse_span(text->text, text->length, day, &first, &last)) {
		note_no_date(judge, param, text);
		return false;
	}
	*value = (struct value){ text->text, first, last };
	if (day) { /* one way to write it, for links */
		copy = arena_alloc(judge->arena, DATE_TEXT + 1);
		date_write(copy, first);
		value->text = copy;
	}
	return true;
}

static bool parse_years(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	struct alm_value years;
	struct error err = { 0 };

	if (value_parse(param, text->text, &years, &err) != 0) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena, "'%s' %s", text->text, err.text));
		return false;
	}
	*value = (struct value){ .text = text->text };
	return true;
}

/* -- Stations and elements ------------------------------------------------------- */

static bool is_station_id(const struct url_text *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";

	return text->length > 0 && text->length <= STATION_ID_MAX &&
	       strspn(text->text, allowed) == text->length;
}

static void note_unknown(
	const struct judge *judge, const struct alm_param *param, const char *id)
{
	static const char *const none[] = { NULL };
	const char *const *near = judge->violations->count < NEAR_MOST
					  ? nearest_stations(judge->catalog, id, judge->arena)
					  : none;
	struct problem problem = { .status = 404,
		.param = param->name,
		.value = id,
		.allowed = near[0] != NULL ? near : NULL };

	judge->violations->by_catalog = true;
	violations_add(judge->violations, judge->arena, &problem, "there is no station '%s'%s",
		id, nearest_advice(judge->request, near, id, judge->arena));
}

static void note_no_id(
	const struct judge *judge, const struct alm_param *param, const struct url_text *text)
{
	size_t length = strcspn(text->text, "; |\t\n");
	const char *bare = quoted_text(judge->arena, text->text);

	if (bare != NULL) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena, "leave out the quotation marks: %s", bare));
		return;
	}
	if (text->text[length] != '\0' && length > 0) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena,
				"'%s' is no station id: it has a %s in it; %s", text->text,
				text->text[length] == ';'   ? "semicolon"
				: text->text[length] == '|' ? "vertical bar"
							    : "space",
				(param->flags & ALM_LIST) != 0
					? "ids are separated by commas alone"
					: "write one id"));
		return;
	}
	note(judge, param, text, NULL,
		arena_printf(judge->arena,
			"'%s' is no station id: 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'",
			text->text));
}

static bool parse_station(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	long i;

	if (!is_station_id(text)) {
		note_no_id(judge, param, text);
		return false;
	}
	i = judge->catalog != NULL ? catalog_match_station(judge->catalog, text->text) : -1;
	if (i < 0 && judge->catalog != NULL && !judge->keep_unknown) {
		note_unknown(judge, param, text->text);
		return false;
	}
	value->text = text->text;
	if (i >= 0 && strcmp(judge->catalog->stations[i]->id, text->text) != 0) {
		value->text =
			arena_copy(judge->arena, judge->catalog->stations[i]->id, text->length);
	}
	return true;
}

static const char *const *stored_elements(const struct judge *judge)
{
	const struct catalog *catalog = judge->catalog;
	const char **list =
		arena_alloc(judge->arena, (catalog->element_count + 1) * sizeof(*list));

	for (size_t i = 0; i < catalog->element_count; i++) {
		list[i] = catalog->elements[i].code;
	}
	return list;
}

static void note_not_stored(
	const struct judge *judge, const struct alm_param *param, const struct url_text *text)
{
	const char *const *stored = stored_elements(judge);

	note(judge, param, text, stored,
		arena_printf(judge->arena, "'%s' is not stored%s%s", text->text,
			stored[0] != NULL ? "; there are " : "; nothing is yet",
			words_list(judge->arena, stored)));
}

static bool parse_element(const struct judge *judge, const struct alm_param *param,
	const struct url_text *text, struct value *value)
{
	const struct catalog *catalog = judge->catalog;
	long i = catalog != NULL ? catalog_find_element(catalog, text->text) : -1;

	if (i < 0 && catalog != NULL && !judge->keep_unknown) {
		judge->violations->by_catalog = true;
		note_not_stored(judge, param, text);
		return false;
	}
	value->text = text->text;
	if (i >= 0) { /* copied, since the catalog may be replaced by a newer one */
		value->text = arena_copy(judge->arena, catalog->elements[i].code,
			strlen(catalog->elements[i].code));
	}
	return true;
}

/* -- All types --------------------------------------------------------------------- */

static parse_fn *const parsers[] = {
	[ALM_TEXT] = parse_text,
	[ALM_INTEGER] = parse_integer,
	[ALM_NUMBER] = parse_number,
	[ALM_BOOLEAN] = parse_boolean,
	[ALM_DATE] = parse_date,
	[ALM_STATION] = parse_station,
	[ALM_ELEMENT] = parse_element,
	[ALM_YEARS] = parse_years,
};

/* Texts of any form may have spaces, and those that name fields are judged with the rows. */
static bool has_space(const struct alm_param *param, const struct url_text *text)
{
	bool is_item = (param->flags & ALM_LIST) != 0 && !host_param_is_of_rows(param);

	return is_item && (text->text[0] == ' ' || text->text[text->length - 1] == ' ');
}

/* Values of which there may be several, with something else than a comma between them. */
static bool is_parted(const struct alm_param *param, const struct url_text *text)
{
	bool is_word = param->type == ALM_ELEMENT || param->choices != NULL ||
		       host_param_is_code(param);

	return is_word && (param->flags & ALM_LIST) != 0 &&
	       text->text[strcspn(text->text, ";| +")] != '\0';
}

/* Numbers and dates that a program had none of. */
static bool is_missing(const struct alm_param *param, const struct url_text *text)
{
	return param->type != ALM_STATION && param->type != ALM_ELEMENT &&
	       (param->type != ALM_TEXT || param->choices != NULL) && is_no_value(text->text) &&
	       (param->choices == NULL || !is_choice(param, text->text));
}

/* Ids and codes: no space is one of their characters. */
static bool is_code(const struct alm_param *param)
{
	return param->type == ALM_STATION || param->type == ALM_ELEMENT ||
	       host_param_is_code(param);
}

static struct url_text without_spaces(struct arena *arena, const struct url_text *text)
{
	size_t begin = strspn(text->text, " "), end = text->length;

	while (end > begin && text->text[end - 1] == ' ') {
		end--;
	}
	return (struct url_text){ arena_copy(arena, text->text + begin, end - begin),
		end - begin };
}

/* Most bytes of a text: of one with bounds, the characters are counted. */
static bool is_too_long(const struct alm_param *param, const struct url_text *text)
{
	return text->length > VALUE_BYTES_MAX && (param->type != ALM_TEXT || param->max == 0);
}

bool param_value_parse(const struct judge *judge, const struct alm_param *param,
	const struct url_text *given, struct value *value)
{
	struct url_text bare = is_code(param) ? without_spaces(judge->arena, given) : *given;
	const struct url_text *text = &bare;

	if (text->length == 0) {
		note(judge, param, text, NULL, "it is empty; leave it out or give a value");
		return false;
	}
	if (has_space(param, text)) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena,
				"'%s' %s with a space; separate values by commas alone",
				text->text, text->text[0] == ' ' ? "begins" : "ends"));
		return false;
	}
	if (is_parted(param, text)) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena,
				"'%s' is more than one value; separate values by commas alone",
				text->text));
		return false;
	}
	if (is_missing(param, text)) {
		note(judge, param, text, NULL,
			arena_printf(judge->arena,
				"'%s' is no value; leave the parameter out, or give one",
				text->text));
		return false;
	}
	if (is_too_long(param, text)) {
		note(judge, param, text, NULL,
			arena_printf(
				judge->arena, "it is longer than %d bytes", VALUE_BYTES_MAX));
		return false;
	}
	return parsers[param->type](judge, param, text, value);
}

bool param_value_equal(enum alm_type type, const struct value *a, const struct value *b)
{
	switch (type) {
	case ALM_INTEGER:
	case ALM_BOOLEAN:
		return a->integer == b->integer;
	case ALM_DATE:
		return a->integer == b->integer && strcmp(a->text, b->text) == 0;
	case ALM_NUMBER:
		return a->number >= b->number && a->number <= b->number;
	case ALM_TEXT:
	case ALM_STATION:
	case ALM_YEARS:
		return strcmp(a->text, b->text) == 0;
	case ALM_ELEMENT:
		return strcasecmp(a->text, b->text) == 0;
	}
	return false;
}

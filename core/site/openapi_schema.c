#include "site/openapi_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "plugin/value.h"
#include "reply/problem.h"
#include "route/host_params.h"
#include "route/params.h"
#include "route/route.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

/* -- Parameters ------------------------------------------------------------------ */

/* Years 0001 to 9999, and those of them that are leap years. */
#define YEAR "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
#define LEAP "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
/* Days of the calendar, their parts separated. */
#define DAYS(hyphen) \
	YEAR hyphen "(0[13578]|1[02])" hyphen "(0[1-9]|[12][0-9]|3[01])|" YEAR hyphen \
		    "(0[469]|11)" hyphen "(0[1-9]|[12][0-9]|30)|" YEAR hyphen "02" hyphen \
		    "(0[1-9]|1[0-9]|2[0-8])|" LEAP hyphen "02" hyphen "29"
/* The time at which a day begins. */
#define MIDNIGHT "([Tt ]00:00(:00(\\.(0|000|000000))?)?([Zz]|[+ -]00:?00)?)?"
#define DAY_PATTERN "^(" DAYS("-") "|" DAYS("") ")" MIDNIGHT "$"
#define SPAN_PATTERN "^((" DAYS("-") "|" DAYS("") ")" MIDNIGHT "|" YEAR "(-(0[1-9]|1[0-2]))?)$"

/* Patterns and formats of texts by type. */
static const struct {
	const char *type, *format, *pattern;
} types[] = {
	[ALM_TEXT] = { "string", NULL, NULL },
	[ALM_INTEGER] = { "integer", "int64", NULL },
	[ALM_NUMBER] = { "number", NULL, NULL },
	[ALM_BOOLEAN] = { "boolean", NULL, NULL },
	[ALM_DATE] = { "string", "date", NULL },
	[ALM_STATION] = { "string", NULL, "^ *[A-Za-z0-9_.-]{1,32} *$" },
	[ALM_ELEMENT] = { "string", NULL, "^ *[A-Za-z0-9*#]{1,8} *$" },
	[ALM_YEARS] = { "string", NULL, "^(1[789]|2[01])[0-9]{2}-(1[789]|2[01])[0-9]{2}$" },
};

static void add_text(cJSON *to, const char *name, const char *text)
{
	if (text != NULL) {
		cJSON_AddStringToObject(to, name, text);
	}
}

/* Ranges of so many years: no pattern says how long a range is. */
static void add_ranges(cJSON *schema, int years)
{
	cJSON *list = cJSON_AddArrayToObject(schema, "enum");

	for (int first = VALUE_YEAR_MIN; first + years - 1 <= VALUE_YEAR_MAX; first++) {
		char text[32];

		snprintf(text, sizeof(text), "%d-%d", first, first + years - 1);
		cJSON_AddItemToArray(list, cJSON_CreateString(text));
	}
}

static void add_bounds(cJSON *schema, const struct alm_param *param)
{
	bool text = param->type == ALM_TEXT;

	if (param->type == ALM_YEARS && param->max_values != 0) {
		add_ranges(schema, (int)param->max_values);
	}
	if ((param->min == 0 && param->max == 0) || host_param_is_code(param)) {
		return;
	}
	cJSON_AddNumberToObject(schema, text ? "minLength" : "minimum", (double)param->min);
	cJSON_AddNumberToObject(schema, text ? "maxLength" : "maximum", (double)param->max);
}

/* Schema of one value. */
static cJSON *value_schema(const struct alm_param *param)
{
	cJSON *schema = cJSON_CreateObject();

	add_text(schema, "type", types[param->type].type);
	if (param->type == ALM_DATE) { /* more than the format "date" is taken */
		add_text(schema, "pattern",
			(param->flags & ALM_SPAN) != 0 ? SPAN_PATTERN : DAY_PATTERN);
	} else {
		add_text(schema, "format", types[param->type].format);
		add_text(schema, "pattern", types[param->type].pattern);
	}
	add_bounds(schema, param);
	if (param->choices != NULL) {
		cJSON *list = cJSON_AddArrayToObject(schema, "enum");

		for (const char *const *choice = param->choices; *choice != NULL; choice++) {
			cJSON_AddItemToArray(list, cJSON_CreateString(*choice));
		}
	}
	return schema;
}

static cJSON *one_value(const struct alm_param *param, const char *text, size_t length)
{
	char copy[256];
	double number;

	if (param->type == ALM_BOOLEAN) {
		return cJSON_CreateBool(length == 4 && memcmp(text, "true", 4) == 0);
	}
	if ((param->type == ALM_INTEGER || param->type == ALM_NUMBER) &&
		number_parse(text, length, &number)) {
		return cJSON_CreateNumber(number);
	}
	snprintf(copy, sizeof(copy), "%.*s", (int)length, text);
	return cJSON_CreateString(copy);
}

cJSON *openapi_param_value(const struct alm_param *param, const char *text)
{
	cJSON *list;

	if ((param->flags & ALM_LIST) == 0) {
		return one_value(param, text, strlen(text));
	}
	list = cJSON_CreateArray();
	while (*text != '\0') {
		size_t length = strcspn(text, ",");

		cJSON_AddItemToArray(list, one_value(param, text, length));
		text += length + (text[length] == ',');
	}
	return list;
}

cJSON *openapi_param_schema(const struct alm_param *param)
{
	cJSON *schema = value_schema(param);

	if ((param->flags & ALM_LIST) != 0) {
		cJSON *items = schema;

		if (param->type == ALM_TEXT && param->choices == NULL) {
			/* A comma separates values; codes have no separator at all. */
			add_text(items, "pattern",
				host_param_is_code(param) ? "^ *[^, +;|]{1,8} *$" : "^[^,]+$");
		}
		schema = cJSON_CreateObject();
		add_text(schema, "type", "array");
		cJSON_AddItemToObject(schema, "items", items);
		cJSON_AddNumberToObject(schema, "minItems", 1);
		cJSON_AddNumberToObject(schema, "maxItems",
			param->max_values != 0 ? param->max_values : PARAMS_LIST_MAX);
	}
	if (param->default_value != NULL) {
		cJSON_AddItemToObject(
			schema, "default", openapi_param_value(param, param->default_value));
	}
	return schema;
}

/* -- Answers ---------------------------------------------------------------------- */

static cJSON *field_schema(const struct alm_field *field)
{
	cJSON *schema = cJSON_CreateObject();
	const char *type = types[field->type].type;
	char help[512];

	if ((field->flags & ALM_NULLABLE) != 0) {
		cJSON *both = cJSON_AddArrayToObject(schema, "type");

		cJSON_AddItemToArray(both, cJSON_CreateString(type));
		cJSON_AddItemToArray(both, cJSON_CreateString("null"));
	} else {
		add_text(schema, "type", type);
	}
	add_text(schema, "format", types[field->type].format);
	if (field->unit != NULL) {
		snprintf(help, sizeof(help), "%s (%s)", field->help, field->unit);
		add_text(schema, "description", help);
		add_text(schema, "x-unit", field->unit);
	} else {
		add_text(schema, "description", field->help);
	}
	return schema;
}

/* Elements answered by default. */
static const char *default_elements(const struct alm_route *declared)
{
	for (const struct alm_param *p = declared->params; p != NULL && p->name != NULL; p++) {
		if (p->type == ALM_ELEMENT && p->default_value != NULL) {
			return p->default_value;
		}
	}
	return "";
}

/* Field name of an element: its code in lower case. */
static void member_name(const char *code, size_t length, char *name, size_t size)
{
	snprintf(name, size, "%.*s", (int)length, code);
	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
}

/* Adds flags and times of elements, which a route may be asked for. */
static void add_marks(cJSON *row)
{
	cJSON *patterns = cJSON_AddObjectToObject(row, "patternProperties");
	cJSON *flag = cJSON_Parse("{\"type\":[\"string\",\"null\"],\"maxLength\":1}");
	cJSON *time = cJSON_Parse("{\"type\":[\"string\",\"null\"],"
				  "\"pattern\":\"^([01][0-9]|2[0-4]):[0-5][0-9]$\"}");

	add_text(flag, "description",
		"GHCN-Daily's measurement, quality or source flag of the element; null: none");
	add_text(time, "description",
		"Local time of observation of the element, HH:MM, 24:00 the end of the day; null: not "
		"known");
	cJSON_AddItemToObject(patterns, "_[mqs]flag$", flag);
	cJSON_AddItemToObject(patterns, "_time$", time);
}

/* Adds fields of elements. Which are stored is unknown here: the default ones are listed,
 * others allowed. */
static void add_elements(
	cJSON *row, cJSON *properties, const struct alm_route *declared, cJSON *schema)
{
	const char *list = default_elements(declared);

	while (*list != '\0') {
		size_t length = strcspn(list, ",");
		char name[16];

		member_name(list, length, name, sizeof(name));
		cJSON_AddItemToObject(properties, name, cJSON_Duplicate(schema, true));
		list += length + (list[length] == ',');
	}
	add_marks(row);
	cJSON_AddItemToObject(row, "additionalProperties", schema);
}

static void add_key(cJSON *properties, const char *name, const char *help)
{
	cJSON *key = cJSON_AddObjectToObject(properties, name);

	add_text(key, "type", "integer");
	add_text(key, "description", help);
}

/* Adds the keys of a statistic's rows; its columns are unknown here. */
static void add_columns(cJSON *row, cJSON *properties, const struct alm_field *field)
{
	cJSON *station = cJSON_AddObjectToObject(properties, "station_id"), *others;

	add_text(station, "type", "string");
	add_text(station, "description", "Station");
	add_key(properties, "year", "Year of the period.");
	for (size_t i = 0; i < period_kind_count; i++) {
		if (period_kinds[i].stored && period_kinds[i].parts > 0) {
			add_key(properties, period_kinds[i].name, period_kinds[i].member_help);
		}
	}
	others = cJSON_Parse("{\"type\":[\"number\",\"boolean\",\"null\"]}");
	add_text(others, "description", field->help);
	cJSON_AddItemToObject(row, "additionalProperties", others);
}

/* Member of rows of a statistic, by name; a second one of that name is the same. */
static void add_member(cJSON *properties, const struct alm_field *field)
{
	if (cJSON_GetObjectItemCaseSensitive(properties, field->name) == NULL) {
		cJSON_AddItemToObject(properties, field->name, field_schema(field));
	}
}

static void add_keys(cJSON *properties, const struct plugin_stat *stat)
{
	static const struct alm_field keys[] = {
		{ .name = "station_id", .type = ALM_STATION, .help = "Station" },
		{ .name = "year",
			.type = ALM_INTEGER,
			.help = "Year of the period. A December counts to the winter of the year "
				"that follows." },
		{ .name = "month", .type = ALM_INTEGER, .help = "1 to 12" },
		{ .name = "season", .type = ALM_INTEGER, .help = "1 to 4: DJF, MAM, JJA, SON" },
		{ .name = "day", .type = ALM_INTEGER, .help = "Day of the month, 1 to 31" },
		{ .name = "date", .type = ALM_DATE, .help = "The day" },
	};

	add_member(properties, &keys[0]);
	for (size_t i = 0; i < stat->view_count; i++) {
		const struct period_kind *kind = period_kind(stat->views[i].stat.periods);

		for (size_t m = 0; kind->members[m] != NULL; m++) {
			for (size_t k = 1; k < sizeof(keys) / sizeof(keys[0]); k++) {
				if (strcmp(keys[k].name, kind->members[m]) == 0) {
					add_member(properties, &keys[k]);
				}
			}
		}
	}
}

static void add_counts(cJSON *properties, const char *input)
{
	static const char *const helps[STAT_COUNTS] = { "Days with a good value",
		"Days without a good value", "Longest run of days without a good value" };

	for (size_t i = 0; i < STAT_COUNTS; i++) {
		char name[64], help[96];

		snprintf(name, sizeof(name), "%s%s", input, stat_count_suffixes[i]);
		for (char *c = name; *c != '\0'; c++) {
			*c = (char)tolower((unsigned char)*c);
		}
		snprintf(help, sizeof(help), "%s of %s", helps[i], input);
		add_member(properties,
			&(struct alm_field){
				.name = name, .type = ALM_INTEGER, .unit = "d", .help = help });
	}
}

static void add_verdicts(cJSON *properties, const struct alm_column *column)
{
	for (size_t i = 0; i < stat_rule_count; i++) {
		char name[64], help[160];

		if (words_have(column->rules, stat_rules[i].name)) {
			snprintf(name, sizeof(name), "%s_%s", column->name, stat_rules[i].name);
			snprintf(help, sizeof(help), "Whether it is complete under %s",
				stat_rules[i].title);
			add_member(properties,
				&(struct alm_field){
					.name = name, .type = ALM_BOOLEAN, .help = help });
		}
	}
}

/* Adds the members of a statistic's rows, of all kinds of periods. Stored rows that another
 * version of its plugin has computed may have others. */
static void add_statistic(cJSON *row, cJSON *properties, const struct plugin_stat *stat)
{
	const struct alm_stat *declared = &stat->stat;

	add_keys(properties, stat);
	for (const struct alm_column *c = declared->columns; c->name != NULL; c++) {
		bool date = c->type == ALM_DATE, bare = strcmp(c->unit, "1") == 0;

		add_member(properties, &(struct alm_field){ .name = c->name,
					       .type = stat_column_type(c),
					       .flags = ALM_NULLABLE,
					       .unit = date || bare ? NULL : c->unit,
					       .help = c->help });
	}
	for (const struct alm_input *i = declared->inputs; i->code != NULL; i++) {
		add_counts(properties, i->code);
	}
	for (const struct alm_column *c = declared->columns; c->name != NULL; c++) {
		add_verdicts(properties, c);
	}
	cJSON_AddItemToObject(row, "additionalProperties",
		cJSON_Parse("{\"type\":[\"number\",\"boolean\",\"null\"]}"));
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static char large(char c)
{
	return (char)toupper((unsigned char)c);
}

/* Title of a route's rows, from which tools name types: "/api/stations/{station_id}" becomes
 * "StationsStation". */
static void add_title(cJSON *schema, const struct alm_route *declared, const char *kind)
{
	static const char prefix[] = "/api/";
	const char *p = declared->path;
	char title[128];
	size_t length = 0;
	bool begins = true;

	p += strncmp(p, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
	for (; *p != '\0' && length < sizeof(title) / 2; p++) {
		if (strcmp(p, "_id}") == 0 || strncmp(p, "_id}/", 5) == 0) {
			p += strlen("_id");
		}
		if (is_letter(*p)) {
			title[length++] = begins ? large(*p) : *p;
		}
		begins = !is_letter(*p);
	}
	snprintf(title + length, sizeof(title) - length, "%s", kind);
	add_text(schema, "title", title);
}

/* No member is required: `fields` may leave out any. */
static cJSON *row_schema(const struct route *route)
{
	const struct alm_route *declared = route->declared;
	cJSON *row = cJSON_CreateObject(), *properties;
	bool closed = true;

	add_title(row, declared, "Row");
	add_text(row, "type", "object");
	properties = cJSON_AddObjectToObject(row, "properties");
	for (const struct alm_field *f = declared->fields; f != NULL && f->name != NULL; f++) {
		if ((f->flags & ALM_PER_COLUMN) != 0 && route->stat != NULL) {
			add_statistic(row, properties, route->stat);
			closed = false;
		} else if ((f->flags & ALM_PER_COLUMN) != 0) {
			add_columns(row, properties, f);
			closed = false;
		} else if ((f->flags & ALM_PER_ELEMENT) != 0) {
			add_elements(row, properties, declared, field_schema(f));
			closed = false;
		} else {
			cJSON_AddItemToObject(properties, f->name, field_schema(f));
		}
	}
	if (closed) {
		cJSON_AddFalseToObject(row, "additionalProperties");
	}
	return row;
}

/* Adds a required member. */
static void add_property(cJSON *schema, const char *name, cJSON *property)
{
	cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
	cJSON *required = cJSON_GetObjectItemCaseSensitive(schema, "required");

	if (properties == NULL) {
		properties = cJSON_AddObjectToObject(schema, "properties");
		required = cJSON_AddArrayToObject(schema, "required");
	}
	cJSON_AddItemToObject(properties, name, property);
	cJSON_AddItemToArray(required, cJSON_CreateString(name));
}

static cJSON *array_of(cJSON *items)
{
	cJSON *schema = cJSON_CreateObject();

	add_text(schema, "type", "array");
	cJSON_AddItemToObject(schema, "items", items);
	return schema;
}

/* Adds the notes, which few answers have. */
static void add_notes(cJSON *schema, const struct alm_route *declared)
{
	cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");

	if (declared->answer == ALM_DAYS || declared->answer == ALM_STATISTICS) {
		cJSON_AddItemToObject(properties, "notes",
			cJSON_Parse(
				"{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
				"\"description\":\"What the rows leave out, in sentences: that the "
				"selection goes beyond the stored period. Absent if there is nothing "
				"to say.\"}"));
	}
}

static cJSON *reference(const char *name)
{
	cJSON *item = cJSON_CreateObject();
	char path[128];

	snprintf(path, sizeof(path), "#/components/schemas/%s", name);
	add_text(item, "$ref", path);
	return item;
}

/* A named type of numbers and nulls: openapi-generator's TypeScript client is broken if it
 * has to name one itself. */
static void name_numbers(cJSON *columns)
{
	cJSON *items = cJSON_GetObjectItemCaseSensitive(columns, "items");
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(items, "type");
	const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(type, 0));

	if (cJSON_GetArraySize(type) == 2 && strcmp(first, "number") == 0) {
		cJSON_ReplaceItemInObjectCaseSensitive(
			columns, "items", reference("NumberOrNull"));
	}
}

/* Schema of the columnar form: an array for each member. */
static cJSON *columns_schema(const struct route *route)
{
	const struct alm_route *declared = route->declared;
	cJSON *row = row_schema(route), *columns = cJSON_CreateObject();
	cJSON *properties, *others, *member;

	add_title(columns, declared, "Columns");
	add_text(columns, "type", "object");
	properties = cJSON_AddObjectToObject(columns, "properties");
	cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(row, "properties"))
	{
		const char *name =
			strcmp(member->string, "date") == 0 ? "time" : member->string;

		cJSON_AddItemToObject(
			properties, name, array_of(cJSON_Duplicate(member, true)));
	}
	others = cJSON_GetObjectItemCaseSensitive(row, "additionalProperties");
	others = cJSON_IsObject(others) ? array_of(cJSON_Duplicate(others, true))
					: cJSON_CreateFalse();
	name_numbers(others);
	cJSON_AddItemToObject(columns, "additionalProperties", others);
	cJSON_Delete(row);
	return columns;
}

/* `paged`: every document is a page. */
static void add_links(cJSON *schema, const struct alm_route *declared, bool paged)
{
	if ((declared->flags & ALM_PAGED) != 0 && paged) {
		add_property(schema, "pagination", reference("Pagination"));
		add_property(schema, "links", reference("PageLinks"));
	} else if ((declared->flags & ALM_PAGED) != 0) {
		cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(schema, "properties"),
			"pagination", reference("Pagination"));
		add_property(schema, "links", reference("PageLinks"));
	} else {
		add_property(schema, "links", reference("Links"));
	}
}

cJSON *openapi_columnar_schema(const struct route *route)
{
	cJSON *schema = cJSON_CreateObject();

	add_title(schema, route->declared, "ColumnarAnswer");
	add_text(schema, "type", "object");
	add_property(schema, "data", columns_schema(route));
	add_property(schema, "units", reference("Units"));
	add_notes(schema, route->declared);
	add_links(schema, route->declared, false);
	return schema;
}

cJSON *openapi_answer_schema(const struct route *route)
{
	const struct alm_route *declared = route->declared;
	cJSON *schema;

	if (route->media_type != NULL) {
		return cJSON_Parse("{\"type\":\"string\"}");
	}
	if (route->plugin == NULL) {
		return declared->fields != NULL ? row_schema(route)
						: cJSON_Parse("{\"type\":\"object\"}");
	}
	schema = cJSON_CreateObject();
	add_title(schema, declared, "Answer");
	add_text(schema, "type", "object");
	if ((declared->flags & ALM_SINGLE) != 0) {
		add_property(schema, "data", row_schema(route));
	} else {
		add_property(schema, "data", array_of(row_schema(route)));
	}
	if (route->host[HOST_UNITS] >= 0) {
		add_property(schema, "units", reference("Units"));
	}
	add_notes(schema, declared);
	add_links(schema, declared, true);
	return schema;
}

#include "route/host_params.h"

#include <string.h>

#include "format/format.h"
#include "plugin/stat_view.h"
#include "stat/period.h"
#include "stat/rule.h"

static const char *const counts[] = { "exact", "none", NULL };
#define AS_HELP(name, title, source) #name " (" source "), "
static const char *const charts[] = { "line", "bars", "stripes", NULL };
static const char *const headers[] = { "names", "units", NULL };
static const char *const units[] = { "metric", "imperial", "raw", NULL };

/* Without names, which are host_param_name()'s. */
static const struct alm_param table[HOST_PARAMS] = {
	[HOST_STATE] = { .type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Stations in these US states or Canadian provinces.",
		.example = "IL,IN",
		.min = 1,
		.max = 8 },
	[HOST_COUNTRY] = { .type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Stations in these countries (FIPS 10-4 codes).",
		.example = "US",
		.min = 1,
		.max = 8 },
	[HOST_BBOX] = { .type = ALM_TEXT,
		.help = "Stations within west,south,east,north, in degrees (RFC 7946, "
			"section 5), such as `-91.5,36.9,-87,42.6`. West may be greater "
			"than east: across 180 degrees.",
		.example = "-91.5,36.9,-87,42.6",
		.min = 1,
		.max = 120 },
	[HOST_NEAR] = { .type = ALM_TEXT,
		.help = "Stations around latitude,longitude, in degrees, such as "
			"`40.1,-88.2`, no farther than `radius`.",
		.example = "40.1,-88.2",
		.min = 1,
		.max = 60 },
	[HOST_RADIUS] = { .type = ALM_NUMBER,
		.help = "Kilometres around `near`, also with imperial units; 100 unless "
			"given.",
		.example = "50",
		.min = 0,
		.max = 20038 },
	[HOST_YEAR] = { .type = ALM_INTEGER,
		.help = "Stations that reported in this year.",
		.example = "2012",
		.min = 1,
		.max = 9999 },
	[HOST_NAME] = { .type = ALM_TEXT,
		.help = "Stations whose name or id contains each of these words, also within "
			"a word: `an` finds ANNA 2 NNE. In any letter case of any alphabet "
			"(Unicode's NFKC_Casefold; Turkish i with and without its dot are one); "
			"accents count.",
		.example = "aledo",
		.min = 1,
		.max = 100 },
	[HOST_PERIOD] = { .type = ALM_TEXT,
		.help = "Kind of the periods of which there is a row each. day and those of "
			"the calendar (of all years together) are computed for the request: "
			"with station_id.",
		.example = "month" },
	[HOST_WHERE] = { .type = ALM_TEXT,
		.help = "Rows that satisfy this expression. Conditions: a field, one of `=` `==` "
			"`!=` `<>` `<` `<=` `>` `>=`, and a value or another field "
			"(`tmax>=35`, `tmax<tmin`); `tmax in (20,25)`, `tmax not in (20,25)`; "
			"`tmax is null`, `tmax is not null`. They are joined by commas (all of "
			"them must hold), `or`, `and`, `not` and brackets; a comma joins more "
			"loosely than `or`, that more loosely than `and`. A value is a number "
			"in the unit of the answer, a date (also a month `2012-07` or a year), "
			"true or false; of texts, which take only `=`, `!=` and `in`, one with "
			"commas or brackets in it is quoted, `name='A, B'`. In any letter case, "
			"but for texts other than ids; with spaces anywhere. What is compared "
			"is what is shown, rounded as it is. A null satisfies only `is null`, "
			"as in SQL. At most 64 conditions and 16 brackets within each other.",
		.example = "station_id=USC00110072",
		.min = 1,
		.max = 2000 },
	[HOST_RULE] = { .type = ALM_TEXT,
		.help = "Makes null what does not satisfy this completeness rule: " STAT_RULES(
			AS_HELP) "none: nothing.",
		.example = "wmo",
		.default_value = "none",
		.choices = stat_rule_choices },
	[HOST_MIN_COVERAGE] = { .type = ALM_NUMBER,
		.help = "Rows whose inputs have values on at least this share of the period's "
			"days, 0 to 1: the inputs of the columns that `fields`, `where` and "
			"`sort` name, of all columns shown without `fields`, and of all if these "
			"name none.",
		.example = "0.9",
		.min = 0,
		.max = 1 },
	[HOST_FIELDS] = { .type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Fields of a row that are wanted, in this order; `*`: all there are.",
		.example = "*",
		.min = 1,
		.max = 64 },
	[HOST_UNITS] = { .type = ALM_TEXT,
		.help = "metric; imperial (degF, in, ft, mi); or raw: observations as they are "
			"stored, in tenths and the like, statistics without rounding.",
		.example = "metric",
		.default_value = "metric",
		.choices = units },
	[HOST_FORMAT] = { .type = ALM_TEXT,
		.help = "Format of the answer; without it the `Accept` header decides. json "
			"answers with a page, where there are pages; csv and all others with "
			"all rows at once, unless `page`, `page_size` or `cursor` is given.",
		.example = "json" },
	[HOST_HEADER] = { .type = ALM_TEXT,
		.help = "Header line of csv: names of the fields; or units: with the unit behind "
			"each, such as `tmax (degC)`. Without effect in other formats.",
		.example = "names",
		.default_value = "names",
		.choices = headers },
	[HOST_CHART] = { .type = ALM_TEXT,
		.help = "Chart of svg: a line for each station and field; bars; or stripes, "
			"coloured from the lowest value to the highest. Without effect in other "
			"formats.",
		.example = "line",
		.default_value = "line",
		.choices = charts },
	[HOST_BOM] = { .type = ALM_BOOLEAN,
		.help = "Whether csv begins with a byte order mark, by which Excel knows that it "
			"is UTF-8. Without effect in other formats.",
		.example = "false",
		.default_value = "false" },
	[HOST_SORT] = { .type = ALM_TEXT,
		.flags = ALM_LIST,
		.help = "Fields by which rows are sorted, `-` before one: greatest first. "
			"Nulls come last, equal rows stay in the default order. Not "
			"together with `cursor`.",
		.example = "-station_id",
		.min = 1,
		.max = 65,
		.max_values = 4 },
	[HOST_COUNT] = { .type = ALM_TEXT,
		.help = "exact; or none: rows are not counted, "
			"`total` is then null and answers with "
			"`where` come sooner.",
		.example = "exact",
		.default_value = "exact",
		.choices = counts },
	[HOST_PAGE] = { .type = ALM_INTEGER,
		.help = "Number of the page; the first, 1, unless "
			"given. With it csv and the like have "
			"one page as well.",
		.example = "1",
		.min = 1,
		.max = HOST_PAGE_MAX },
	[HOST_PAGE_SIZE] = { .type = ALM_INTEGER,
		.help = "Rows on a page; without it 100, "
			"or the maximum if that is less. With "
			"it csv and the like have one page "
			"as well: leave it out for all rows.",
		.example = "100",
		.min = 1 },
	[HOST_CURSOR] = { .type = ALM_TEXT,
		.help = "Where to go on: `*` at the beginning, then `pagination.next_cursor` "
			"of each answer. Walks through everything without skipping or "
			"repeating. Not together with `sort` or a `page` but the first.",
		.example = "*",
		.min = 1,
		.max = 512 },
};

static bool has_field(const struct alm_route *declared, const char *name)
{
	for (const struct alm_field *f = declared->fields; f != NULL && f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool has_unit(const struct alm_route *declared)
{
	for (const struct alm_field *f = declared->fields; f != NULL && f->name != NULL; f++) {
		if (f->unit != NULL || (f->flags & (ALM_PER_ELEMENT | ALM_PER_COLUMN)) != 0) {
			return true;
		}
	}
	return false;
}

/* Whether rows have values over time. */
static bool is_series(const struct alm_route *declared)
{
	return declared->answer == ALM_DAYS || declared->answer == ALM_STATISTICS;
}

bool host_param_applies(enum host_param param, const struct alm_route *declared)
{
	return declared->fields != NULL && host_param_is_brought(param, declared) &&
	       (param != HOST_UNITS || has_unit(declared)) &&
	       (param != HOST_CHART || is_series(declared));
}

struct alm_param host_param_declare(
	enum host_param param, const struct alm_route *declared, int64_t page_size_max)
{
	struct alm_param declaration = table[param];

	declaration.name = host_param_name(param);
	if (param == HOST_FORMAT) {
		bool places =
			has_field(declared, "latitude") && has_field(declared, "longitude");

		declaration.choices =
			format_names((places ? FORMAT_OF_PLACES : 0) |
				     (is_series(declared) ? FORMAT_OF_SERIES : 0));
	}
	if (param == HOST_PAGE_SIZE) {
		declaration.max = page_size_max;
	}
	return declaration;
}

void host_param_set_periods(
	struct alm_param *param, const struct plugin_stat *stat, const char **choices)
{
	size_t count = 0;

	for (size_t i = 0; i < period_kind_count; i++) {
		if (stat != NULL ? stat_view_find(stat, period_kinds[i].bit) != NULL
				 : period_kinds[i].stored) {
			choices[count++] = period_kinds[i].name;
		}
	}
	choices[count] = NULL;
	param->choices = choices;
	param->example = choices[0];
	if (stat != NULL && stat->stored_count > 0) { /* the longest */
		param->default_value =
			period_kind(stat->views[stat->stored_count - 1].stat.periods)->name;
	} else if (stat != NULL) {
		param->default_value = choices[0];
	}
}

static bool is_param(const struct alm_param *param, enum host_param host)
{
	return strcmp(param->name, host_param_name(host)) == 0;
}

bool host_param_is_of_rows(const struct alm_param *param)
{
	return is_param(param, HOST_FIELDS) || is_param(param, HOST_WHERE) ||
	       is_param(param, HOST_SORT);
}

bool host_param_is_expression(const struct alm_param *param)
{
	return is_param(param, HOST_WHERE);
}

bool host_param_is_code(const struct alm_param *param)
{
	return is_param(param, HOST_STATE) || is_param(param, HOST_COUNTRY);
}

const char *host_param_unit(const struct alm_param *param)
{
	return is_param(param, HOST_RADIUS)         ? "km"
	       : is_param(param, HOST_MIN_COVERAGE) ? "1"
						    : NULL;
}

const char *host_param_beyond(const struct alm_param *param)
{
	return is_param(param, HOST_PAGE_SIZE)
		       ? "; for all rows at once take format=csv or ndjson"
		       : "";
}

bool host_param_is_paging(enum host_param param)
{
	return param == HOST_PAGE || param == HOST_PAGE_SIZE || param == HOST_CURSOR;
}

#include "route/hints.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/nearest.h"

/* Longer names are like nothing. */
enum { PLAIN_MAX = 64, WORD_MIN = 3 };

/* Words for which there are others here: of those that a route has the first is meant. */
struct synonym {
	const char *word;  /* letters and digits alone, in lower case */
	const char *meant; /* separated by spaces; "": nothing, but it is no slip of letters */
	const char *sentence; /* instead of "did you mean"; %s: the value's first year */
};

/* -- Words -------------------------------------------------------------- */

#define PLACE "a place is near=latitude,longitude, such as near=40.1,-88.2"
#define DAYS_OF_YEAR "for a year take start_date=%1$s-01-01 and end_date=%1$s-12-31"
#define PAGES "rows are counted in pages: page=3&page_size=100 begins at row 201"

static const struct synonym param_words[] = {
	{ "year", "year", NULL },
	{ "year", "start_date", DAYS_OF_YEAR },
	{ "year", "", NULL },
	{ "years", "year", NULL },
	{ "years", "start_date", DAYS_OF_YEAR },
	{ "startyear", "start_date", "take start_date=%1$s-01-01" },
	{ "endyear", "end_date", "take end_date=%1$s-12-31" },
	{ "date", "year", "take year=%1$s" },
	{ "startdate", "start_year", "take start_year=%1$s" },
	{ "enddate", "end_year", "take end_year=%1$s" },
	{ "start", "start_date start_year", NULL },
	{ "from", "start_date start_year", NULL },
	{ "since", "start_date start_year", NULL },
	{ "begin", "start_date start_year", NULL },
	{ "datefrom", "start_date start_year", NULL },
	{ "fromdate", "start_date start_year", NULL },
	{ "sdate", "start_date start_year", NULL },
	{ "end", "end_date end_year", NULL },
	{ "to", "end_date end_year", NULL },
	{ "until", "end_date end_year", NULL },
	{ "dateto", "end_date end_year", NULL },
	{ "todate", "end_date end_year", NULL },
	{ "edate", "end_date end_year", NULL },
	{ "day", "date", NULL },
	{ "time", "date", NULL },
	{ "months", "month", NULL },
	{ "limit", "page_size", NULL },
	{ "perpage", "page_size", NULL },
	{ "size", "page_size", NULL },
	{ "rows", "page_size", NULL },
	{ "top", "page_size", NULL },
	{ "take", "page_size", NULL },
	{ "pagelimit", "page_size", NULL },
	{ "max", "page_size", NULL },
	{ "maxresults", "page_size", NULL },
	{ "first", "page_size", NULL },
	{ "offset", "page", PAGES },
	{ "skip", "page", PAGES },
	{ "startindex", "page", PAGES },
	{ "p", "page", NULL },
	{ "pagenumber", "page", NULL },
	{ "after", "cursor", NULL },
	{ "token", "cursor", NULL },
	{ "pagetoken", "cursor", NULL },
	{ "nextcursor", "cursor", NULL },
	{ "lat", "near", PLACE },
	{ "latitude", "near", PLACE },
	{ "lon", "near", PLACE },
	{ "lng", "near", PLACE },
	{ "long", "near", PLACE },
	{ "longitude", "near", PLACE },
	{ "point", "near", NULL },
	{ "location", "near", NULL },
	{ "distance", "radius", NULL },
	{ "within", "radius", NULL },
	{ "box", "bbox", NULL },
	{ "bounds", "bbox", NULL },
	{ "extent", "bbox", NULL },
	{ "q", "name", NULL },
	{ "search", "name", NULL },
	{ "stationname", "name", NULL },
	{ "id", "station_id", NULL },
	{ "ids", "station_id", NULL },
	{ "station", "station_id", NULL },
	{ "stations", "station_id", NULL },
	{ "sid", "station_id", NULL },
	{ "province", "state", NULL },
	{ "order", "sort", NULL },
	{ "orderby", "sort", NULL },
	{ "sortby", "sort", NULL },
	{ "filter", "where", NULL },
	{ "query", "where", NULL },
	{ "condition", "where", NULL },
	{ "conditions", "where", NULL },
	{ "datatype", "elements", NULL },
	{ "datatypes", "elements", NULL },
	{ "datatypeid", "elements", NULL },
	{ "variable", "elements", NULL },
	{ "variables", "elements", NULL },
	{ "parameter", "elements", NULL },
	{ "parameters", "elements", NULL },
	{ "elems", "elements", NULL },
	{ "vars", "elements", NULL },
	{ "daily", "elements", NULL },
	{ "columns", "fields", NULL },
	{ "select", "fields", NULL },
	{ "include", "fields", NULL },
	{ "output", "format", NULL },
	{ "type", "format", NULL },
	{ "f", "format", NULL },
	{ "fmt", "format", NULL },
	{ "completeness", "rule", NULL },
	{ "coverage", "min_coverage", NULL },
	{ "total", "count", NULL },
};

static const struct synonym choice_words[] = {
	{ "winter", "DJF", NULL },
	{ "spring", "MAM", NULL },
	{ "summer", "JJA", NULL },
	{ "autumn", "SON", NULL },
	{ "fall", "SON", NULL },
	{ "us", "imperial", NULL },
	{ "english", "imperial", NULL },
	{ "fahrenheit", "imperial", NULL },
	{ "si", "metric", NULL },
	{ "celsius", "metric", NULL },
	{ "yes", "exact", NULL },
	{ "true", "exact", NULL },
	{ "no", "none", NULL },
	{ "false", "none", NULL },
	{ "jsonl", "ndjson", NULL },
	{ "jsonlines", "ndjson", NULL },
	{ "xls", "xlsx", NULL },
	{ "excel", "xlsx", NULL },
	{ "parquet", "arrow", NULL },
	{ "feather", "arrow", NULL },
	{ "tsv", "csv", NULL },
	{ "png", "svg", NULL },
	{ "image", "svg", NULL },
	{ "bar", "bars", NULL },
	{ "warmingstripes", "stripes", NULL },
};

static const struct synonym field_words[] = {
	{ "time", "date", NULL },
	{ "datetime", "date", NULL },
	{ "day", "date", NULL },
	{ "id", "station_id", NULL },
	{ "station", "station_id", NULL },
	{ "lat", "latitude", NULL },
	{ "lon", "longitude", NULL },
	{ "lng", "longitude", NULL },
	{ "altitude", "elevation", NULL },
	{ "height", "elevation", NULL },
	{ "rain", "prcp total_prcp", NULL },
	{ "precip", "prcp total_prcp", NULL },
	{ "precipitation", "prcp total_prcp", NULL },
	{ "prcp", "total_prcp", NULL },
	{ "tmax", "avg_tmax", NULL },
	{ "tmin", "avg_tmin", NULL },
	{ "year", "date", "the year is a part of date, such as date>=2012-01-01" },
	{ "year", "", NULL },
	{ "month", "date", "months are chosen by the parameter month" },
};

/* -- Searching ---------------------------------------------------------- */

struct words {
	const struct synonym *list;
	size_t count;
};
#define WORDS(table) ((struct words){ table, sizeof(table) / sizeof((table)[0]) })

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static char small(char c)
{
	return (char)tolower((unsigned char)c);
}

/* Lower case, without anything that is neither letter nor digit. */
static void make_plain(const char *name, char plain[PLAIN_MAX])
{
	size_t length = 0;

	for (; *name != '\0' && length + 1 < PLAIN_MAX; name++) {
		if (is_plain(*name)) {
			plain[length++] = small(*name);
		}
	}
	plain[*name == '\0' ? length : 0] = '\0';
}

/* The one that differs in nothing but letter case and punctuation. */
static const char *find_same(const char *plain, const char *const *names)
{
	char other[PLAIN_MAX];

	for (; *names != NULL; names++) {
		make_plain(*names, other);
		if (strcmp(plain, other) == 0) {
			return *names;
		}
	}
	return NULL;
}

static const char *find_name(const char *text, size_t length, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strlen(*names) == length && memcmp(*names, text, length) == 0) {
			return *names;
		}
	}
	return NULL;
}

/* The first of the meant that there is. */
static const char *find_meant(const char *meant, const char *const *names)
{
	while (*meant != '\0') {
		size_t length = strcspn(meant, " ");
		const char *found = find_name(meant, length, names);

		if (found != NULL) {
			return found;
		}
		meant += length + (meant[length] == ' ');
	}
	return NULL;
}

/* A name that has it for one of its words, or begins with it. */
static const char *find_word(const char *plain, const char *const *names)
{
	size_t length = strlen(plain);

	for (; length >= WORD_MIN && *names != NULL; names++) {
		const char *word = *names;

		while (word != NULL) {
			if (strncmp(word, plain, length) == 0 &&
				(word == *names || word[length] == '\0' ||
					word[length] == '_')) {
				return *names;
			}
			word = strchr(word, '_');
			word = word != NULL ? word + 1 : NULL;
		}
	}
	return NULL;
}

/* The first four digits of a date or year; else an example. */
static const char *year_of(struct arena *arena, const char *value)
{
	return strspn(value, "0123456789") >= 4 ? arena_copy(arena, value, 4) : "2012";
}

/* "%1$s" of the sentence is the year. */
static const char *fill_in(struct arena *arena, const char *sentence, const char *value)
{
	const char *text = "; ", *year = year_of(arena, value);

	for (;;) {
		const char *gap = strstr(sentence, "%1$s");

		if (gap == NULL) {
			return arena_printf(arena, "%s%s", text, sentence);
		}
		text = arena_printf(
			arena, "%s%.*s%s", text, (int)(gap - sentence), sentence, year);
		sentence = gap + strlen("%1$s");
	}
}

static const char *ask(struct arena *arena, const char *name)
{
	return name != NULL ? arena_printf(arena, "; did you mean '%s'?", name) : "";
}

/* NULL: none of the words. */
static const char *by_synonym(struct arena *arena, const struct words *words, const char *plain,
	const char *value, const char *const *names)
{
	bool known = false;

	for (size_t i = 0; i < words->count; i++) {
		const struct synonym *synonym = &words->list[i];
		const char *meant;

		if (strcmp(synonym->word, plain) != 0) {
			continue;
		}
		known = true;
		meant = find_meant(synonym->meant, names);
		if (meant != NULL) {
			return synonym->sentence != NULL
				       ? fill_in(arena, synonym->sentence, value)
				       : ask(arena, meant);
		}
	}
	return known ? "" : NULL;
}

static const char *by_letters(const char *name, const char *const *names)
{
	char lower[PLAIN_MAX];
	size_t length = strlen(name), count = 0;

	if (length >= PLAIN_MAX) {
		return NULL;
	}
	for (size_t i = 0; i <= length; i++) {
		lower[i] = small(name[i]);
	}
	while (names[count] != NULL) {
		count++;
	}
	return nearest_text(lower, names, count);
}

static const char *search(struct arena *arena, struct words words, const char *name,
	const char *value, const char *const *names)
{
	char plain[PLAIN_MAX];
	const char *found, *said;

	make_plain(name, plain);
	found = plain[0] != '\0' ? find_same(plain, names) : NULL;
	if (found != NULL) {
		return ask(arena, found);
	}
	said = by_synonym(arena, &words, plain, value, names);
	if (said != NULL && said[0] != '\0') {
		return said;
	}
	found = find_word(plain, names);
	if (found == NULL && said == NULL) {
		found = by_letters(name, names);
	}
	return ask(arena, found);
}

/* -- What is asked for --------------------------------------------------- */

/* What other interfaces write behind a field's name: "tmax__gte", "tmax[gte]". */
static const char *operator_of(const char *name, size_t length)
{
	static const char *const suffixes[][2] = { { "gte", ">=" }, { "ge", ">=" },
		{ "min", ">=" }, { "gt", ">" }, { "lte", "<=" }, { "le", "<=" },
		{ "max", "<=" }, { "lt", "<" }, { "ne", "!=" }, { "eq", "=" } };
	const char *suffix = name + length + strspn(name + length, "_[.");

	if (name[length] == '\0') {
		return "=";
	}
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t letters = strlen(suffixes[i][0]);

		if (suffix > name + length && strncmp(suffix, suffixes[i][0], letters) == 0 &&
			(suffix[letters] == '\0' || strcmp(suffix + letters, "]") == 0)) {
			return suffixes[i][1];
		}
	}
	return NULL;
}

/* "?tmax=35", "?tmax__gte=35": a field of the rows as if it were a parameter. */
static const char *hint_field_condition(
	struct arena *arena, const char *name, const char *value, const char *const *fields)
{
	for (; *fields != NULL; fields++) {
		size_t length = strlen(*fields);
		const char *sign =
			strncmp(name, *fields, length) == 0 ? operator_of(name, length) : NULL;

		if (sign != NULL) {
			return arena_printf(arena, "; conditions are written where=%s%s%s",
				*fields, sign, value);
		}
	}
	return NULL;
}

/* "?tmax>=35" is a parameter "tmax>" with the value 35. NULL: it is no condition. */
static const char *hint_condition(struct arena *arena, const char *name, const char *value,
	const char *const *names, const char *const *fields)
{
	size_t length = strcspn(name, "<>!");

	if (length == 0 || find_name("where", strlen("where"), names) == NULL) {
		return NULL;
	}
	return name[length] == '\0'
		       ? hint_field_condition(arena, name, value, fields)
		       : arena_printf(arena, "; conditions are written where=%s%s%s", name,
				 value[0] != '\0' ? "=" : "", value);
}

const char *hint_param(struct arena *arena, const char *name, const char *value,
	const char *const *names, const char *const *fields)
{
	const char *condition = hint_condition(arena, name, value, names, fields);

	return condition != NULL ? condition
				 : search(arena, WORDS(param_words), name, value, names);
}

const char *hint_choice(struct arena *arena, const char *text, const char *const *choices)
{
	return search(arena, WORDS(choice_words), text, "", choices);
}

const char *hint_field(struct arena *arena, const char *name, const char *const *names)
{
	return search(arena, WORDS(field_words), name, "", names);
}

/* -- Paths -------------------------------------------------------------- */

/* Leading segments that may be others: of a version, say. */
enum { SEGMENTS_DROPPED = 2 };
#define API "/api"

/* Whether the segments are the same but for slips of letters; *slips counts those. */
static bool is_like_segment(struct arena *arena, const char *text, size_t length,
	const char *pattern, size_t pattern_length, int *slips)
{
	char *name = arena_copy(arena, text, length);
	const char *meant = arena_copy(arena, pattern, pattern_length);

	if (pattern[0] == '{') {
		return length > 0;
	}
	if (strcmp(name, meant) == 0) {
		return true;
	}
	++*slips;
	for (size_t i = 0; i < length; i++) {
		name[i] = small(name[i]);
	}
	return nearest_text(name, &meant, 1) != NULL;
}

/* What the pattern stands for, with the path's own texts for its {names}; NULL: it is not like
 * it. A slash at the end does not count. */
static const char *like_pattern(
	struct arena *arena, const char *path, const char *pattern, int *slips)
{
	const char *meant = "";

	*slips = 0;
	while (*path == '/' && *pattern == '/' && pattern[1] != '\0') {
		size_t length = strcspn(path + 1, "/"), wanted = strcspn(pattern + 1, "/");
		bool named = pattern[1] == '{';

		if (!is_like_segment(arena, path + 1, length, pattern + 1, wanted, slips)) {
			return NULL;
		}
		meant = arena_printf(arena, "%s/%.*s", meant, (int)(named ? length : wanted),
			named ? path + 1 : pattern + 1);
		path += 1 + length;
		pattern += 1 + wanted;
	}
	return *pattern == '\0' && (*path == '\0' || strcmp(path, "/") == 0) ? meant : NULL;
}

/* The one with the fewest slips; NULL: none is like it. */
static const char *find_pattern(
	struct arena *arena, const char *path, const char *const *patterns, bool with_names)
{
	const char *best = NULL;
	int least = 0, slips;

	for (; *patterns != NULL; patterns++) {
		const char *meant = with_names || strchr(*patterns, '{') == NULL
					    ? like_pattern(arena, path, *patterns, &slips)
					    : NULL;

		if (meant != NULL && (best == NULL || slips < least)) {
			best = meant;
			least = slips;
		}
	}
	return best;
}

const char *hint_path(struct arena *arena, const char *path, const char *const *patterns)
{
	const char *found = NULL;

	for (int dropped = 0; found == NULL && dropped <= SEGMENTS_DROPPED; dropped++) {
		bool with_names = dropped < SEGMENTS_DROPPED;

		if (path == NULL || path[0] != '/' || path[1] == '\0') {
			break;
		}
		found = find_pattern(arena, path, patterns, with_names);
		if (found == NULL) {
			found = find_pattern(arena, arena_printf(arena, API "%s", path),
				patterns, with_names);
		}
		path = strchr(path + 1, '/');
	}
	return found != NULL ? arena_printf(arena, "; did you mean %s?", found) : "";
}

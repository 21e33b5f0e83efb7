#include "schema/stat_table.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/utf8.h"

/* Part of every definition: raise it when the host counts coverage, judges
 * completeness or divides time into periods differently. */
enum { HOST_RULES = 1 };

enum { NAME_MAX_LENGTH = 64, KEYS_MAX = 3, COUNTS = 3, VERDICTS = 2 };

static const char *const period_names[] = {
	[ALM_MONTH] = "month", [ALM_SEASON] = "season", [ALM_YEAR] = "year"
};

const char *stat_period_name(enum alm_period period)
{
	assert(period >= ALM_MONTH && period <= ALM_YEAR);
	return period_names[period];
}

void stat_table_name(const struct alm_stat *stat, char *to)
{
	snprintf(to, NAME_MAX_LENGTH, "stat_%s", stat->name);
}

static size_t count_inputs(const struct alm_stat *stat)
{
	size_t n = 0;

	while (stat->inputs[n] != NULL) {
		n++;
	}
	return n;
}

static size_t count_columns(const struct alm_stat *stat)
{
	size_t n = 0;

	while (stat->columns[n].name != NULL) {
		n++;
	}
	return n;
}

/* Columns being listed. */
struct list {
	struct stat_column *columns;
	size_t count;
};

/* The next column, named `stem` and `suffix`, in lower case. */
static struct stat_column *add(
	struct list *list, enum stat_column_kind kind, const char *stem, const char *suffix)
{
	struct stat_column *column = &list->columns[list->count++];

	snprintf(column->name, sizeof(column->name), "%s%s", stem, suffix);
	for (char *c = column->name; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
	}
	column->kind = kind;
	return column;
}

static void __attribute__((format(printf, 2, 3)))
explain(struct stat_column *column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	utf8_format(column->help, sizeof(column->help), format, args);
	va_end(args);
}

static void add_keys(struct list *list, enum alm_period period)
{
	explain(add(list, STAT_KEY, "station_id", ""), "station");
	if (period == ALM_SEASON) {
		explain(add(list, STAT_KEY, "year", ""),
			"December counts to the year that follows");
		explain(add(list, STAT_KEY, "season", ""),
			"1 December to February, 2 March to May, 3 June to August, "
			"4 September to November");
		return;
	}
	explain(add(list, STAT_KEY, "year", ""), "year");
	if (period == ALM_MONTH) {
		explain(add(list, STAT_KEY, "month", ""), "1 to 12");
	}
}

static void add_values(struct list *list, const struct alm_stat *stat)
{
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		struct stat_column *column = add(list, STAT_VALUE, c->name, "");

		column->unit = c->unit;
		explain(column, "%s", c->help);
	}
}

static void add_counts(struct list *list, const char *input)
{
	struct stat_column *column = add(list, STAT_COUNT, input, "_days");

	column->unit = "d";
	explain(column, "days with a good value of %s", input);
	column = add(list, STAT_COUNT, input, "_missing");
	column->unit = "d";
	explain(column, "days of the period without a good value of %s", input);
	column = add(list, STAT_COUNT, input, "_longest_gap");
	column->unit = "d";
	explain(column, "longest run of days of the period without a good value of %s", input);
}

/* "TMAX, TMIN" */
static void write_inputs(char *to, size_t size, const struct alm_stat *stat, uint32_t inputs)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; stat->inputs[i] != NULL && used < size; i++) {
		if ((inputs >> i & 1) != 0) {
			used += (size_t)snprintf(to + used, size - used, "%s%s",
				used > 0 ? ", " : "", stat->inputs[i]);
		}
	}
}

static void add_verdicts(
	struct list *list, const struct alm_stat *stat, const struct alm_column *column)
{
	const char *wmo =
		column->method == ALM_SUM || column->method == ALM_COUNT
			? "no day missing"
			: "no month with 11 or more days missing, or 5 or more in a row";
	char inputs[160];

	write_inputs(inputs, sizeof(inputs), stat, column->rests_on);
	explain(add(list, STAT_VERDICT, column->name, "_wmo"),
		"%s complete under WMO-No. 1203: %s", inputs, wmo);
	explain(add(list, STAT_VERDICT, column->name, "_ncei"),
		"%s complete under NCEI's rule: no month with more than 5 days missing, or more "
		"than 3 in a row",
		inputs);
}

size_t stat_table_columns(const struct alm_stat *stat, struct stat_column **columns)
{
	size_t most =
		KEYS_MAX + COUNTS * count_inputs(stat) + (1 + VERDICTS) * count_columns(stat);
	struct list list = { memory_array(most, sizeof(struct stat_column)), 0 };

	add_keys(&list, stat->period);
	add_values(&list, stat);
	for (size_t i = 0; stat->inputs[i] != NULL; i++) {
		add_counts(&list, stat->inputs[i]);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		add_verdicts(&list, stat, c);
	}
	assert(list.count <= most);
	*columns = list.columns;
	return list.count;
}

/* Texts with their NUL, so that no two declarations look alike. */
static void put_text(struct buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text) + 1);
}

static void put_declaration(
	struct buffer *out, const struct alm_stat *stat, const char *plugin_version)
{
	buffer_printf(out, "%d %d %u %zu ", HOST_RULES, (int)stat->period,
		(unsigned)stat->flags, count_inputs(stat));
	put_text(out, plugin_version);
	put_text(out, stat->name);
	for (size_t i = 0; stat->inputs[i] != NULL; i++) {
		put_text(out, stat->inputs[i]);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		put_text(out, c->name);
		put_text(out, c->unit);
		buffer_printf(out, "%d %u ", (int)c->method, (unsigned)c->rests_on);
	}
}

void stat_table_definition(const struct alm_stat *stat, const char *plugin_version, char *to)
{
	static const char digits[] = "0123456789abcdef";
	struct buffer text = { 0 };
	XXH128_canonical_t hash;

	put_declaration(&text, stat, plugin_version);
	XXH128_canonicalFromHash(&hash, XXH3_128bits(text.data, text.length));
	buffer_finish(&text);
	for (size_t i = 0; i < sizeof(hash.digest); i++) {
		to[2 * i] = digits[hash.digest[i] >> 4];
		to[2 * i + 1] = digits[hash.digest[i] & 15];
	}
	to[2 * sizeof(hash.digest)] = '\0';
}

#include "schema/stat_table.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

/* Part of every definition: raise it when the host counts coverage, judges
 * completeness or divides time into periods differently. */
enum { HOST_RULES = 3 };

enum { NAME_MAX_LENGTH = 64, KEYS_MAX = 3 };

void stat_table_name(const struct alm_stat *stat, char *to)
{
	snprintf(to, NAME_MAX_LENGTH, "stat_%s", stat->name);
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

static void add_keys(struct list *list, const struct period_kind *kind)
{
	explain(add(list, STAT_KEY, "station_id", ""), "station");
	explain(add(list, STAT_KEY, "year", ""), "%s", kind->year_help);
	if (kind->parts > 0) {
		explain(add(list, STAT_KEY, kind->name, ""), "%s", kind->part_help);
	}
}

static void add_values(struct list *list, const struct alm_stat *stat)
{
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		struct stat_column *column = add(list, STAT_VALUE, c->name, "");

		column->unit = c->unit;
		column->type = stat_column_type(c);
		explain(column, "%s", c->help);
	}
}

static void add_counts(struct list *list, const char *input)
{
	static const char *const helps[STAT_COUNTS] = { "days with a good value",
		"days of the period without a good value",
		"longest run of days of the period without a good value" };

	for (size_t i = 0; i < STAT_COUNTS; i++) {
		struct stat_column *column =
			add(list, STAT_COUNT, input, stat_count_suffixes[i]);

		column->unit = "d";
		explain(column, "%s of %s", helps[i], input);
	}
}

/* "TMAX, TMIN" */
static void write_inputs(
	char *to, size_t size, const struct alm_stat *stat, const struct alm_column *column)
{
	size_t used = 0;

	to[0] = '\0';
	for (const struct alm_input *i = stat->inputs; i->code != NULL && used < size; i++) {
		if (words_have(column->inputs, i->code)) {
			used += (size_t)snprintf(
				to + used, size - used, "%s%s", used > 0 ? ", " : "", i->code);
		}
	}
}

static void add_verdicts(
	struct list *list, const struct alm_stat *stat, const struct alm_column *column)
{
	char inputs[160], suffix[NAME_MAX_LENGTH];

	write_inputs(inputs, sizeof(inputs), stat, column);
	for (size_t i = 0; i < stat_rule_count; i++) {
		const struct stat_rule *rule = &stat_rules[i];

		if (words_have(column->rules, rule->name)) {
			snprintf(suffix, sizeof(suffix), "_%s", rule->name);
			explain(add(list, STAT_VERDICT, column->name, suffix),
				"%s complete under %s: %s", inputs, rule->title,
				rule->wants(column->method));
		}
	}
}

size_t stat_table_columns(const struct alm_stat *stat, struct stat_column **columns)
{
	size_t most = KEYS_MAX + STAT_COUNTS * stat_count_inputs(stat) +
		      (1 + stat_rule_count) * stat_count_columns(stat);
	struct list list = { memory_array(most, sizeof(struct stat_column)), 0 };

	add_keys(&list, period_kind(stat->periods));
	add_values(&list, stat);
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		add_counts(&list, i->code);
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
	buffer_printf(out, "%d %u %u %zu ", HOST_RULES, (unsigned)stat->periods,
		(unsigned)stat->flags, stat_count_inputs(stat));
	put_text(out, plugin_version);
	put_text(out, stat->name);
	buffer_printf(out, "%u %u %u ", (unsigned)stat->lead_days, (unsigned)stat->base_param,
		(unsigned)stat->base_size);
	for (const struct alm_param *p = stat->params; p != NULL && p->name != NULL; p++) {
		put_text(out, p->name);
		put_text(out, p->default_value);
	}
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		put_text(out, i->code);
		put_text(out, i->unit);
		buffer_printf(out, "%d ", (int)i->decimals);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		put_text(out, c->name);
		put_text(out, c->unit);
		buffer_printf(
			out, "%u %u ", (unsigned)c->method, (unsigned)stat_column_type(c));
		for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
			buffer_putc(out, words_have(c->inputs, i->code) ? '1' : '0');
		}
		for (size_t i = 0; i < stat_rule_count; i++) {
			put_text(out, words_have(c->rules, stat_rules[i].name)
					      ? stat_rules[i].name
					      : "");
		}
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

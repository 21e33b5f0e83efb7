#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "commands/command.h"
#include "commands/trial.h"
#include "compute/compute.h"
#include "compute/series.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

/* Beyond this a number is printed as it is, without its decimals. */
static const double decimals_end = 1e12;

static void print_lower(const char *text)
{
	for (; *text != '\0'; text++) {
		putchar(tolower((unsigned char)*text));
	}
}

static void print_header(const struct alm_stat *stat)
{
	const struct period_kind *kind = period_kind(stat->periods);

	fputs("year", stdout);
	if (kind->parts > 0) {
		printf(",%s", kind->name);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		printf(",%s", c->name);
	}
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		for (size_t k = 0; k < STAT_COUNTS; k++) {
			putchar(',');
			print_lower(i->code);
			fputs(stat_count_suffixes[k], stdout);
		}
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		for (size_t rule = 0; rule < stat_rule_count; rule++) {
			if (words_have(c->rules, stat_rules[rule].name)) {
				printf(",%s_%s", c->name, stat_rules[rule].name);
			}
		}
	}
	putchar('\n');
}

static void print_value(double value, int decimals)
{
	char text[NUMBER_TEXT_MAX];

	if (isnan(value)) {
		return; /* null is nothing between commas */
	}
	if (fabs(value) >= decimals_end) {
		printf("%.17g", value);
		return;
	}
	fwrite(text, 1, number_write(text, value, decimals), stdout);
}

static void print_row(const struct compute_row *row, void *arg)
{
	const struct alm_stat *stat = arg;

	printf("%d", row->period.year);
	if (row->period.part > 0) {
		printf(",%d", row->period.part);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		putchar(',');
		print_value(row->value[i], stat->columns[i].decimals);
	}
	for (size_t i = 0; i < row->input_count; i++) {
		const struct coverage *coverage = &row->coverage[i];

		printf(",%d,%d,%d", coverage->present, coverage->missing,
			coverage->longest_gap);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		for (size_t rule = 0; rule < stat_rule_count; rule++) {
			if (words_have(stat->columns[i].rules, stat_rules[rule].name)) {
				printf(",%s",
					(row->verdicts[i] >> rule & 1) != 0 ? "true" : "false");
			}
		}
	}
	putchar('\n');
}

int trial_stat(const struct registry *registry, const char *path, struct error *err)
{
	for (size_t i = 0; i < registry->stat_count; i++) {
		struct plugin_stat stat = registry->stats[i];
		struct series *series = series_read(path, stat.stat.inputs, err);

		if (series == NULL) {
			return EXIT_CODE_FAILURE;
		}
		printf("# statistic %s of %s\n", stat.stat.name, path);
		print_header(&stat.stat);
		compute_run(&stat, series_record(series), print_row, &stat.stat);
		series_destroy(series);
	}
	return EXIT_CODE_SUCCESS;
}

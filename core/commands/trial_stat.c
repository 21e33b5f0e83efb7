#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "base/number.h"
#include "commands/command.h"
#include "commands/trial.h"
#include "compute/compute.h"
#include "compute/series.h"
#include "plugin/registry.h"
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

	for (size_t i = 0; kind->members[i] != NULL; i++) {
		printf("%s%s", i > 0 ? "," : "", kind->members[i]);
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		printf("%s%s", kind->members[0] != NULL || c > stat->columns ? "," : "",
			c->name);
	}
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		for (size_t k = 0; k < STAT_COUNTS; k++) {
			putchar(',');
			print_lower(i->code);
			fputs(stat_count_suffixes[k], stdout);
		}
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		for (size_t rule = 0; kind->stored && rule < stat_rule_count; rule++) {
			if (words_have(c->rules, stat_rules[rule].name)) {
				printf(",%s_%s", c->name, stat_rules[rule].name);
			}
		}
	}
	putchar('\n');
}

static void print_date(int32_t day)
{
	char text[DATE_TEXT];

	date_write(text, day);
	fwrite(text, 1, sizeof(text), stdout);
}

static void print_value(const struct alm_column *column, double value)
{
	int decimals = stat_column_type(column) == ALM_NUMBER ? (int)column->decimals : 0;
	char text[NUMBER_TEXT_MAX];

	if (isnan(value)) {
		return; /* null is nothing between commas */
	}
	if (column->type == ALM_DATE) {
		print_date((int32_t)value);
		return;
	}
	if (fabs(value) >= decimals_end) {
		printf("%.17g", value);
		return;
	}
	fwrite(text, 1, number_write(text, value, decimals), stdout);
}

static void print_period(const struct period *period)
{
	int month, day;

	switch (period->kind) {
	case ALM_DAY:
		print_date(period->first_day);
		break;
	case ALM_CALENDAR_DAY:
		period_leap_date(period->part, &month, &day);
		printf("%d,%d", month, day);
		break;
	case ALM_CALENDAR_MONTH:
	case ALM_CALENDAR_SEASON:
		printf("%d", period->part);
		break;
	case ALM_CALENDAR_YEAR:
		break;
	default:
		printf("%d", period->year);
		if (period->part > 0) {
			printf(",%d", period->part);
		}
	}
}

static void print_row(const struct compute_row *row, void *arg)
{
	const struct alm_stat *stat = arg;

	print_period(&row->period);
	for (size_t i = 0; i < row->column_count; i++) {
		fputs(i > 0 || period_kind(row->period.kind)->members[0] != NULL ? "," : "",
			stdout);
		print_value(&stat->columns[i], row->value[i]);
	}
	for (size_t i = 0; i < row->input_count; i++) {
		const struct coverage *coverage = &row->coverage[i];

		printf(",%d,%d,%d", coverage->present, coverage->missing,
			coverage->longest_gap);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		for (size_t rule = 0;
			period_kind(row->period.kind)->stored && rule < stat_rule_count;
			rule++) {
			if (words_have(stat->columns[i].rules, stat_rules[rule].name)) {
				printf(",%s",
					(row->verdicts[i] >> rule & 1) != 0 ? "true" : "false");
			}
		}
	}
	putchar('\n');
}

static void try_views(
	const struct plugin_stat *stat, const struct alm_record *record, const char *path)
{
	for (size_t i = 0; i < stat->view_count; i++) {
		struct stat_view *view = &stat->views[i];

		printf("# statistic %s%s%s of %s\n", stat->stat.name,
			stat->view_count > 1 ? " by " : "",
			stat->view_count > 1 ? period_kind(view->stat.periods)->name : "",
			path);
		print_header(&view->stat);
		compute_run(view, record, print_row, &view->stat);
	}
}

int trial_stat(const struct registry *registry, const char *path, struct error *err)
{
	for (size_t i = 0; i < registry->stat_count; i++) {
		const struct plugin_stat *stat = &registry->stats[i];
		struct series *series = series_read(path, stat->stat.inputs, err);

		if (series == NULL) {
			return EXIT_CODE_FAILURE;
		}
		try_views(stat, series_record(series), path);
		series_destroy(series);
	}
	return EXIT_CODE_SUCCESS;
}

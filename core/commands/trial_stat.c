#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "commands/command.h"
#include "commands/trial.h"
#include "compute/compute.h"
#include "compute/series.h"

/* Beyond this a number is printed as it is, without its decimals. */
static const double decimals_end = 1e12;

static const char *part_name(enum alm_period period)
{
	return period == ALM_MONTH ? "month" : "season";
}

static void print_lower(const char *text)
{
	for (; *text != '\0'; text++) {
		putchar(tolower((unsigned char)*text));
	}
}

static void print_header(const struct alm_stat *stat)
{
	static const char *const counts[] = { "days", "missing", "longest_gap" };

	fputs("year", stdout);
	if (stat->period != ALM_YEAR) {
		printf(",%s", part_name(stat->period));
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		printf(",%s", c->name);
	}
	for (size_t i = 0; stat->inputs[i] != NULL; i++) {
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			putchar(',');
			print_lower(stat->inputs[i]);
			printf("_%s", counts[k]);
		}
	}
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		printf(",%s_wmo,%s_ncei", c->name, c->name);
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
	if (stat->period != ALM_YEAR) {
		printf(",%d", row->period.part);
	}
	for (size_t i = 0; stat->columns[i].name != NULL; i++) {
		putchar(',');
		print_value(row->value[i], stat->columns[i].decimals);
	}
	for (size_t i = 0; stat->inputs[i] != NULL; i++) {
		const struct coverage *coverage = &row->coverage[i];

		printf(",%d,%d,%d", coverage->present, coverage->missing,
			coverage->longest_gap);
	}
	for (size_t i = 0; stat->columns[i].name != NULL; i++) {
		printf(",%s,%s", row->wmo[i] ? "true" : "false",
			row->ncei[i] ? "true" : "false");
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
		compute_run(&stat, series_record(series), series_reported(series), print_row,
			&stat.stat);
		series_destroy(series);
	}
	return EXIT_CODE_SUCCESS;
}

#include "compute/compute.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/current.h"

enum { PERIOD_DAYS_MAX = 366 };

struct run {
	const struct plugin_stat *stat;
	const struct alm_record *record;
	const unsigned char *reported;
	size_t input_count, column_count;
	void *state;
	int32_t *edge; /* PERIOD_DAYS_MAX per input: a period that the record cuts */
};

/* The days of a period as indexes of the record; both ends cut to it. */
struct span {
	size_t first, days;
	size_t skipped; /* days of the period before the record's first */
};

static struct span find_span(const struct alm_record *record, const struct period *period)
{
	int64_t first = (int64_t)period->first_day - record->first_day;
	int64_t end = first + period->days;
	struct span span = { .skipped = first < 0 ? (size_t)-first : 0 };

	span.first = first < 0 ? 0 : (size_t)first;
	end = end < (int64_t)record->days ? end : (int64_t)record->days;
	span.days = (size_t)end - span.first;
	return span;
}

static bool is_reported(const struct run *run, const struct span *span)
{
	for (size_t i = 0; i < span->days; i++) {
		if (run->reported[span->first + i] != 0) {
			return true;
		}
	}
	return false;
}

/* The input's days of the whole period: in the record, or copied and filled up
 * with missing days. */
static const int32_t *period_values(const struct run *run, const struct period *period,
	const struct span *span, size_t input)
{
	const int32_t *values = run->record->value[input] + span->first;

	if (span->days == (size_t)period->days) {
		return values;
	}
	for (int i = 0; i < period->days; i++) {
		run->edge[i] = ALM_MISSING;
	}
	memcpy(run->edge + span->skipped, values, span->days * sizeof(*values));
	return run->edge;
}

static void judge_column(const struct run *run, size_t column, struct compute_row *row)
{
	const struct alm_column *declared = &run->stat->stat.columns[column];

	row->wmo[column] = true;
	row->ncei[column] = true;
	for (size_t i = 0; i < run->input_count; i++) {
		if ((declared->rests_on >> i & 1) != 0) {
			row->wmo[column] = row->wmo[column] &&
					   coverage_wmo(&row->coverage[i], declared->method);
			row->ncei[column] = row->ncei[column] && row->coverage[i].ncei;
		}
	}
}

static void compute_row(const struct run *run, const struct span *span, struct compute_row *row)
{
	for (size_t i = 0; i < run->input_count; i++) {
		coverage_count(&row->period, period_values(run, &row->period, span, i),
			&row->coverage[i]);
	}
	for (size_t i = 0; i < run->column_count; i++) {
		row->value[i] = NAN;
		judge_column(run, i, row);
	}
	current_begin("compute()", 0);
	run->stat->stat.compute(run->state, run->record, span->first, span->days, row->value);
	current_end();
	for (size_t i = 0; i < run->column_count; i++) {
		if (!isfinite(row->value[i])) {
			row->value[i] = NAN; /* no number, no answer */
		}
	}
}

static void compute_rows(const struct run *run,
	void (*each)(const struct compute_row *row, void *arg), void *arg)
{
	const struct alm_record *record = run->record;
	int64_t end = (int64_t)record->first_day + (int64_t)record->days;
	struct compute_row row;

	for (row.period = period_of(run->stat->stat.period, record->first_day);
		row.period.first_day < end; row.period = period_next(&row.period)) {
		struct span span = find_span(record, &row.period);

		if (is_reported(run, &span)) {
			compute_row(run, &span, &row);
			each(&row, arg);
		}
	}
}

static void count_declared(struct run *run)
{
	const struct alm_stat *stat = &run->stat->stat;

	while (stat->inputs[run->input_count] != NULL) {
		run->input_count++;
	}
	while (stat->columns[run->column_count].name != NULL) {
		run->column_count++;
	}
	assert(run->input_count <= COMPUTE_INPUTS_MAX);
	assert(run->column_count <= COMPUTE_COLUMNS_MAX);
}

void compute_run(const struct plugin_stat *stat, const struct alm_record *record,
	const unsigned char *reported, void (*each)(const struct compute_row *row, void *arg),
	void *arg)
{
	struct run run = { .stat = stat, .record = record, .reported = reported };
	struct current_call call = { .name = stat->plugin->table.name,
		.kind = "station",
		.subject = record->station.id };

	current_enter(&call);
	if (record->days > 0) {
		count_declared(&run);
		run.state = memory_array(1, stat->stat.state_size);
		run.edge = memory_array(PERIOD_DAYS_MAX, sizeof(*run.edge));
		if (stat->stat.prepare != NULL) {
			current_begin("prepare()", 0);
			stat->stat.prepare(run.state, record);
			current_end();
		}
		compute_rows(&run, each, arg);
		free(run.edge);
		free(run.state);
	}
	current_leave(&call);
}

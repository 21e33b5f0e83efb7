#include "compute/compute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/current.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

struct run {
	const struct plugin_stat *stat;
	const struct alm_record *record;
	struct alm_task task;
	int32_t *edge; /* PERIOD_DAYS_MAX: a period that the record cuts */
	bool *needs;   /* by column and input: whether the column needs it */
	struct compute_row row;
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

static bool is_reported(const struct alm_record *record, const struct span *span)
{
	for (size_t series = 0; series < record->series_count; series++) {
		const int32_t *value = record->series[series].value + span->first;

		for (size_t i = 0; i < span->days; i++) {
			if (value[i] != ALM_NOT_REPORTED) {
				return true;
			}
		}
	}
	return false;
}

/* The input's days of the whole period: in the record, or copied and filled up
 * with missing days. */
static const int32_t *period_values(
	const struct run *run, const struct span *span, const int32_t *values)
{
	int days = run->row.period.days;

	if (span->days == (size_t)days) {
		return values + span->first;
	}
	for (int i = 0; i < days; i++) {
		run->edge[i] = ALM_NOT_REPORTED;
	}
	memcpy(run->edge + span->skipped, values + span->first, span->days * sizeof(*values));
	return run->edge;
}

static uint8_t judge_column(const struct run *run, size_t column)
{
	const struct compute_row *row = &run->row;
	const struct alm_column *declared = &run->stat->stat.columns[column];
	uint8_t verdicts = 0;

	for (size_t rule = 0; rule < stat_rule_count && !isnan(row->value[column]); rule++) {
		bool complete = true;

		for (size_t i = 0; i < row->input_count; i++) {
			complete = complete &&
				   (!run->needs[column * row->input_count + i] ||
					   stat_rules[rule].is_complete(
						   &row->coverage[i], declared->method));
		}
		verdicts |= complete ? (uint8_t)(1u << rule) : 0;
	}
	return verdicts;
}

static void call_compute(struct run *run, const struct span *span)
{
	const struct plugin_stat *stat = run->stat;
	const struct period *of = &run->row.period;
	const struct alm_period period = { .kind = of->kind,
		.year = of->year,
		.part = (uint32_t)of->part,
		.first = (uint32_t)span->first,
		.days = (uint32_t)span->days };

	current_begin("compute()", 0);
	stat->stat.compute(&run->task, &period, run->row.value);
	current_end();
}

static void compute_row(struct run *run, const struct span *span)
{
	struct compute_row *row = &run->row;

	for (size_t i = 0; i < row->input_count; i++) {
		coverage_count(&row->period,
			period_values(run, span, run->record->series[i].value),
			&row->coverage[i]);
	}
	for (size_t i = 0; i < row->column_count; i++) {
		row->value[i] = NAN;
	}
	call_compute(run, span);
	for (size_t i = 0; i < row->column_count; i++) {
		if (!isfinite(row->value[i])) {
			row->value[i] = NAN; /* no number, no answer */
		}
		row->verdicts[i] = judge_column(run, i);
	}
}

static void compute_rows(
	struct run *run, void (*each)(const struct compute_row *row, void *arg), void *arg)
{
	const struct alm_record *record = run->record;
	int64_t end = (int64_t)record->first_day + (int64_t)record->days;
	struct period *period = &run->row.period;

	for (*period = period_of(run->stat->stat.periods, record->first_day);
		period->first_day < end; *period = period_next(period)) {
		struct span span = find_span(record, period);

		if (is_reported(record, &span)) {
			compute_row(run, &span);
			each(&run->row, arg);
		}
	}
}

static void start(struct run *run)
{
	const struct alm_stat *stat = &run->stat->stat;
	struct compute_row *row = &run->row;

	row->input_count = stat_count_inputs(stat);
	row->column_count = stat_count_columns(stat);
	row->value = memory_array(row->column_count, sizeof(*row->value));
	row->coverage = memory_array(row->input_count, sizeof(*row->coverage));
	row->verdicts = memory_array(row->column_count, sizeof(*row->verdicts));
	run->needs = memory_array(row->column_count * row->input_count, sizeof(*run->needs));
	for (size_t column = 0; column < row->column_count; column++) {
		for (size_t i = 0; i < row->input_count; i++) {
			run->needs[column * row->input_count + i] =
				words_have(stat->columns[column].inputs, stat->inputs[i].code);
		}
	}
	run->edge = memory_array(PERIOD_DAYS_MAX, sizeof(*run->edge));
	run->task = (struct alm_task){ .size = sizeof(run->task),
		.stat = run->stat->declared,
		.record = run->record,
		.state = memory_array(1, stat->state_size) };
}

static void finish(struct run *run)
{
	free(run->task.state);
	free(run->edge);
	free(run->needs);
	free(run->row.verdicts);
	free(run->row.coverage);
	free(run->row.value);
}

void compute_run(const struct plugin_stat *stat, const struct alm_record *record,
	void (*each)(const struct compute_row *row, void *arg), void *arg)
{
	struct run run = { .stat = stat, .record = record };
	struct current_call call = { .name = stat->plugin->table.name,
		.kind = "station",
		.subject = record->station->id };

	current_enter(&call);
	if (record->days > 0) {
		start(&run);
		if (stat->stat.prepare != NULL) {
			current_begin("prepare()", 0);
			stat->stat.prepare(&run.task);
			current_end();
		}
		compute_rows(&run, each, arg);
		if (stat->stat.release != NULL) {
			current_begin("release()", 0);
			stat->stat.release(&run.task);
			current_end();
		}
		finish(&run);
	}
	current_leave(&call);
}

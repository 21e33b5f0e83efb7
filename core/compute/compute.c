#include "compute/compute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "compute/calendar.h"
#include "plugin/current.h"
#include "plugin/registry.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

struct compute {
	const struct plugin_stat *stat;
	const struct alm_record *record;
	struct alm_task task;
	struct current_call call;
	int32_t *edge;  /* PERIOD_DAYS_MAX: a period that the record cuts */
	bool *needs;    /* by declared column and input: whether the column needs it */
	double *result; /* by declared column */
	const struct stat_view *view; /* whose rows are computed */
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
	const struct compute *compute, const struct span *span, const int32_t *values)
{
	int days = compute->row.period.days;

	if (span->days == (size_t)days) {
		return values + span->first;
	}
	for (int i = 0; i < days; i++) {
		compute->edge[i] = ALM_NOT_REPORTED;
	}
	memcpy(compute->edge + span->skipped, values + span->first,
		span->days * sizeof(*values));
	return compute->edge;
}

static uint8_t judge_column(const struct compute *compute, size_t column)
{
	const struct compute_row *row = &compute->row;
	const struct alm_column *declared = &compute->view->stat.columns[column];
	const bool *needs = compute->needs + compute->view->columns[column] * row->input_count;
	uint8_t verdicts = 0;

	for (size_t rule = 0; rule < stat_rule_count && !isnan(row->value[column]); rule++) {
		bool complete = true;

		for (size_t i = 0; i < row->input_count; i++) {
			complete = complete &&
				   (!needs[i] || stat_rules[rule].is_complete(
							 &row->coverage[i], declared->method));
		}
		verdicts |= complete ? (uint8_t)(1u << rule) : 0;
	}
	return verdicts;
}

static void call_compute(struct compute *compute, const struct span *span)
{
	const struct period *of = &compute->row.period;
	const struct alm_period period = { .kind = of->kind,
		.year = of->year,
		.part = (uint32_t)of->part,
		.first = (uint32_t)span->first,
		.days = (uint32_t)span->days };
	size_t count = stat_count_columns(&compute->stat->stat);

	for (size_t i = 0; i < count; i++) {
		compute->result[i] = NAN;
	}
	current_begin("compute()", 0);
	compute->stat->stat.compute(&compute->task, &period, compute->result);
	current_end();
}

/* An integer is one; what is out of its range is no number. */
static double typed(const struct alm_column *column, double value)
{
	static const double integer_end = 9007199254740992.0; /* 2^53 */

	if (!isfinite(value)) {
		return NAN; /* no number, no answer */
	}
	if (column->type == ALM_DATE) {
		value = round(value);
		return value >= date_day(DATE_YEAR_MIN, 1, 1) &&
				       value <= date_day(DATE_YEAR_MAX, 12, 31)
			       ? value
			       : NAN;
	}
	if (column->type == ALM_INTEGER) {
		return fabs(value) <= integer_end ? round(value) : NAN;
	}
	return value;
}

/* The row's coverage is set. */
static void compute_row(struct compute *compute, const struct span *span, bool judged)
{
	struct compute_row *row = &compute->row;

	call_compute(compute, span);
	for (size_t i = 0; i < row->column_count; i++) {
		row->value[i] = typed(&compute->view->stat.columns[i],
			compute->result[compute->view->columns[i]]);
		row->verdicts[i] = judged ? judge_column(compute, i) : 0;
	}
}

static void count_coverage(struct compute *compute, const struct span *span)
{
	struct compute_row *row = &compute->row;

	for (size_t i = 0; i < row->input_count; i++) {
		coverage_count(&row->period,
			period_values(compute, span, compute->record->series[i].value),
			&row->coverage[i]);
	}
}

static void compute_periods(struct compute *compute,
	bool (*wants)(const struct period *period, void *arg), compute_row_fn *each, void *arg)
{
	const struct alm_record *record = compute->record;
	const struct period_kind *kind = period_kind(compute->view->stat.periods);
	int64_t end = (int64_t)record->first_day + (int64_t)record->days;
	struct period *period = &compute->row.period;

	for (*period = period_of(kind->bit, record->first_day); period->first_day < end;
		*period = period_next(period)) {
		struct span span = find_span(record, period);

		if ((wants == NULL || wants(period, arg)) && is_reported(record, &span)) {
			count_coverage(compute, &span);
			compute_row(compute, &span, kind->stored);
			each(&compute->row, arg);
		}
	}
}

/* Of a part of the calendar: all days of the record are its period's. */
static void compute_calendar(struct compute *compute,
	bool (*wants)(const struct period *period, void *arg), compute_row_fn *each, void *arg)
{
	const struct alm_record *record = compute->record;
	const struct span all = { .days = record->days };
	struct compute_row *row = &compute->row;
	struct calendar calendar;

	calendar_count(&calendar, compute->view->stat.periods, record);
	for (int part = calendar.first; part <= calendar.last; part++) {
		row->period = (struct period){ .kind = compute->view->stat.periods,
			.part = part,
			.first_day = record->first_day,
			.days = calendar.days[part] };
		if (calendar.reported[part] && (wants == NULL || wants(&row->period, arg))) {
			memcpy(row->coverage, calendar_coverage(&calendar, part),
				row->input_count * sizeof(*row->coverage));
			compute_row(compute, &all, false);
			each(row, arg);
		}
	}
	calendar_finish(&calendar);
}

void compute_rows(struct compute *compute, const struct stat_view *view,
	bool (*wants)(const struct period *period, void *arg), compute_row_fn *each, void *arg)
{
	if (compute->record->days == 0) {
		return;
	}
	compute->view = view;
	compute->row.column_count = view->column_count;
	current_enter(&compute->call);
	if (period_kind(view->stat.periods)->calendar) {
		compute_calendar(compute, wants, each, arg);
	} else {
		compute_periods(compute, wants, each, arg);
	}
	current_leave(&compute->call);
}

/* -- Beginning and end --------------------------------------------------- */

static struct current_call call_of(
	const struct plugin_stat *stat, const struct alm_record *record)
{
	return (struct current_call){ .name = stat->plugin->table.name,
		.kind = "station",
		.subject = record->station->id };
}

static struct alm_task task_of(const struct plugin_stat *stat, const struct alm_record *record,
	const struct alm_value *params, const void *base)
{
	return (struct alm_task){ .size = sizeof(struct alm_task),
		.stat = stat->declared,
		.record = record,
		.params = params,
		.base = base,
		.state = memory_array(1, stat->stat.state_size) };
}

static void set_needs(struct compute *compute, const struct alm_stat *stat)
{
	size_t inputs = stat_count_inputs(stat), columns = stat_count_columns(stat);

	compute->needs = memory_array(columns * inputs, sizeof(*compute->needs));
	for (size_t column = 0; column < columns; column++) {
		for (size_t i = 0; i < inputs; i++) {
			compute->needs[column * inputs + i] =
				words_have(stat->columns[column].inputs, stat->inputs[i].code);
		}
	}
}

struct compute *compute_begin(const struct plugin_stat *stat, const struct alm_record *record,
	const struct alm_value *params, const void *base)
{
	struct compute *compute = memory_new(struct compute);
	struct compute_row *row = &compute->row;
	size_t columns = stat_count_columns(&stat->stat);

	compute->stat = stat;
	compute->record = record;
	compute->call = call_of(stat, record);
	row->input_count = stat_count_inputs(&stat->stat);
	row->value = memory_array(columns, sizeof(*row->value));
	row->coverage = memory_array(row->input_count, sizeof(*row->coverage));
	row->verdicts = memory_array(columns, sizeof(*row->verdicts));
	compute->result = memory_array(columns, sizeof(*compute->result));
	compute->edge = memory_array(PERIOD_DAYS_MAX, sizeof(*compute->edge));
	set_needs(compute, &stat->stat);
	compute->task = task_of(stat, record, params, base);
	if (stat->stat.prepare != NULL && record->days > 0) {
		current_enter(&compute->call);
		current_begin("prepare()", 0);
		stat->stat.prepare(&compute->task);
		current_leave(&compute->call);
	}
	return compute;
}

void compute_end(struct compute *compute)
{
	const struct alm_stat *stat = &compute->stat->stat;

	if (stat->release != NULL && compute->record->days > 0) {
		current_enter(&compute->call);
		current_begin("release()", 0);
		stat->release(&compute->task);
		current_leave(&compute->call);
	}
	free(compute->task.state);
	free(compute->edge);
	free(compute->needs);
	free(compute->result);
	free(compute->row.verdicts);
	free(compute->row.coverage);
	free(compute->row.value);
	free(compute);
}

void compute_run(const struct stat_view *view, const struct alm_record *record,
	compute_row_fn *each, void *arg)
{
	const struct plugin_stat *stat = view->of;
	void *base = NULL;
	struct compute *compute;

	if (stat->stat.base != NULL) {
		base = memory_array(1, stat->stat.base_size);
		compute_base(stat, record, stat->defaults, base);
	}
	compute = compute_begin(stat, record, stat->defaults, base);
	compute_rows(compute, view, NULL, each, arg);
	compute_end(compute);
	free(base);
}

/* -- Base periods --------------------------------------------------------- */

void compute_base(const struct plugin_stat *stat, const struct alm_record *record,
	const struct alm_value *params, void *base)
{
	size_t count = record->series_count;
	struct alm_series *series = memory_array(count, sizeof(*series));
	struct current_call call = call_of(stat, record);
	struct alm_record part;
	struct alm_task task;
	int32_t first, last;

	if ((stat->stat.flags & ALM_WHOLE_RECORD) != 0) {
		part = *record;
	} else {
		compute_base_days(stat, params, &first, &last);
		compute_cut(record, first, last, series, &part);
	}
	task = task_of(stat, &part, params, NULL);
	memset(base, 0, stat->stat.base_size);
	current_enter(&call);
	current_begin("base()", 0);
	stat->stat.base(&task, base);
	current_leave(&call);
	free(task.state);
	free(series);
}

void compute_base_days(const struct plugin_stat *stat, const struct alm_value *params,
	int32_t *first, int32_t *last)
{
	const struct alm_value *years = &params[stat->stat.base_param];

	*first = date_year_start(years->first_year) - (int32_t)stat->stat.lead_days;
	*last = date_year_start(years->last_year + 1) - 1;
}

void compute_cut(const struct alm_record *record, int32_t first, int32_t last,
	struct alm_series *series, struct alm_record *part)
{
	int32_t end = record->first_day + (int32_t)record->days;
	size_t skip;

	first = first > record->first_day ? first : record->first_day;
	last = last < end - 1 ? last : end - 1;
	skip = first < end ? (size_t)(first - record->first_day) : record->days;
	*part = *record;
	part->first_day = first;
	part->days = first <= last ? (uint32_t)(last - first + 1) : 0;
	part->series = series;
	for (size_t i = 0; i < record->series_count; i++) {
		series[i] = record->series[i];
		series[i].value += skip;
	}
}

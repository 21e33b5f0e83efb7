#include "ingest/statistics/calculate.h"

#include <string.h>

#include "compute/compute.h"
#include "ingest/store/copy.h"
#include "ingest/store/rows.h"
#include "plugin/registry.h"

/* Where the rows of a station go. */
struct sink {
	struct calculate *calculate;
	const struct dirty_station *dirty;
};

void calculate_init(struct calculate *calculate, const struct plugin_stat *stat)
{
	const struct alm_input *inputs = stat->stat.inputs;

	*calculate = (struct calculate){ .stat = stat };
	stat_sql_init(&calculate->sql, &stat->stat);
	record_init(&calculate->record, inputs);
	for (size_t i = 0; inputs[i].code != NULL; i++) {
		array_text(&calculate->inputs, inputs[i].code);
	}
}

void calculate_finish(struct calculate *calculate)
{
	stat_sql_finish(&calculate->sql);
	record_finish(&calculate->record);
	buffer_finish(&calculate->rows);
	array_finish(&calculate->inputs);
}

bool calculate_is_whole(const struct calculate *calculate)
{
	return (calculate->stat->stat.flags & ALM_WHOLE_RECORD) != 0;
}

void calculate_begin(struct calculate *calculate, const struct alm_station *station,
	int first_year, int last_year)
{
	record_start(&calculate->record, station, first_year, last_year);
}

/* Index of the element among the inputs, or -1. */
static int find_input(const struct calculate *calculate, const char *element)
{
	const struct alm_input *inputs = calculate->stat->stat.inputs;

	for (int i = 0; inputs[i].code != NULL; i++) {
		if (strcmp(inputs[i].code, element) == 0) {
			return i;
		}
	}
	return -1;
}

void calculate_block(
	struct calculate *calculate, const char *element, const struct merge_view *view)
{
	int input = find_input(calculate, element);

	if (input >= 0) {
		record_add(&calculate->record, (size_t)input, view->year, view->values,
			view->flags[FLAG_QUALITY]);
	}
}

static void take_row(const struct compute_row *row, void *arg)
{
	const struct sink *sink = arg;
	struct calculate *calculate = sink->calculate;

	if (sink->dirty != NULL && !dirty_has_period(sink->dirty, &row->period)) {
		return;
	}
	if (calculate->row_count == 0) {
		calculate->rows.length = 0;
		copy_header(&calculate->rows);
	}
	rows_stat(&calculate->rows, calculate->record.station.id, &calculate->stat->stat, row);
	calculate->row_count++;
}

void calculate_end(struct calculate *calculate, const struct dirty_station *dirty)
{
	struct sink sink = { calculate, calculate_is_whole(calculate) ? NULL : dirty };

	compute_run(calculate->stat, &calculate->record.view, take_row, &sink);
}

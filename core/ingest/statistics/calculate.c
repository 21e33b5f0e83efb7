#include "ingest/statistics/calculate.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "compute/compute.h"
#include "ingest/store/copy.h"
#include "ingest/store/rows.h"
#include "plugin/registry.h"
#include "schema/stat_table.h"

enum { BASE_FIELDS = 4 };

/* Where the rows of a station go. */
struct sink {
	struct calculate *calculate;
	struct calculate_table *table;
	const struct dirty_station *dirty;
};

static void init_bases(struct calculate *calculate)
{
	const struct plugin_stat *stat = calculate->stat;
	struct calculate_bases *bases = &calculate->bases;
	int32_t first, last;

	if (stat->stat.base == NULL) {
		return;
	}
	bases->bytes = memory_array(1, stat->stat.base_size);
	bases->first_year = BATCH_YEAR_MIN;
	bases->last_year = BATCH_YEAR_MAX;
	if (!calculate_is_whole(calculate)) {
		compute_base_days(stat, stat->defaults, &first, &last);
		bases->first_year = date_from_day(first).year;
		bases->last_year = date_from_day(last).year;
	}
}

void calculate_init(struct calculate *calculate, const struct plugin_stat *stat)
{
	const struct alm_input *inputs = stat->stat.inputs;

	*calculate = (struct calculate){ .stat = stat,
		.tables = memory_array(stat->stored_count, sizeof(*calculate->tables)),
		.table_count = stat->stored_count };
	stat_table_definition(&stat->stat, stat->plugin->table.version, calculate->definition);
	for (size_t i = 0; i < stat->stored_count; i++) {
		calculate->tables[i].view = &stat->views[i];
		stat_sql_init(&calculate->tables[i].sql, &stat->views[i].stat);
	}
	record_init(&calculate->record, inputs);
	for (size_t i = 0; inputs[i].code != NULL; i++) {
		array_text(&calculate->inputs, inputs[i].code);
	}
	init_bases(calculate);
}

void calculate_finish(struct calculate *calculate)
{
	for (size_t i = 0; i < calculate->table_count; i++) {
		stat_sql_finish(&calculate->tables[i].sql);
		buffer_finish(&calculate->tables[i].rows);
	}
	free(calculate->tables);
	record_finish(&calculate->record);
	array_finish(&calculate->inputs);
	buffer_finish(&calculate->bases.rows);
	array_finish(&calculate->bases.ids);
	free(calculate->bases.bytes);
}

void calculate_reset(struct calculate *calculate)
{
	for (size_t i = 0; i < calculate->table_count; i++) {
		calculate->tables[i].row_count = 0;
		calculate->tables[i].staged = false;
	}
	calculate->bases.count = 0;
	array_clear(&calculate->bases.ids);
}

bool calculate_is_whole(const struct calculate *calculate)
{
	return (calculate->stat->stat.flags & ALM_WHOLE_RECORD) != 0;
}

void calculate_begin(struct calculate *calculate, const struct alm_station *station,
	int first_year, int last_year)
{
	record_start(&calculate->record, station, first_year, last_year);
	calculate->bases.filled = false;
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
	struct calculate_bases *bases = &calculate->bases;
	int input = find_input(calculate, element);

	if (input >= 0) {
		bases->filled |=
			view->year >= bases->first_year && view->year <= bases->last_year;
		record_add(&calculate->record, (size_t)input, view->year, view->values,
			view->flags[FLAG_QUALITY]);
	}
}

/* -- Base periods --------------------------------------------------------- */

void calculate_base(struct calculate *calculate)
{
	if (calculate->bases.bytes != NULL) {
		compute_base(calculate->stat, &calculate->record.view,
			calculate->stat->defaults, calculate->bases.bytes);
	}
}

void calculate_put_base(struct calculate *calculate)
{
	struct calculate_bases *bases = &calculate->bases;

	if (bases->bytes == NULL) {
		return;
	}
	if (bases->count == 0) {
		bases->rows.length = 0;
		array_clear(&bases->ids);
		copy_header(&bases->rows);
	}
	bases->count++;
	array_text(&bases->ids, calculate->record.station.id);
	if (!bases->filled) {
		return;
	}
	copy_row(&bases->rows, BASE_FIELDS);
	copy_text(&bases->rows, calculate->record.station.id);
	copy_text(&bases->rows, calculate->stat->stat.name);
	copy_text(&bases->rows, calculate->definition);
	copy_bytes(&bases->rows, bases->bytes, calculate->stat->stat.base_size);
}

/* -- Rows ------------------------------------------------------------------- */

static bool is_dirty(const struct period *period, void *arg)
{
	const struct sink *sink = arg;

	return sink->dirty == NULL ||
	       dirty_has_period(sink->dirty, period, sink->calculate->stat->stat.lead_days);
}

static void take_row(const struct compute_row *row, void *arg)
{
	const struct sink *sink = arg;
	struct calculate_table *table = sink->table;

	if (table->row_count == 0) {
		table->rows.length = 0;
		copy_header(&table->rows);
	}
	rows_stat(&table->rows, sink->calculate->record.station.id, &table->view->stat, row);
	table->row_count++;
}

void calculate_end(
	struct calculate *calculate, const struct dirty_station *dirty, const char *only)
{
	struct sink sink = { calculate, NULL, calculate_is_whole(calculate) ? NULL : dirty };
	struct compute *compute = compute_begin(calculate->stat, &calculate->record.view,
		calculate->stat->defaults, calculate->bases.bytes);

	for (size_t i = 0; i < calculate->table_count; i++) {
		sink.table = &calculate->tables[i];
		if (only == NULL || strcmp(only, sink.table->view->name) == 0) {
			compute_rows(compute, sink.table->view, is_dirty, take_row, &sink);
		}
	}
	compute_end(compute);
}

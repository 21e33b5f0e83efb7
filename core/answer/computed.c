#include "answer/computed.h"

#include <stdlib.h>
#include <string.h>

#include "answer/station_record.h"
#include "answer/work.h"
#include "base/memory.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "compute/compute.h"
#include "document/answer.h"
#include "reply/problem.h"
#include "route/route.h"
#include "route/services.h"
#include "stat/stat.h"

enum { COUNTS = 2 /* of an input: days, longest gap */ };

/* -- On a worker thread ---------------------------------------------------- */

static int32_t key_of(const struct period *period)
{
	return period->kind == ALM_DAY               ? period->first_day
	       : period_kind(period->kind)->calendar ? period->part
						     : period_key(period);
}

static void put_row(const struct compute_row *row, void *arg)
{
	struct computed *computed = arg;
	struct buffer *out = &computed->own_rows;
	const struct stat_head head = { key_of(&row->period), (uint32_t)row->period.days };
	size_t end = out->length + computed->layout.size;

	buffer_append(out, &head, sizeof(head));
	buffer_append(out, row->value, row->column_count * sizeof(*row->value));
	for (size_t i = 0; i < row->input_count; i++) {
		const uint32_t counts[COUNTS] = { (uint32_t)row->coverage[i].present,
			(uint32_t)row->coverage[i].longest_gap };

		buffer_append(out, counts, sizeof(counts));
	}
	buffer_append(out, row->verdicts, row->column_count);
	while (out->length < end) {
		buffer_putc(out, 0);
	}
	buffer_append(&computed->own_periods, &row->period, sizeof(row->period));
	computed->count++;
}

static bool is_wanted(const struct period *period, void *arg)
{
	const struct computed *computed = arg;
	bool begins = period_kind(period->kind)->calendar ||
		      (period->first_day >= computed->first_day &&
			      period->first_day <= computed->last_day);

	return begins && (computed->part == 0 || (int)computed->part == period->part);
}

static bool is_reported(const struct alm_record *record, uint32_t day)
{
	for (size_t i = 0; i < record->series_count; i++) {
		if (record->series[i].value[day] != ALM_NOT_REPORTED) {
			return true;
		}
	}
	return false;
}

static void find_reported(struct computed *computed)
{
	const struct alm_record *record = computed->record;
	uint32_t first = 0, end = record->days;

	while (first < end && !is_reported(record, first)) {
		first++;
	}
	while (end > first && !is_reported(record, end - 1)) {
		end--;
	}
	computed->first_reported = record->first_day + (int32_t)first;
	computed->last_reported = record->first_day + (int32_t)end - 1;
}

static void run(void *arg)
{
	struct computed *computed = arg;
	const struct plugin_stat *stat = computed->view->of;
	const struct alm_record *record = computed->record;
	struct compute *compute;
	void *base = NULL;

	find_reported(computed);
	if (record->days == 0) {
		return;
	}
	if (stat->stat.base != NULL) {
		base = memory_array(1, stat->stat.base_size);
		compute_base(stat, record, computed->params, base);
	}
	compute = compute_begin(stat, record, computed->params, base);
	compute_rows(compute, computed->view, is_wanted, put_row, computed);
	compute_end(compute);
	free(base);
}

static void drop(void *arg)
{
	struct computed *computed = arg;

	buffer_finish(&computed->own_rows);
	buffer_finish(&computed->own_periods);
}

/* -- On the loop ------------------------------------------------------------ */

static const void *move(struct arena *arena, const struct buffer *from)
{
	void *to = arena_alloc(arena, from->length + 1);

	if (from->length > 0) {
		memcpy(to, from->data, from->length);
	}
	return to;
}

static void on_computed(struct alm_request *request, void *arg)
{
	struct computed *computed = arg;

	computed->rows = move(&request->http.arena, &computed->own_rows);
	computed->periods = move(&request->http.arena, &computed->own_periods);
	drop(computed);
	computed->then(request, computed, computed->arg);
}

/* The statistic's own elements, in its units, which are those of the data. */
static void on_record(struct alm_request *request, const struct alm_record *record, void *arg)
{
	struct computed *computed = arg;
	const struct alm_input *inputs = computed->view->stat.inputs;

	for (size_t i = 0; i < record->series_count; i++) {
		const struct alm_element *element = record->series[i].element;

		if (element->unit != NULL && (strcmp(element->unit, inputs[i].unit) != 0 ||
						     element->decimals != inputs[i].decimals)) {
			answer_broken(request,
				"statistic '%s' takes element %s in %s with %d decimals, but the "
				"database stores it in %s with %d",
				computed->view->of->stat.name, inputs[i].code, inputs[i].unit,
				(int)inputs[i].decimals, element->unit, (int)element->decimals);
			return;
		}
	}
	computed->record = record;
	work_queue(request, run, on_computed, drop, computed);
}

/* From the first year of the station to its last. */
static int64_t count_years(const struct catalog_station *station)
{
	return station->block_count > 0 ? station->blocks[station->block_count - 1].year -
						  station->blocks[0].year + 1
					: 0;
}

/* Rows of a station of so many years. */
static int64_t count_rows(const struct period_kind *kind, int64_t years)
{
	int64_t parts = kind->parts > 0 ? kind->parts : 1;

	return kind->calendar ? parts : (years + 1) * parts;
}

/* -1: it would be more than one answer may compute; replied. */
static int reserve(struct alm_request *request, const struct computed *computed, int64_t *bytes)
{
	const struct catalog *catalog = request->catalog;
	long at = catalog_find_station(catalog, computed->station);
	int64_t years = at >= 0 ? count_years(catalog->stations[at]) : 0;
	int64_t most =
		settings_integer(request->services->settings, SETTING_MAX_COMPUTED_YEARS);

	request->computed_years += years;
	*bytes = 2 * count_rows(period_kind(computed->view->stat.periods), years) *
		 (int64_t)(computed->layout.size + sizeof(struct period));
	if (request->computed_years <= most) {
		return 0;
	}
	reply_problem(&request->http, &(struct problem){ .status = 422, .param = "station_id" },
		"station_id: this would be computed of %lld years of stations or more, and one answer may be "
		"of %lld (the server's setting max-computed-years): ask for fewer stations at a "
		"time",
		(long long)request->computed_years, (long long)most);
	return -1;
}

static void set_layout(struct computed *computed)
{
	const struct stat_view *view = computed->view;
	struct stat_layout *layout = &computed->layout;

	*layout = (struct stat_layout){ .period = period_kind(view->stat.periods),
		.column_count = view->column_count,
		.input_count = stat_count_inputs(&view->stat),
		.wide = true };
	layout->size = stat_layout_size(layout->column_count, layout->input_count, true);
}

int computed_start(
	struct alm_request *request, struct computed *computed, computed_fn *then, void *arg)
{
	struct arena *arena = &request->http.arena;
	const struct alm_input *inputs = computed->view->stat.inputs;
	size_t count = stat_count_inputs(&computed->view->stat);
	const char **elements = arena_alloc(arena, (count + 1) * sizeof(*elements));
	const char **station = arena_alloc(arena, sizeof(*station));
	const struct alm_selection selection = { .size = sizeof(selection),
		.stations = station,
		.station_count = 1,
		.elements = elements,
		.element_count = count };
	int64_t bytes;

	*station = computed->station;
	for (size_t i = 0; i < count; i++) {
		elements[i] = inputs[i].code;
	}
	computed->then = then;
	computed->arg = arg;
	set_layout(computed);
	return reserve(request, computed, &bytes) != 0
		       ? -1
		       : station_record(request, &selection, bytes, on_record, computed);
}

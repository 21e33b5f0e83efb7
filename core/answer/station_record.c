/* A station's days as arrays on one time axis: record(), and what is computed of it. */
#include "answer/station_record.h"

#include <stddef.h>
#include <string.h>

#include "answer/blocks.h"
#include "answer/host.h"
#include "catalog/block.h"
#include "plugin/current.h"
#include "plugin/station.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/route.h"
#include "route/services.h"

enum { RECORD_BYTES = 3 * 1024 /* of a block: read, decoded, and its days */ };

/* In the request's memory. Of a request one is read at a time: a newer catalog replaces the one
 * before for all of it. */
struct record {
	struct plan plan; /* first: one is cast to the other */
	struct blocks blocks;
	struct alm_selection wanted;
	station_record_fn *then;
	void *arg;
	int64_t bytes;       /* that the receiver needs besides */
	struct record *next; /* that waits behind it */
	int32_t first_day, last_day;
	int32_t **values;
	struct marks *marks; /* by element */
};

/* Flags and times of an element's days; NULL: there are none. */
struct marks {
	char *flags[BLOCK_COLUMNS];
	uint16_t *times;
};

static void on_blocks(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct record *record =
		(struct record *)((char *)fetch - offsetof(struct record, blocks.fetch.fetch));

	plan_fetched(&record->plan, fetch, outcome, result);
}

static enum plan_found find(struct plan *plan)
{
	struct record *record = (struct record *)plan;

	return blocks_fetch(plan, &record->blocks, on_blocks);
}

static bool agrees(const struct plan *plan)
{
	return blocks_agree(plan, &((const struct record *)plan)->blocks);
}

static void keep(struct plan *plan)
{
	blocks_keep(plan, &((struct record *)plan)->blocks);
}

/* From the first day of the first year to the last day of the last one, as far as the
 * selection reaches. */
static void set_axis(struct record *record)
{
	const struct plan *plan = &record->plan;
	const struct selection *selection = &plan->selection;

	record->first_day = 0;
	record->last_day = -1;
	if (plan->chunk.part_count > 0) {
		int last_year = plan->chunk.parts[plan->chunk.part_count - 1].year;

		record->first_day = date_year_start(plan->chunk.parts[0].year);
		record->last_day = date_year_start(last_year) + date_year_days(last_year) - 1;
		if (selection->first_day > record->first_day) {
			record->first_day = selection->first_day;
		}
		if (selection->last_day < record->last_day) {
			record->last_day = selection->last_day;
		}
	}
}

static void make_arrays(struct record *record)
{
	struct arena *arena = &record->plan.request->http.arena;
	size_t days = (size_t)(record->last_day - record->first_day + 1);

	record->values = arena_alloc(
		arena, (record->blocks.element_count + 1) * sizeof(*record->values));
	record->marks =
		arena_alloc(arena, (record->blocks.element_count + 1) * sizeof(*record->marks));
	for (size_t i = 0; i < record->blocks.element_count; i++) {
		record->values[i] = arena_alloc(arena, (days + 1) * sizeof(int32_t));
		for (size_t day = 0; day < days; day++) {
			record->values[i][day] = ALM_NOT_REPORTED;
		}
	}
}

/* Copies what the axis holds of a year. -1: the block is broken. */
static int copy_year(
	struct record *record, const struct fetched_block *block, int year, int32_t *to)
{
	int32_t values[BLOCK_DAYS_MAX];
	int32_t start = date_year_start(year);
	int days = date_year_days(year);

	if (blocks_values(&record->plan, block, year, values) != 0) {
		return -1;
	}
	for (int i = 0; i < days; i++) {
		if (start + i >= record->first_day && start + i <= record->last_day) {
			to[start + i - record->first_day] = values[i];
		}
	}
	return 0;
}

/* Copies the symbols of a column of a year. -1: the block is broken. */
static int copy_symbols(struct record *record, const struct fetched_block *block,
	enum block_column column, int year, struct marks *marks)
{
	struct arena *arena = &record->plan.request->http.arena;
	const size_t length = (size_t)(record->last_day - record->first_day + 1);
	const int32_t start = date_year_start(year) - record->first_day;
	uint16_t symbols[BLOCK_DAYS_MAX];
	const bool times = column == BLOCK_TIMES;

	if (block->columns[column].bytes == NULL) {
		return 0;
	}
	if (blocks_symbols(block, column, year, symbols) != 0) {
		return -1;
	}
	if (times && marks->times == NULL) {
		marks->times = arena_alloc(arena, (length + 1) * sizeof(*marks->times));
	} else if (!times && marks->flags[column] == NULL) {
		marks->flags[column] = arena_take(arena, length + 1);
		memset(marks->flags[column], ' ', length);
	}
	for (int i = 0; i < date_year_days(year); i++) {
		const int64_t at = (int64_t)start + i;

		if (at < 0 || at >= (int64_t)length) {
			continue;
		}
		if (times) {
			marks->times[at] = symbols[i];
		} else {
			marks->flags[column][at] = (char)symbols[i];
		}
	}
	return 0;
}

/* Days that are not reported have no marks, whatever is stored. */
static void clear_unreported(const struct record *record)
{
	const size_t length = (size_t)(record->last_day - record->first_day + 1);

	for (size_t i = 0; i < record->blocks.element_count; i++) {
		struct marks *marks = &record->marks[i];

		for (size_t day = 0; day < length; day++) {
			if (record->values[i][day] != ALM_NOT_REPORTED) {
				continue;
			}
			for (int column = 0; column < BLOCK_COLUMNS; column++) {
				if (marks->flags[column] != NULL) {
					marks->flags[column][day] = ' ';
				}
			}
			if (marks->times != NULL) {
				marks->times[day] = 0;
			}
		}
	}
}

/* Copies what is stored of a year of an element. -1: the block is broken. */
static int copy_block(
	struct record *record, const struct fetched_block *block, int year, size_t element)
{
	static const enum block_column columns[] = { BLOCK_QUALITY, BLOCK_MEASUREMENT,
		BLOCK_SOURCE, BLOCK_TIMES };
	int status = copy_year(record, block, year, record->values[element]);

	for (size_t i = 0; i < 4 && record->plan.selection.flags && status == 0; i++) {
		status = copy_symbols(record, block, columns[i], year, &record->marks[element]);
	}
	return status;
}

static int fill_arrays(struct record *record)
{
	const struct plan *plan = &record->plan;

	for (size_t part = 0; part < plan->chunk.part_count; part++) {
		for (size_t i = 0; i < record->blocks.element_count; i++) {
			const struct fetched_block *block = blocks_at(&record->blocks, part, i);
			int year = plan->chunk.parts[part].year;

			if (fetched_is_block(block) &&
				copy_block(record, block, year, i) != 0) {
				return answer_broken(plan->request,
					"block of station %s, year %d, element %s cannot be decoded",
					plan->chunk.parts[part].station->id, year,
					record->blocks.elements[i]);
			}
		}
	}
	clear_unreported(record);
	return 0;
}

/* The station that was asked for, unless `state` and the like leave it out. */
static int check_station(struct plan *plan)
{
	if (plan->scan.station_count > 0) {
		return 0;
	}
	reply_problem(&plan->request->http,
		&(struct problem){ .status = 404, .value = plan->selection.stations[0] },
		"the station '%s' is none of those that the parameters of the request leave",
		plan->selection.stations[0]);
	return -1;
}

static const char *copy(struct arena *arena, const char *text)
{
	return text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
}

/* As the database has the element; all zero for one that it does not have. */
static struct alm_element describe_element(const struct plan *plan, const char *code)
{
	struct arena *arena = &plan->request->http.arena;
	const struct catalog *catalog = plan->scan.catalog;
	long at = catalog_find_element(catalog, code);
	const struct catalog_element *element = at >= 0 ? &catalog->elements[at] : NULL;

	return element == NULL ? (struct alm_element){ .code = code }
			       : (struct alm_element){ .code = copy(arena, element->code),
					 .name = copy(arena, element->name),
					 .unit = copy(arena, element->unit),
					 .decimals = element->decimals };
}

/* Its texts are copied: a later read of the request may be of a newer catalog. */
static const struct alm_station *describe_station(const struct plan *plan)
{
	struct arena *arena = &plan->request->http.arena;
	const struct catalog_station *from = scan_station(&plan->scan, 0);
	struct alm_station *station = arena_alloc(arena, sizeof(*station));

	*station = station_complete((struct alm_station){ .id = copy(arena, from->id),
		.name = copy(arena, from->name),
		.latitude = from->latitude,
		.longitude = from->longitude,
		.elevation = from->elevation,
		.country = copy(arena, from->country),
		.state = copy(arena, from->state),
		.wmo_id = copy(arena, from->wmo_id) });
	return station;
}

static const struct alm_series *make_series(const struct record *record)
{
	struct arena *arena = &record->plan.request->http.arena;
	size_t count = record->blocks.element_count;
	struct alm_series *series = arena_alloc(arena, (count + 1) * sizeof(*series));
	struct alm_element *elements = arena_alloc(arena, (count + 1) * sizeof(*elements));

	for (size_t i = 0; i < count; i++) {
		elements[i] = describe_element(&record->plan, record->blocks.elements[i]);
		series[i] = (struct alm_series){ .element = &elements[i],
			.value = record->values[i],
			.measurement = record->marks[i].flags[BLOCK_MEASUREMENT],
			.quality = record->marks[i].flags[BLOCK_QUALITY],
			.source = record->marks[i].flags[BLOCK_SOURCE],
			.time = record->marks[i].times };
	}
	return series;
}

static void begin_next(struct alm_request *request);

static void give(struct plan *plan)
{
	struct record *record = (struct record *)plan;
	struct alm_request *request = plan->request;
	struct alm_record *view = arena_alloc(&request->http.arena, sizeof(*view));

	blocks_elements(plan, &record->blocks);
	set_axis(record);
	make_arrays(record);
	if (fill_arrays(record) != 0) {
		return;
	}
	*view = (struct alm_record){ .size = (uint32_t)sizeof(*view),
		.station = describe_station(plan),
		.first_day = record->first_day,
		.days = (uint32_t)(record->last_day - record->first_day + 1),
		.series_count = record->blocks.element_count,
		.series = make_series(record) };
	request->reads = record->next;
	record->then(request, view, record->arg);
	if (!request->http.answered) {
		begin_next(request);
	}
}

static void hand_over(struct plan *plan)
{
	if (check_station(plan) == 0) {
		give(plan);
	}
}

static const struct plan_kind kind = {
	.fetch = find, .agrees = agrees, .keep = keep, .finish = hand_over
};

/* Adds up what the request's records hold, which lives as long as it does. */
static void count_bytes(struct record *record)
{
	struct alm_request *request = record->plan.request;
	const struct catalog *catalog = request->catalog;
	long at = catalog_find_station(catalog, record->wanted.stations[0]);

	record->plan.extra = request->read_bytes + record->bytes;
	request->read_bytes += record->bytes;
	if (at >= 0) {
		request->read_bytes +=
			(int64_t)catalog->stations[at]->block_count * RECORD_BYTES;
	}
}

/* -1: replied. */
static int begin_first(struct alm_request *request)
{
	struct record *record = request->reads;

	count_bytes(record);
	if (plan_start(&record->plan, &record->wanted) != 0) {
		request->reads = NULL;
		return -1;
	}
	return 0;
}

static void begin_next(struct alm_request *request)
{
	if (request->reads != NULL) {
		begin_first(request);
	}
}

int station_record(struct alm_request *request, const struct alm_selection *wanted,
	int64_t bytes, station_record_fn *then, void *arg)
{
	struct record *record = arena_alloc(&request->http.arena, sizeof(*record));
	struct record *last = request->reads;

	record->plan.request = request;
	record->plan.kind = &kind;
	record->wanted = *wanted;
	record->bytes = bytes;
	record->then = then;
	record->arg = arg;
	if (last == NULL) {
		request->reads = record;
		return begin_first(request);
	}
	while (last->next != NULL) {
		last = last->next;
	}
	last->next = record;
	return 0;
}

/* -- record() ------------------------------------------------------------- */

struct receiver {
	alm_record_fn *then;
	void *arg;
};

static void tell_plugin(struct alm_request *request, const struct alm_record *record, void *arg)
{
	const struct receiver *receiver = arg;
	struct current_call call = route_call(request->route);

	current_enter(&call);
	current_begin("the function given to record()", 0);
	receiver->then(request, record, receiver->arg);
	current_leave(&call);
}

int record_read(struct alm_request *request, const struct alm_selection *from,
	alm_record_fn *then, void *arg)
{
	struct alm_selection selection;
	struct receiver *receiver;

	if (answer_read_selection(request, "record()", from, &selection) != 0) {
		return -1;
	}
	if (selection.station_count != 1 || then == NULL) {
		return answer_broken(request, "plugin %s: record() needs %s",
			request->route->plugin->path,
			then == NULL ? "a function to call then, not NULL"
				     : "a selection of one station");
	}
	receiver = arena_alloc(&request->http.arena, sizeof(*receiver));
	*receiver = (struct receiver){ then, arg };
	return station_record(request, &selection, 0, tell_plugin, receiver);
}

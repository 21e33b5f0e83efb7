#include "query/plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/container.h"
#include "base/date.h"
#include "catalog/catalog.h"
#include "document/reply_document.h"
#include "document/revalidate.h"
#include "document/row_filter.h"
#include "http/client.h"
#include "reply/problem.h"
#include "route/nearest_station.h"
#include "route/page.h"
#include "route/params.h"
#include "route/route.h"
#include "route/services.h"
#include "route/station_filter.h"
#include "route/value_words.h"
#include "stat/period.h"

enum {
	TRIES_MAX = 4,   /* catalogs, while data keep changing */
	RETRY_AFTER = 1, /* s */
	SLICE_NS = 1000 * 1000,
	STATIONS_AT_ONCE = 1024, /* between two looks at the clock */
	BLOCKS_AT_ONCE = 8 * 1024,
	REACH_MAX = 2048, /* parts that one chunk looks at */
	PARTS_A_ROW = 4   /* that take as long as a row is tried */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* -- Selection ---------------------------------------------------------- */

/* Copies each text once. `compare`: codes of elements are the same in any letter case, ids of
 * stations are not. */
static const char *const *copy_texts(struct arena *arena, const char *const *texts,
	size_t *count, int (*compare)(const char *a, const char *b))
{
	const char **copy = arena_alloc(arena, (*count + 1) * sizeof(*copy));
	size_t copied = 0;

	for (size_t i = 0; i < *count; i++) {
		size_t same = 0;

		while (same < copied && compare(copy[same], texts[i]) != 0) {
			same++;
		}
		if (same == copied) {
			copy[copied++] = arena_copy(arena, texts[i], strlen(texts[i]));
		}
	}
	*count = copied;
	return copy;
}

static void copy_selection(struct plan *plan, const struct alm_selection *from)
{
	struct selection *to = &plan->selection;
	struct arena *arena = &plan->request->http.arena;

	to->station_count = from->station_count;
	to->stations = copy_texts(arena, from->stations, &to->station_count, strcmp);
	to->element_count = from->element_count;
	to->elements = copy_texts(arena, from->elements, &to->element_count, strcasecmp);
	/* A day that cannot be written as a date is no bound. */
	to->first_day =
		(from->has & ALM_SINCE) == 0 || from->first_day <= date_day(DATE_YEAR_MIN, 1, 1)
			? INT32_MIN
			: from->first_day;
	to->last_day = (from->has & ALM_UNTIL) == 0 ||
				       from->last_day >= date_day(DATE_YEAR_MAX, 12, 31)
			       ? INT32_MAX
			       : from->last_day;
	to->months = from->months;
	plan->request->subject =
		(struct subject){ to->stations, to->station_count, to->first_day > INT32_MIN,
			to->last_day < INT32_MAX, to->first_day, to->last_day };
	to->flags = (from->has & ALM_WITH_FLAGS) != 0;
	to->flagged = (from->has & ALM_WITH_FLAGGED) != 0;
}

static int compare_indexes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* -1: there is no such station; replied. */
static int select_stations(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	struct scan *scan = &plan->scan;
	uint32_t *stations;

	scan->station_count = scan->catalog->station_count;
	if (selection->station_count == 0) {
		return 0;
	}
	stations = arena_alloc(
		&plan->range.lists, (selection->station_count + 1) * sizeof(*stations));
	for (size_t i = 0; i < selection->station_count; i++) {
		long found = catalog_find_station(scan->catalog, selection->stations[i]);

		if (found < 0) {
			nearest_reply(plan->request, scan->catalog, selection->stations[i]);
			return -1;
		}
		stations[i] = (uint32_t)found;
	}
	qsort(stations, selection->station_count, sizeof(*stations), compare_indexes);
	scan->stations = stations;
	scan->station_count = selection->station_count;
	return 0;
}

/* Elements that are not stored select no block. */
static void select_elements(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	const struct catalog *catalog = plan->scan.catalog;
	bool *elements = arena_alloc(&plan->request->http.arena, catalog->element_count + 1);

	memset(elements, selection->element_count == 0, catalog->element_count);
	for (size_t i = 0; i < selection->element_count; i++) {
		long found = catalog_find_element(catalog, selection->elements[i]);

		if (found >= 0) {
			elements[found] = true;
		}
	}
	plan->scan.elements = elements;
}

/* Names of statistics, each once. */
static const char **list_statistics(struct arena *arena, const struct catalog *catalog)
{
	const char **names =
		arena_alloc(arena, (catalog->calculator_count + 1) * sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < catalog->calculator_count; i++) {
		size_t same = 0;

		while (same < count &&
			strcmp(names[same], catalog->calculators[i].statistic) != 0) {
			same++;
		}
		if (same == count) {
			names[count++] = catalog->calculators[i].statistic;
		}
	}
	return names;
}

/* For a route on which the client names the statistic. */
static void reply_no_calculator(struct alm_request *request, void *arg)
{
	const struct plan *plan = arg;
	const char **names = list_statistics(&request->http.arena, request->catalog);
	struct problem problem = { .status = 404, .value = plan->calculator, .allowed = names };

	if (catalog_has_statistic(request->catalog, plan->calculator)) {
		reply_problem(&request->http, &(struct problem){ .status = 404 },
			"the statistics '%s' have no rows by %s", plan->calculator,
			period_kind(plan->period)->name);
		return;
	}
	reply_problem(&request->http, &problem, "there are no statistics '%s'; %s %s",
		plan->calculator,
		names[0] != NULL && names[1] == NULL ? "there is" : "there are",
		names[0] != NULL ? words_list(&request->http.arena, names) : "none yet");
}

static void reply_not_computed(struct alm_request *request, void *arg)
{
	const struct plan *plan = arg;

	reply_problem(&request->http, &(struct problem){ .status = 503 },
		plan->scan.calculator >= 0
			? "the statistics %s are not computed yet; the next ingestion with their "
			  "plugin does that"
			: "statistics '%s' are not stored; take data in with the plugin that "
			  "computes them",
		plan->calculator);
}

/* Without data there is nothing to compute. */
static bool is_computed(const struct catalog *catalog, long calculator)
{
	bool has_blocks = false;

	for (size_t i = 0; !has_blocks && i < catalog->station_count; i++) {
		has_blocks = catalog->stations[i]->block_count > 0;
	}
	return catalog->calculators[calculator].table != NULL || !has_blocks;
}

/* Refusals are revalidated: an ingestion may have stored the statistics since the catalog was
 * read. */
static int select_calculator(struct plan *plan)
{
	const struct catalog *catalog = plan->scan.catalog;
	struct scan *scan = &plan->scan;

	scan->calculator = catalog_find_rows(catalog, plan->calculator, plan->period);
	if (scan->calculator >= 0 && is_computed(catalog, scan->calculator)) {
		return 0;
	}
	if (scan->calculator < 0 && catalog->calculator_count == 0 &&
		!member_is_per_column(plan->request)) {
		/* Nothing was ever ingested: the scan has no station. */
		scan->calculator = SCAN_DAYS;
		scan->station_count = 0;
		scan->stations = arena_alloc(&plan->request->http.arena, sizeof(uint32_t));
		return 0;
	}
	revalidate(plan->request,
		scan->calculator < 0 && member_is_per_column(plan->request)
			? reply_no_calculator
			: reply_not_computed,
		plan);
	return -1;
}

/* Makes plan->scan of the selection and of the request's catalog, without the request's filter
 * of stations. -1: there is no such station or calculator; replied. */
static int make_scan(struct plan *plan)
{
	plan->scan = (struct scan){ .catalog = plan->request->catalog,
		.first_day = plan->selection.first_day,
		.last_day = plan->selection.last_day,
		.months = plan->selection.months,
		.calculator = plan->kind->of_stations ? SCAN_STATIONS : SCAN_DAYS };
	if (select_stations(plan) != 0) {
		return -1;
	}
	select_elements(plan);
	return plan->calculator != NULL ? select_calculator(plan) : 0;
}

/* -- Row range ---------------------------------------------------------- */

static void release_range(struct plan *plan)
{
	station_picking_finish(&plan->range.picking);
	scan_sums_finish(&plan->range.sums);
	plan->range.stage = PLAN_BEGUN;
}

/* Picks stations and adds up rows for a slice of time, since there may be a hundred thousand
 * stations with millions of blocks. True: range.sums are ready. */
static bool prepare_sums(struct plan *plan)
{
	struct plan_range *range = &plan->range;
	const struct station_filter *filter = plan->request->filter;
	uint64_t begun = uv_hrtime();

	while (range->stage != PLAN_READY) {
		bool picked = range->stage == PLAN_BEGUN && filter == NULL;

		if (range->stage == PLAN_BEGUN && filter != NULL) {
			station_picking_begin(&range->picking, &plan->scan, filter,
				plan->kind->of_stations && station_filter_has_point(filter));
			range->stage = PLAN_PICKING;
		} else if (range->stage == PLAN_PICKING) {
			picked = station_picking_go_on(
				&range->picking, &plan->scan, STATIONS_AT_ONCE, &range->lists);
		} else if (range->stage == PLAN_ADDING_UP &&
			   scan_sums_go_on(&range->sums, &plan->scan, BLOCKS_AT_ONCE)) {
			range->stage = PLAN_READY;
		}
		if (picked) {
			scan_sums_begin(&range->sums, &plan->scan,
				plan->request->services->scan_cache, &range->lists);
			range->stage = PLAN_ADDING_UP;
		}
		if (range->stage != PLAN_READY && uv_hrtime() - begun >= SLICE_NS) {
			return false;
		}
	}
	return true;
}

/* -1: it is none; replied. */
static int read_cursor(struct plan *plan)
{
	const char *text = plan->request->page.cursor;
	enum page_cursor_state state;
	struct cursor cursor;

	if (strcmp(text, "*") == 0) {
		plan->range.first = 0;
		return 0;
	}
	state = page_cursor_read(text, plan->query, &cursor);
	if (state != CURSOR_GOOD) {
		page_reply_cursor(plan->request, state);
		return -1;
	}
	plan->range.first =
		scan_row_after(&plan->scan, plan->range.sums.rows, cursor.station, cursor.key);
	return 0;
}

static void refuse_rows(struct plan *plan, int64_t rows, int64_t limit)
{
	reply_problem(&plan->request->http, &(struct problem){ .status = 422 },
		"these are %lld rows, and one answer has at most %lld: ask for fewer",
		(long long)rows, (long long)limit);
}

/* Selects all rows: of the answer, or to be tried. -1: they are too many; replied. */
static int select_all_rows(struct plan *plan)
{
	struct plan_range *range = &plan->range;
	const struct format *format = plan->request->format;
	int64_t limit = INT64_MAX;

	range->first = 0;
	range->end = range->total;
	if (plan->filtered) {
		limit = clients_limit(plan->request->services->clients, CLIENT_ROWS);
	} else if (plan->kind->finish == NULL && format->row_max > 0 &&
		   range->total > format->row_max) {
		answer_refuse_rows(plan->request, range->total);
		return -1;
	}
	range->counts_candidates =
		range->total > limit && plan->filtered && plan->kind->may_show != NULL;
	if (range->total <= limit || range->counts_candidates) {
		return 0;
	}
	refuse_rows(plan, range->total, limit);
	return -1;
}

/* Sets range.first and range.end. -1: replied. */
static int select_rows(struct plan *plan)
{
	struct plan_range *range = &plan->range;
	const struct page_wish *wish = &plan->request->page;

	if (plan->kind->finish != NULL || !page_is_wanted(plan->request)) {
		return select_all_rows(plan);
	}
	range->first = page_window(wish, range->total).first;
	if (wish->page == 0 && read_cursor(plan) != 0) {
		return -1;
	}
	range->end = range->first + least(range->total - range->first, wish->page_size);
	if (!plan->filtered) {
		return 0;
	}
	range->show_from = wish->page == 0 ? range->first : 0;
	if (select_all_rows(plan) != 0) {
		return -1;
	}
	range->first = row_filter_counts(plan->request) ? 0 : range->show_from;
	return 0;
}

/* The cursor of the rows after a row of the scan; NULL: there is no such row. */
static const char *make_cursor(struct plan *plan, int64_t row)
{
	struct arena *arena = &plan->request->http.arena;
	struct scan_part *part;

	if (row < 0 ||
		scan_take(&plan->scan, plan->range.sums.rows, row, 1, arena, &part) == 0) {
		return NULL;
	}
	return page_cursor_write(
		arena, plan->query, part->station->id, scan_last_key(&plan->scan, part));
}

static bool has_cursors(const struct plan *plan)
{
	return (plan->request->route->declared->flags & ALM_CURSOR) != 0;
}

/* For an answer in which every row of the scan is shown. */
static void set_place(struct plan *plan)
{
	const struct plan_range *range = &plan->range;
	int64_t before = range->first - plan->request->page.page_size;
	struct page_place place = { .first = range->first,
		.count = range->end - range->first,
		.total = row_filter_counts(plan->request) ? range->total : -1,
		.more = range->end < range->total };

	if (has_cursors(plan) && page_is_wanted(plan->request)) {
		place.next_cursor = place.more ? make_cursor(plan, range->end - 1) : NULL;
		place.prev_cursor = before > 0         ? make_cursor(plan, before - 1)
				    : range->first > 0 ? "*"
						       : NULL;
	}
	plan->range.place = place;
}

/* Fills in pagination and links, once the place of the page is known. */
static void fill_envelope(struct plan *plan)
{
	struct answer *answer = plan->answer;
	struct page_place *place = &plan->range.place;

	if (!answer->envelope.paged) {
		return;
	}
	if (plan->filtered) {
		row_filter_place(answer->row_filter, place);
		place->next_cursor =
			place->more && has_cursors(plan)
				? make_cursor(plan, row_filter_last_row(answer->row_filter))
				: NULL;
	}
	page_envelope(plan->request, plan->query, place, &answer->envelope);
}

/* -- Ends --------------------------------------------------------------- */

static void drop_answer(struct plan *plan)
{
	if (plan->answer != NULL && !plan->answer_ended) {
		answer_drop(plan->answer);
	}
	plan->answer = NULL;
}

/* Releases the plan and its hold on the request, which may be gone afterwards. */
static void end_plan(struct plan *plan)
{
	drop_answer(plan);
	release_range(plan);
	catalog_release(plan->sent.catalog);
	arena_finish(&plan->chunk.own_arena);
	arena_finish(&plan->range.lists);
	if (plan->request->http.answered) {
		request_settle(plan->request);
	}
	request_drop(plan->request);
}

/* Ends an execution that has replied, or whose rows sent so far cannot be continued. */
static void cut_off(struct plan *plan)
{
	if (plan->sent.catalog != NULL) {
		reply_cut(plan->request, "the data have changed");
	}
	end_plan(plan);
}

/* Whether the client has gone, or the answer was given up. */
static bool is_over(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	bool streaming = plan->answer != NULL && plan->answer->streaming;

	return request->http.connection == NULL || (request->http.answered && !streaming);
}

static void on_task(struct task *task)
{
	struct plan *plan = container_of(task, struct plan, task);

	if (is_over(plan)) {
		end_plan(plan);
	} else {
		plan->go_on(plan);
	}
}

/* -- Chunks ------------------------------------------------------------- */

static void load_chunk(struct plan *plan);

/* Writes parts of the chunk for one iteration of the loop, then ends the answer, or waits for
 * the next iteration or for the client. */
static void write_parts(struct plan *plan)
{
	struct plan_chunk *chunk = &plan->chunk;
	struct answer *answer = plan->answer;
	bool due = false;

	while (!due && chunk->parts_written < chunk->part_count && !answer_is_full(answer)) {
		enum plan_written written = plan->kind->write(plan, chunk->parts_written);

		if (written == PLAN_BROKEN) {
			end_plan(plan);
			return;
		}
		chunk->parts_written += written == PLAN_WRITTEN;
		due = answer_is_due(answer) && chunk->parts_written < chunk->part_count;
	}
	if (due || (!answer_is_full(answer) && chunk->next_row < plan->range.end)) {
		if (!due && plan->filtered && !answer_is_due(answer)) {
			load_chunk(plan); /* the rows of this one took little */
			return;
		}
		plan->go_on = due ? write_parts : load_chunk;
		answer_pause(plan->request, answer, &plan->task);
		return;
	}
	if (plan->filtered) {
		row_filter_leave_out(answer->row_filter, chunk->left_out);
		fill_envelope(plan);
	}
	plan->answer_ended = true;
	answer_send(plan->request, answer);
	end_plan(plan);
}

/* Begins the answer. -1: there is none; the plan has ended. */
static int begin_answer(struct plan *plan)
{
	const struct plan_range *range = &plan->range;

	plan->answer = plan->kind->begin(plan);
	if (plan->answer == NULL ||
		(plan->filtered && answer_filter(plan->request, plan->answer, range->first,
					   range->show_from) != 0)) {
		end_plan(plan);
		return -1;
	}
	plan->answer->envelope.notes = plan_notes(plan);
	if (!plan->filtered) {
		answer_expect(plan->answer, range->end - range->first);
		fill_envelope(plan);
	}
	return 0;
}

/* The chunk's values are there, and are of the catalog's version. */
static void write_chunk(struct plan *plan)
{
	if (plan->kind->finish != NULL) {
		plan->kind->finish(plan);
		end_plan(plan);
	} else if (plan->answer != NULL || begin_answer(plan) == 0) {
		write_parts(plan);
	}
}

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	plan_fetched(container_of(fetch, struct plan, version), fetch, outcome, result);
}

static size_t chunk_parts(const struct plan *plan)
{
	size_t weight = plan->part_weight > 0               ? plan->part_weight
			: plan->kind->part_weight > 0       ? plan->kind->part_weight
			: plan->selection.element_count > 0 ? plan->selection.element_count
							    : plan->scan.catalog->element_count;

	return weight < PLAN_CHUNK_WEIGHT ? PLAN_CHUNK_WEIGHT / weight : 1;
}

/* Leaves out the parts of which no row is shown, keeps `most` others, and reaches further next
 * time if they were few. */
static void leave_out_parts(struct plan *plan, size_t most)
{
	struct plan_chunk *chunk = &plan->chunk;
	int64_t left_out = chunk->left_out;
	size_t kept = 0, looked = 0;

	for (; looked < chunk->part_count && kept < most; looked++) {
		struct scan_part *part = &chunk->parts[looked];

		chunk->next_row += part->rows;
		if (!plan->kind->may_show(plan, part)) {
			left_out += part->rows;
			plan->range.left_out = true;
			continue;
		}
		chunk->parts[kept] = *part;
		chunk->parts[kept++].left_out = left_out;
		left_out = 0;
	}
	chunk->left_out = left_out;
	chunk->part_count = kept;
	chunk->reach = kept >= most / 2           ? most
		       : chunk->reach < REACH_MAX ? chunk->reach * 2
						  : REACH_MAX;
	plan->answer->slice += 1 + (unsigned)(looked / PARTS_A_ROW);
}

static bool leaves_out(const struct plan *plan)
{
	return plan->filtered && plan->kind->may_show != NULL && plan->answer != NULL;
}

/* Takes the next parts of the scan; a short answer's are in the request's own memory. */
static void begin_chunk(struct plan *plan)
{
	struct plan_range *range = &plan->range;
	struct plan_chunk *chunk = &plan->chunk;
	int64_t rows = range->end - chunk->next_row;
	struct scan_limit limit = { least(rows, PLAN_CHUNK_ROWS), chunk_parts(plan) };

	if (plan->kind->finish != NULL) {
		limit = (struct scan_limit){ rows, SIZE_MAX };
	} else if (leaves_out(plan)) {
		limit.rows = rows;
		limit.parts = chunk->reach > limit.parts ? chunk->reach : limit.parts;
		chunk->reach = limit.parts;
	}
	if (chunk->next_row == range->first && rows <= PLAN_SHORT_ROWS) {
		chunk->arena = &plan->request->http.arena;
	} else {
		arena_reset(&chunk->own_arena);
		chunk->arena = &chunk->own_arena;
	}
	chunk->part_count = scan_take_some(&plan->scan, range->sums.rows, chunk->next_row,
		&limit, chunk->arena, &chunk->parts);
	chunk->parts_written = 0;
	chunk->first_row = chunk->next_row;
	if (leaves_out(plan)) {
		leave_out_parts(plan, chunk_parts(plan));
		return;
	}
	for (size_t i = 0; i < chunk->part_count; i++) {
		chunk->next_row += chunk->parts[i].rows;
	}
}

/* Reads the next chunk. An answer from memory alone, also an empty one, is preceded by a
 * version check. */
static void load_chunk(struct plan *plan)
{
	enum plan_found found = PLAN_KNOWN;

	/* What is shown decides which values are needed. */
	if (plan->filtered && plan->answer == NULL && plan->kind->may_show != NULL &&
		begin_answer(plan) != 0) {
		return;
	}
	begin_chunk(plan);
	if (plan->chunk.part_count > 0) {
		found = plan->kind->fetch(plan);
	}
	if (found == PLAN_REPLIED) {
		end_plan(plan);
	} else if (found == PLAN_KNOWN && plan->range.checked) {
		write_chunk(plan);
	} else if (found == PLAN_KNOWN) {
		plan->version.done = on_version;
		fetch_version(plan->request->services->fetcher, &plan->version);
	}
}

/* -- Beginning ---------------------------------------------------------- */

static bool has_stations_sent(const struct plan *plan)
{
	const struct scan *sent = &plan->sent.scan;

	if (plan->scan.station_count != sent->station_count) {
		return false;
	}
	for (size_t i = 0; i < sent->station_count; i++) {
		if (scan_station(&plan->scan, i) != scan_station(sent, i)) {
			return false;
		}
	}
	return true;
}

static void begin_rows(struct plan *plan)
{
	plan->chunk.next_row = plan->chunk.first_row = plan->range.first;
	if (plan->sent.catalog != NULL) {
		if (!has_stations_sent(plan)) {
			cut_off(plan);
			return;
		}
		plan->chunk.next_row = plan->sent.next_row;
		catalog_release(plan->sent.catalog);
		plan->sent.catalog = NULL;
	}
	load_chunk(plan);
}

/* Continues with `now`, or, if the request has to wait for its memory, with plan->go_on. */
static void reserve(
	struct plan *plan, const struct client_need *need, void (*now)(struct plan *plan))
{
	switch (request_admit(plan->request, need, &plan->task)) {
	case ADMITTED:
		now(plan);
		break;
	case ADMISSION_REFUSED:
		end_plan(plan);
		break;
	case ADMISSION_WAITS:
		break;
	}
}

static void reserve_rows(struct plan *plan, int64_t rows)
{
	const struct client_need need = { .of[CLIENT_ROWS] = rows, .query = true };

	plan->rows_reserved = true;
	plan->go_on = begin_rows;
	reserve(plan, &need, begin_rows);
}

/* Counts, slice by slice, the rows of parts that the catalog does not leave out. */
static void count_candidates(struct plan *plan)
{
	const int64_t limit = clients_limit(plan->request->services->clients, CLIENT_ROWS);
	const struct scan_limit some = { INT64_MAX, REACH_MAX };
	struct plan_range *range = &plan->range;
	const uint64_t begun = uv_hrtime();

	if (plan->answer == NULL && begin_answer(plan) != 0) {
		return;
	}
	while (range->counted_to < range->end) {
		struct scan_part *parts;
		size_t count;

		if (uv_hrtime() - begun >= SLICE_NS) {
			request_wait(plan->request, &plan->task);
			return;
		}
		arena_reset(&plan->chunk.own_arena);
		count = scan_take_some(&plan->scan, range->sums.rows, range->counted_to, &some,
			&plan->chunk.own_arena, &parts);
		for (size_t i = 0; i < count; i++) {
			range->counted_to += parts[i].rows;
			range->candidates +=
				plan->kind->may_show(plan, &parts[i]) ? parts[i].rows : 0;
		}
	}
	if (range->candidates <= limit) {
		reserve_rows(plan, range->candidates);
		return;
	}
	refuse_rows(plan, range->candidates, limit);
	cut_off(plan);
}

static void prepare_range(struct plan *plan)
{
	struct plan_range *range = &plan->range;

	if (!prepare_sums(plan)) {
		plan->go_on = prepare_range;
		request_wait(plan->request, &plan->task);
		return;
	}
	range->total = range->sums.rows[plan->scan.station_count];
	if (select_rows(plan) != 0) {
		cut_off(plan);
		return;
	}
	if (!plan->filtered) {
		set_place(plan);
	}
	if (!plan->filtered || plan->rows_reserved) {
		begin_rows(plan);
	} else if (range->counts_candidates) {
		range->counted_to = range->first;
		range->candidates = 0;
		plan->go_on = count_candidates;
		count_candidates(plan);
	} else {
		reserve_rows(plan, range->end - range->first);
	}
}

/* Begins again, with the request's catalog. */
static void begin_range(struct plan *plan)
{
	release_range(plan);
	if (plan->sent.catalog == NULL) {
		arena_reset(&plan->range.lists);
	}
	plan->range.checked = plan->range.left_out = false;
	plan->chunk.part_count = 0;
	plan->chunk.left_out = 0;
	plan->chunk.reach = 0;
	if (make_scan(plan) != 0) {
		cut_off(plan);
	} else {
		prepare_range(plan);
	}
}

int plan_start(struct plan *plan, const struct alm_selection *selection)
{
	struct client_need need;

	copy_selection(plan, selection);
	arena_init(&plan->chunk.own_arena);
	arena_init(&plan->range.lists);
	plan->task.run = on_task;
	plan->filtered = plan->filtered || row_filter_is_wanted(plan->request);
	plan->query = page_query(plan->request);
	if (make_scan(plan) != 0) {
		arena_finish(&plan->range.lists);
		return -1;
	}
	plan->request->planned = true;
	request_hold(plan->request);
	need = plan_need(plan);
	plan->go_on = begin_range; /* the catalog may be a newer one by then */
	reserve(plan, &need, prepare_range);
	return 0;
}

/* -- A newer catalog ---------------------------------------------------- */

/* Keeps the catalog that rows were sent of, until the stations are compared. */
static void replace_catalog(struct plan *plan)
{
	struct alm_request *request = plan->request;
	const struct catalog *before = request->catalog;

	request->catalog = catalog_watcher_newest(request->services->watcher);
	if (plan->answer == NULL || !plan->answer->streaming) {
		drop_answer(plan);
		catalog_release(before);
	} else if (plan->sent.catalog == NULL) {
		const struct plan_chunk *chunk = &plan->chunk;

		plan->sent.catalog = before;
		plan->sent.scan = plan->scan;
		plan->sent.next_row = chunk->first_row;
	} else {
		catalog_release(before);
	}
	begin_range(plan);
}

static void give_up(struct plan *plan, const char *why)
{
	answer_give_up(plan->request,
		&(struct problem){ .status = 503, .retry_after = RETRY_AFTER }, why);
	end_plan(plan);
}

static void on_catalog(struct fetch_wait *wait, bool in_time)
{
	struct plan *plan = container_of(wait, struct plan, wait);

	if (is_over(plan)) {
		end_plan(plan);
	} else if (in_time) {
		replace_catalog(plan);
	} else {
		give_up(plan, "the data have changed and are still being looked at");
	}
}

/* The database is at version `id`, another than the catalog's. */
static void wait_for_catalog(struct plan *plan, struct dataset_id id, bool fetched)
{
	if (++plan->tries < TRIES_MAX) {
		plan->wait.ready = on_catalog;
		plan->wait.id = id;
		plan->wait.known = plan->request->catalog;
		fetcher_wait(plan->request->services->fetcher, &plan->wait);
	} else if (fetched && !plan->range.left_out && plan->kind->agrees(plan)) {
		/* Data that change faster than catalogs are read may have left these rows
		 * alone; the total is of an older version then. */
		plan->request->mixed = true;
		write_chunk(plan);
	} else {
		give_up(plan, "the data are changing too fast at the moment");
	}
}

void plan_fetched(struct plan *plan, const struct fetch *fetch, enum pool_outcome outcome,
	const PGresult *result)
{
	bool fetched = fetch != &plan->version;
	/* Long answers would push out of the value cache what others read. */
	bool is_long = plan->range.end - plan->range.first > PLAN_CHUNK_ROWS;

	if (is_over(plan)) {
		end_plan(plan);
	} else if (outcome != POOL_OK) {
		answer_failed(plan->request, outcome, result, NULL);
		end_plan(plan);
	} else if (!dataset_same(fetch->id, plan->request->catalog->id)) {
		wait_for_catalog(plan, fetch->id, fetched);
	} else {
		if (fetched && plan->kind->keep != NULL && !is_long) {
			plan->kind->keep(plan);
		}
		plan->range.checked = true;
		write_chunk(plan);
	}
}

#include "answer/statistics_computed.h"

#include <stdlib.h>
#include <string.h>

#include "answer/computed.h"
#include "base/container.h"
#include "document/answer.h"
#include "document/stat_member.h"
#include "route/page.h"
#include "route/route.h"
#include "route/services.h"
#include "route/station_filter.h"
#include "route/value_words.h"

/* In the request's memory. Stations are computed one after the other, then written in slices.
 */
struct computing {
	struct alm_request *request;
	const struct stat_choice *choice;
	const struct catalog_calculator *calculator;
	const char **stations; /* by id */
	size_t station_count;
	struct computed *computed; /* of each */
	size_t at;                 /* the station that is computed, or written */
	int32_t first_day, last_day;
	uint8_t rules;
	double min_coverage;
	/* the document */
	struct answer *answer;
	const struct stat_member *places;
	bool *judged;                      /* by input */
	size_t row;                        /* of the station that is written */
	int64_t number, first, end, total; /* of rows, of all stations */
	int64_t show_from;
	struct page_place place;
	bool sent; /* answer_send() has the answer */
	struct task task;
};

static void end(struct computing *computing)
{
	struct alm_request *request = computing->request;

	if (computing->answer != NULL && !computing->sent) {
		answer_drop(computing->answer);
	}
	if (request->http.answered) {
		request_settle(request);
	}
	request_drop(request);
}

/* -- The place of the page --------------------------------------------------- */

/* Station and row of the row of that number. */
static const struct computed *find_row(
	const struct computing *computing, int64_t number, size_t *row)
{
	size_t i = 0;

	while (number >= (int64_t)computing->computed[i].count) {
		number -= (int64_t)computing->computed[i++].count;
	}
	*row = (size_t)number;
	return &computing->computed[i];
}

static int32_t key_of(const struct computed *computed, size_t row)
{
	return ((const struct stat_head *)computed_row(computed, row))->key;
}

/* NULL: there is no such row. */
static const char *make_cursor(const struct computing *computing, int64_t number)
{
	struct alm_request *request = computing->request;
	const struct computed *computed;
	size_t row;

	if (number < 0) {
		return NULL;
	}
	computed = find_row(computing, number, &row);
	return page_cursor_write(&request->http.arena, page_query(request), computed->station,
		key_of(computed, row));
}

/* Number of the first row after the cursor's. */
static int64_t row_after(const struct computing *computing, const struct cursor *cursor)
{
	int64_t number = 0;

	for (size_t i = 0; i < computing->station_count; i++) {
		const struct computed *computed = &computing->computed[i];
		int order = strcmp(computed->station, cursor->station);

		for (size_t row = 0; row < computed->count; row++) {
			if (order > 0 || (order == 0 && key_of(computed, row) > cursor->key)) {
				return number;
			}
			number++;
		}
	}
	return number;
}

/* -1: it is none; replied. */
static int read_cursor(struct computing *computing)
{
	struct alm_request *request = computing->request;
	const char *text = request->page.cursor;
	enum page_cursor_state state = CURSOR_GOOD;
	struct cursor cursor;

	computing->first = 0;
	if (strcmp(text, "*") == 0) {
		return 0;
	}
	state = page_cursor_read(text, page_query(request), &cursor);
	if (state == CURSOR_GOOD) {
		computing->first = row_after(computing, &cursor);
		return 0;
	}
	page_reply_cursor(request, state);
	return -1;
}

static void count_rows(struct computing *computing)
{
	for (size_t i = 0; i < computing->station_count; i++) {
		computing->total += (int64_t)computing->computed[i].count;
	}
}

static bool is_filtered(const struct computing *computing)
{
	return computing->min_coverage > 0 || row_filter_is_wanted(computing->request);
}

/* The rows to write or, if there are conditions, to try. */
static int select_rows(struct computing *computing)
{
	const struct alm_request *request = computing->request;
	const struct page_wish *wish = &request->page;

	count_rows(computing);
	computing->end = computing->total;
	if (!page_is_wanted(request)) {
		return 0;
	}
	computing->first = page_window(wish, computing->total).first;
	if (wish->page == 0 && read_cursor(computing) != 0) {
		return -1;
	}
	if (is_filtered(computing)) {
		computing->show_from = wish->page == 0 ? computing->first : 0;
		computing->first = row_filter_counts(request) ? 0 : computing->show_from;
	} else if (computing->total - computing->first > wish->page_size) {
		computing->end = computing->first + wish->page_size;
	}
	return 0;
}

/* Of a page all of whose rows are shown. */
static void set_place(struct computing *computing)
{
	const struct alm_request *request = computing->request;
	int64_t before = computing->first - request->page.page_size;

	computing->place = (struct page_place){ .first = computing->first,
		.count = computing->end - computing->first,
		.total = row_filter_counts(request) ? computing->total : -1,
		.more = computing->end < computing->total };
	if (computing->place.more) {
		computing->place.next_cursor = make_cursor(computing, computing->end - 1);
	}
	computing->place.prev_cursor = before > 0 ? make_cursor(computing, before - 1)
				       : computing->first > 0 ? "*"
							      : NULL;
}

static void fill_envelope(struct computing *computing)
{
	struct answer *answer = computing->answer;
	struct page_place *place = &computing->place;

	if (!answer->envelope.paged) {
		return;
	}
	if (is_filtered(computing)) {
		row_filter_place(answer->row_filter, place);
		place->next_cursor = place->more
					     ? make_cursor(computing,
						       row_filter_last_row(answer->row_filter))
					     : NULL;
	}
	if ((computing->request->route->declared->flags & ALM_CURSOR) == 0) {
		place->next_cursor = place->prev_cursor = NULL;
	}
	page_envelope(
		computing->request, page_query(computing->request), place, &answer->envelope);
}

/* -- Writing ------------------------------------------------------------------ */

static void write_row(struct computing *computing, const struct computed *computed)
{
	struct answer *answer = computing->answer;
	const struct projection *projection = &answer->projection;
	const void *row = computed_row(computed, computing->row);

	if (computing->min_coverage > 0 &&
		stat_row_coverage(&computed->layout, row, computing->judged) <
			computing->min_coverage) {
		answer_skip_row(answer);
		return;
	}
	for (size_t i = 0; i < projection->count; i++) {
		stat_member_read(&computed->layout, &computing->places[projection->members[i]],
			row, computed->station, computing->rules, &answer->cells[i]);
	}
	answer_row(answer, answer->cells);
}

/* Writes rows for one iteration of the loop, then ends the answer, or waits for its turn. */
static void write_rows(struct computing *computing)
{
	struct answer *answer = computing->answer;

	while (computing->number < computing->end && !answer_is_full(answer)) {
		const struct computed *computed = &computing->computed[computing->at];

		if (computing->row == computed->count) {
			computing->at++;
			computing->row = 0;
			continue;
		}
		if (answer_is_due(answer)) {
			answer_pause(computing->request, answer, &computing->task);
			return;
		}
		write_row(computing, computed);
		computing->row++;
		computing->number++;
	}
	if (is_filtered(computing)) {
		fill_envelope(computing);
	}
	computing->sent = true;
	answer_send(computing->request, answer);
	end(computing);
}

static void on_task(struct task *task)
{
	struct computing *computing = container_of(task, struct computing, task);
	const struct alm_request *request = computing->request;

	if (request->http.connection == NULL ||
		(request->http.answered && !computing->answer->streaming)) {
		end(computing);
	} else {
		write_rows(computing);
	}
}

/* Goes to the first row. */
static void seek(struct computing *computing)
{
	computing->number = computing->first;
	computing->at = computing->row = 0;
	if (computing->first < computing->total) {
		computing->at =
			(size_t)(find_row(computing, computing->first, &computing->row) -
				 computing->computed);
	}
}

/* All is computed. */
static void begin_answer(struct computing *computing)
{
	struct alm_request *request = computing->request;
	const struct member *members;
	size_t count = stat_member_list(
		computing->calculator, &request->http.arena, &members, &computing->places);

	if (select_rows(computing) == 0) {
		computing->answer = answer_begin(request, members, count);
	}
	if (computing->answer == NULL ||
		(is_filtered(computing) &&
			answer_filter(request, computing->answer, computing->first,
				computing->show_from) != 0)) {
		end(computing);
		return;
	}
	computing->judged = stat_member_judged(computing->calculator, &request->http.arena,
		computing->places, computing->answer->projection.members,
		computing->answer->projection.count);
	if (!is_filtered(computing)) {
		set_place(computing);
		answer_expect(computing->answer, computing->end - computing->first);
		fill_envelope(computing);
	}
	seek(computing);
	write_rows(computing);
}

/* -- Computing ------------------------------------------------------------------ */

static void compute_next(struct computing *computing);

static void on_computed(struct alm_request *request, struct computed *computed, void *arg)
{
	struct computing *computing = arg;

	(void)request;
	(void)computed;
	computing->at++;
	compute_next(computing);
}

/* A read that fails, or whose client goes away, calls nothing: it holds the request itself. */
static void compute_next(struct computing *computing)
{
	struct computed *computed = &computing->computed[computing->at];

	if (computing->at == computing->station_count) {
		request_hold(computing->request);
		begin_answer(computing);
		return;
	}
	*computed = (struct computed){ .view = computing->choice->view,
		.params = computing->choice->params,
		.station = computing->stations[computing->at],
		.first_day = computing->first_day,
		.last_day = computing->last_day };
	computed_start(computing->request, computed, on_computed, computing);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those that `state` and the like leave, in order of id, each once. */
static void select_stations(struct computing *computing, const struct alm_selection *selection)
{
	struct alm_request *request = computing->request;
	struct arena *arena = &request->http.arena;
	size_t count = 0;

	computing->stations = arena_alloc(
		arena, (selection->station_count + 1) * sizeof(*computing->stations));
	for (size_t i = 0; i < selection->station_count; i++) {
		const char *id = selection->stations[i];
		long at = catalog_find_station(request->catalog, id);
		double km;

		if (at < 0 || request->filter == NULL ||
			station_filter_passes(
				request->filter, request->catalog->stations[at], &km)) {
			computing->stations[count++] = arena_copy(arena, id, strlen(id));
		}
	}
	qsort(computing->stations, count, sizeof(*computing->stations), compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(computing->stations[i],
				      computing->stations[computing->station_count - 1]) != 0) {
			computing->stations[computing->station_count++] =
				computing->stations[i];
		}
	}
}

/* All stations at once would be computed for long. */
static int reply_no_station(struct alm_request *request, const struct stat_choice *choice)
{
	bool kind = !choice->view->stored;
	const char *param = kind ? "period" : "station_id";

	reply_problem(&request->http, &(struct problem){ .status = 422, .param = param },
		kind ? "period: this one is not stored but computed for the request: say of which "
		       "stations with station_id"
		     : "station_id: with parameters other than the defaults, or periods that are "
		       "not stored, the rows are computed for the request: say of which stations");
	return -1;
}

int statistics_compute(struct alm_request *request, const struct alm_selection *selection,
	const struct stat_choice *choice, uint8_t rules, double min_coverage)
{
	struct arena *arena = &request->http.arena;
	struct computing *computing = arena_alloc(arena, sizeof(*computing));
	struct stat_choice *kept = arena_alloc(arena, sizeof(*kept));

	if (selection->station_count == 0) {
		return reply_no_station(request, choice);
	}
	*kept = *choice;
	computing->request = request;
	computing->choice = kept;
	computing->calculator = stat_choice_calculator(request, choice->view);
	computing->first_day =
		(selection->has & ALM_SINCE) != 0 ? selection->first_day : INT32_MIN;
	computing->last_day =
		(selection->has & ALM_UNTIL) != 0 ? selection->last_day : INT32_MAX;
	computing->rules = rules;
	computing->min_coverage = min_coverage;
	computing->task.run = on_task;
	select_stations(computing, selection);
	computing->computed = arena_alloc(
		arena, (computing->station_count + 1) * sizeof(*computing->computed));
	request->mixed = request->mixed || computing->station_count == 0;
	compute_next(computing);
	return 0;
}

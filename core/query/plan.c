#include "query/plan.h"
#include "reply/problem.h"

#include <stddef.h>
#include <string.h>

#include "document/reply_document.h"
#include "query/plan_parts.h"
#include "route/services.h"

enum {
	TRIES_MAX = 4,  /* with a newer catalog each, while data keep changing */
	RETRY_AFTER = 1 /* s */
};

static void load_chunk(struct plan *plan);

static void drop_answer(struct plan *plan)
{
	if (plan->answer != NULL && !plan->ended) {
		answer_drop(plan->answer);
	}
	plan->answer = NULL;
}

static void end(struct plan *plan)
{
	drop_answer(plan);
	plan_forget(plan);
	catalog_release(plan->left_catalog);
	arena_finish(&plan->spare);
	arena_finish(&plan->lists);
	if (plan->request->http.answered) {
		request_settle(plan->request);
	}
	request_drop(plan->request);
}

/* The client has gone, or the answer has been given up. */
static bool is_over(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	bool streaming = plan->answer != NULL && plan->answer->streaming;

	return request->http.connection == NULL || (request->http.answered && !streaming);
}

/* What stands around the rows, once it is known which they are. */
static void fill_envelope(struct plan *plan)
{
	if (!plan->answer->envelope.paged) {
		return;
	}
	if (plan->filtered) {
		row_filter_place(plan->answer->row_filter, &plan->place);
		plan->place.next_cursor =
			plan->place.more && plan_has_cursor(plan)
				? plan_cursor_after(
					  plan, row_filter_last_row(plan->answer->row_filter))
				: NULL;
	}
	page_envelope(plan->request, plan->query, &plan->place, &plan->answer->envelope);
}

static void finish(struct plan *plan)
{
	if (plan->filtered) {
		fill_envelope(plan);
	}
	plan->ended = true;
	answer_send(plan->request, plan->answer);
	end(plan);
}

static void on_task(struct task *task)
{
	struct plan *plan = (struct plan *)((char *)task - offsetof(struct plan, task));

	if (is_over(plan)) {
		end(plan);
	} else {
		plan->go_on(plan);
	}
}

static void write_parts(struct plan *plan);

static void take_a_break(struct plan *plan)
{
	plan->go_on = plan->at < plan->part_count ? write_parts : load_chunk;
	answer_pause(plan->request, plan->answer, &plan->task);
}

/* Writes parts of the chunk, not too many at a time. */
static void write_parts(struct plan *plan)
{
	while (plan->at < plan->part_count && !answer_is_full(plan->answer)) {
		enum plan_written written = plan->kind->write(plan, plan->at);

		if (written == PLAN_BROKEN) {
			end(plan);
			return;
		}
		plan->at += written == PLAN_WRITTEN;
		if (answer_is_due(plan->answer) && plan->at < plan->part_count) {
			take_a_break(plan);
			return;
		}
	}
	if (answer_is_full(plan->answer) || plan->next == plan->end) {
		finish(plan);
	} else {
		take_a_break(plan);
	}
}

/* What the parts hold is there, and is of the catalog's version. */
static void write_chunk(struct plan *plan)
{
	if (plan->kind->finish != NULL) {
		plan->kind->finish(plan);
		end(plan);
		return;
	}
	if (plan->answer == NULL) {
		plan->answer = plan->kind->begin(plan);
		if (plan->answer == NULL) {
			end(plan);
			return;
		}
		if (!plan->filtered) {
			answer_expect(plan->answer, plan->end - plan->first);
			fill_envelope(plan);
		} else if (answer_sift(plan->request, plan->answer, plan->first, plan->from) !=
			   0) {
			end(plan);
			return;
		}
	}
	write_parts(plan);
}

static void on_version(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	plan_fetched((struct plan *)((char *)fetch - offsetof(struct plan, version)), fetch,
		outcome, result);
}

/* Also that there is nothing, and what is in memory, must be as new as the database. */
static void check_version(struct plan *plan)
{
	plan->version.done = on_version;
	fetch_version(plan->request->services->fetcher, &plan->version);
}

static size_t chunk_parts(const struct plan *plan)
{
	size_t weight = plan->kind->part_weight > 0         ? plan->kind->part_weight
			: plan->selection.element_count > 0 ? plan->selection.element_count
							    : plan->scan.catalog->element_count;

	return weight < PLAN_CHUNK_WEIGHT ? PLAN_CHUNK_WEIGHT / weight : 1;
}

static void take_parts(struct plan *plan)
{
	int64_t rows = plan->end - plan->next;
	struct scan_limit limit = { rows < PLAN_CHUNK_ROWS ? rows : PLAN_CHUNK_ROWS,
		chunk_parts(plan) };

	if (plan->kind->finish != NULL) {
		limit = (struct scan_limit){ rows, SIZE_MAX };
	}
	if (plan->next == plan->first && plan->end - plan->first <= PLAN_SHORT_ROWS) {
		plan->arena = &plan->request->http.arena;
	} else {
		arena_reset(&plan->spare);
		plan->arena = &plan->spare;
	}
	plan->part_count = scan_take_some(
		&plan->scan, plan->sums.rows, plan->next, &limit, plan->arena, &plan->parts);
	plan->at = 0;
	for (size_t i = 0; i < plan->part_count; i++) {
		plan->next += plan->parts[i].rows;
	}
}

/* Takes up the next rows. */
static void load_chunk(struct plan *plan)
{
	enum plan_found found = PLAN_KNOWN;

	take_parts(plan);
	if (plan->part_count > 0) {
		found = plan->kind->fetch(plan);
	}
	if (found == PLAN_REPLIED) {
		end(plan);
	} else if (found == PLAN_KNOWN && plan->checked) {
		write_chunk(plan);
	} else if (found == PLAN_KNOWN) {
		check_version(plan);
	}
}

/* -- Beginning ---------------------------------------------------------- */

/* What has left already is of the catalog before: the answer can only go on if all its
 * stations are still the same. */
static bool goes_on(const struct plan *plan)
{
	const struct scan *before = &plan->left_walk;

	if (plan->scan.station_count != before->station_count) {
		return false;
	}
	for (size_t i = 0; i < before->station_count; i++) {
		if (scan_station(&plan->scan, i) != scan_station(before, i)) {
			return false;
		}
	}
	return true;
}

static void cut_off(struct plan *plan)
{
	if (plan->left_catalog != NULL) {
		reply_cut(plan->request, "the data have changed");
	}
	end(plan);
}

/* Everything is known of the rows but what they hold. */
static void begin_rows(struct plan *plan)
{
	plan->next = plan->first;
	if (plan->left_catalog != NULL) {
		if (!goes_on(plan)) {
			cut_off(plan);
			return;
		}
		plan->next = plan->left_next;
		catalog_release(plan->left_catalog);
		plan->left_catalog = NULL;
	}
	load_chunk(plan);
}

/* Goes on with `now`, or, if the request has to wait for what it needs, with plan->go_on. */
static void ask_for(
	struct plan *plan, const struct client_need *need, void (*now)(struct plan *plan))
{
	switch (request_admit(plan->request, need, &plan->task)) {
	case ADMITTED:
		now(plan);
		break;
	case ADMISSION_REFUSED:
		end(plan);
		break;
	case ADMISSION_WAITS:
		break;
	}
}

/* Rows that are to be looked at are part of what a client may have at a time. */
static void ask_for_rows(struct plan *plan)
{
	struct client_need need = { .of[CLIENT_ROWS] = plan->end - plan->first, .query = true };

	plan->go_on = begin_rows;
	if (!plan->filtered || plan->rows_asked) {
		begin_rows(plan);
		return;
	}
	plan->rows_asked = true;
	ask_for(plan, &need, begin_rows);
}

static void prepare(struct plan *plan)
{
	switch (plan_prepare(plan)) {
	case PLAN_KNOWN:
		ask_for_rows(plan);
		break;
	case PLAN_ASKED:
		plan->go_on = prepare;
		request_wait(plan->request, &plan->task);
		break;
	case PLAN_REPLIED:
		cut_off(plan);
		break;
	}
}

/* With a catalog that it has not been made with. */
static void make(struct plan *plan)
{
	plan_forget(plan);
	if (plan->left_catalog == NULL) {
		arena_reset(&plan->lists);
	}
	plan->checked = false;
	plan->part_count = 0;
	if (plan_make_walk(plan) != 0) {
		cut_off(plan);
	} else {
		prepare(plan);
	}
}

/* The walk is made. */
static void ask_for_memory(struct plan *plan)
{
	struct client_need need;

	plan_needs(plan, &need);
	plan->go_on = make; /* there may be a newer catalog when its turn comes */
	ask_for(plan, &need, prepare);
}

int plan_start(struct plan *plan, const struct alm_selection *selection)
{
	plan_select(plan, selection);
	arena_init(&plan->spare);
	arena_init(&plan->lists);
	plan->task.run = on_task;
	plan->filtered = plan->filtered || row_filter_is_wanted(plan->request);
	plan->query = page_query(plan->request);
	if (plan_make_walk(plan) != 0) {
		arena_finish(&plan->lists);
		return -1;
	}
	plan->request->planned = true;
	request_hold(plan->request);
	ask_for_memory(plan);
	return 0;
}

/* -- A newer catalog ---------------------------------------------------- */

static void take_catalog(struct plan *plan)
{
	struct alm_request *request = plan->request;
	const struct catalog *before = request->catalog;

	request->catalog = catalog_watcher_newest(request->services->watcher);
	if (plan->answer == NULL || !plan->answer->streaming) {
		drop_answer(plan);
		catalog_release(before);
	} else if (plan->left_catalog == NULL) {
		plan->left_catalog = before;
		plan->left_walk = plan->scan;
		plan->left_next = plan->part_count > 0 ? plan->next : plan->first;
		for (size_t i = 0; i < plan->part_count; i++) {
			plan->left_next -= plan->parts[i].rows;
		}
	} else {
		catalog_release(before);
	}
	make(plan);
}

static void on_catalog(struct fetch_wait *wait, bool in_time)
{
	struct plan *plan = (struct plan *)((char *)wait - offsetof(struct plan, wait));
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER };

	if (is_over(plan)) {
		end(plan);
	} else if (in_time) {
		take_catalog(plan);
	} else {
		answer_give_up(plan->request, &problem,
			"the data have changed and are still being looked at");
		end(plan);
	}
}

/* The database is at another version than the catalog. */
static void wait_for_catalog(struct plan *plan, struct dataset_id id, bool fetched)
{
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER };

	if (++plan->tries < TRIES_MAX) {
		plan->wait.ready = on_catalog;
		plan->wait.id = id;
		plan->wait.known = plan->request->catalog;
		fetcher_wait(plan->request->services->fetcher, &plan->wait);
	} else if (fetched && plan->kind->agrees(plan)) {
		/* Data that change faster than they can be looked at may still have left
		 * these rows alone; the total is of an older version then. */
		plan->request->mixed = true;
		write_chunk(plan);
	} else {
		answer_give_up(plan->request, &problem,
			"the data are changing too fast at the moment");
		end(plan);
	}
}

/* An answer that goes through much of the data would push out of memory what others ask
 * for. */
static bool is_long(const struct plan *plan)
{
	return plan->end - plan->first > PLAN_CHUNK_ROWS;
}

void plan_fetched(struct plan *plan, const struct fetch *fetch, enum pool_outcome outcome,
	const PGresult *result)
{
	bool fetched = fetch != &plan->version;

	if (is_over(plan)) {
		end(plan);
	} else if (outcome != POOL_OK) {
		answer_failed(plan->request, outcome, result);
		end(plan);
	} else if (!dataset_same(fetch->id, plan->request->catalog->id)) {
		wait_for_catalog(plan, fetch->id, fetched);
	} else {
		if (fetched && plan->kind->keep != NULL && !is_long(plan)) {
			plan->kind->keep(plan);
		}
		plan->checked = true;
		write_chunk(plan);
	}
}

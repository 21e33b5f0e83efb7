#include "http/plan.h"

#include <stddef.h>
#include <string.h>

#include "http/loop.h"
#include "http/plan_parts.h"
#include "http/reply_document.h"
#include "http/request_life.h"

enum {
	TRIES_MAX = 4,      /* with a newer catalog each, while data keep changing */
	CHUNK_WEIGHT = 192, /* blocks or rows of statistics: some hundred kilobytes */
	CHUNK_ROWS = 24 * 1024,
	RETRY_AFTER = 1 /* s */
};

static void load_chunk(struct plan *plan);

static void end(struct plan *plan)
{
	arena_finish(&plan->spare);
	request_drop(plan->request);
}

/* The client has gone, or the answer has been given up. */
static bool is_over(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	bool streaming = plan->answer != NULL && plan->answer->streaming;

	return request->connection == NULL || (request->answered && !streaming);
}

/* What stands around the rows, once it is known which they are. */
static void fill_envelope(struct plan *plan)
{
	if (!plan->answer->envelope.paged) {
		return;
	}
	if (plan->filtered) {
		sieve_place(plan->answer->sieve, &plan->place);
		plan->place.next_cursor =
			plan->place.more && plan_has_cursor(plan)
				? plan_cursor_after(plan, sieve_last_row(plan->answer->sieve))
				: NULL;
	}
	page_envelope(plan->request, plan->query, &plan->place, &plan->answer->envelope);
}

static void finish(struct plan *plan)
{
	if (plan->filtered) {
		fill_envelope(plan);
	}
	answer_send(plan->request, plan->answer);
	end(plan);
}

static void on_turn(struct turn *turn);

static void take_a_break(struct plan *plan)
{
	plan->turn.take = on_turn;
	answer_pause(plan->request, plan->answer, &plan->turn);
}

/* Writes parts of the chunk, not too many at a time. */
static void write_parts(struct plan *plan)
{
	while (plan->at < plan->part_count && !answer_is_full(plan->answer)) {
		if (plan->kind->write(plan, plan->at++) != 0) {
			end(plan);
			return;
		}
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

static void on_turn(struct turn *turn)
{
	struct plan *plan = (struct plan *)((char *)turn - offsetof(struct plan, turn));

	if (is_over(plan)) {
		end(plan);
	} else if (plan->at < plan->part_count) {
		write_parts(plan);
	} else {
		load_chunk(plan);
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
	fetch_version(plan->request->loop->fetcher, &plan->version);
}

static size_t chunk_parts(const struct plan *plan)
{
	size_t weight = plan->kind->part_weight > 0         ? plan->kind->part_weight
			: plan->selection.element_count > 0 ? plan->selection.element_count
							    : plan->walk.catalog->element_count;

	return weight < CHUNK_WEIGHT ? CHUNK_WEIGHT / weight : 1;
}

/* Sums of walks over all stations belong to a cache that others use as soon as the plan
 * waits for something. */
static void own_sums(struct plan *plan)
{
	size_t size = (plan->walk.station_count + 1) * sizeof(*plan->sums);

	if (!plan->owns_sums) {
		plan->sums = memcpy(arena_take(&plan->request->arena, size), plan->sums, size);
		plan->owns_sums = true;
	}
}

static void take_parts(struct plan *plan)
{
	int64_t rows = plan->end - plan->next;
	struct walk_limit limit = { rows < CHUNK_ROWS ? rows : CHUNK_ROWS, chunk_parts(plan) };

	if (plan->kind->finish != NULL) {
		limit = (struct walk_limit){ rows, SIZE_MAX };
	}
	if (plan->next == plan->first) {
		plan->arena = &plan->request->arena;
	} else {
		arena_reset(&plan->spare);
		plan->arena = &plan->spare;
	}
	plan->part_count = walk_take_some(
		&plan->walk, plan->sums, plan->next, &limit, plan->arena, &plan->parts);
	plan->at = 0;
	for (size_t i = 0; i < plan->part_count; i++) {
		plan->next += plan->parts[i].rows;
	}
	if (plan->next < plan->end || plan->filtered) {
		own_sums(plan);
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

/* -1: replied. */
static int make(struct plan *plan)
{
	if (plan_make_walk(plan) != 0 || plan_find_rows(plan) != 0) {
		return -1;
	}
	plan->next = plan->first;
	plan->checked = false;
	return 0;
}

int plan_start(struct plan *plan, const struct alm_selection *selection)
{
	plan_select(plan, selection);
	arena_init(&plan->spare);
	plan->filtered = plan->filtered || sieve_is_wanted(plan->request);
	plan->query = page_query(plan->request);
	if (make(plan) != 0) {
		return -1;
	}
	plan->request->planned = true;
	request_hold(plan->request);
	load_chunk(plan);
	return 0;
}

/* -- A newer catalog ---------------------------------------------------- */

/* What has left already is of the catalog before: the answer can only go on if all its
 * stations are still the same. */
static bool goes_on(struct plan *plan, const struct walk *before)
{
	if (plan->walk.station_count != before->station_count) {
		return false;
	}
	for (size_t i = 0; i < before->station_count; i++) {
		if (walk_station(&plan->walk, i) != walk_station(before, i)) {
			return false;
		}
	}
	return true;
}

static void take_catalog(struct plan *plan)
{
	struct alm_request *request = plan->request;
	const struct catalog *before = request->catalog;
	struct walk walk = plan->walk;
	int64_t next = plan->part_count > 0 ? plan->next : plan->first;
	bool left = plan->answer != NULL && plan->answer->streaming;

	for (size_t i = 0; i < plan->part_count; i++) {
		next -= plan->parts[i].rows;
	}
	request->catalog = catalog_feed_newest(request->loop->feed);
	if (make(plan) != 0) {
		if (left) {
			reply_cut(request, "the data have changed");
		}
		end(plan);
	} else if (left && !goes_on(plan, &walk)) {
		reply_cut(request, "the data have changed");
		end(plan);
	} else if (left) {
		plan->next = next;
		load_chunk(plan);
	} else {
		plan->answer = NULL;
		load_chunk(plan);
	}
	catalog_release(before);
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
		fetcher_wait(plan->request->loop->fetcher, &plan->wait);
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
	return plan->end - plan->first > CHUNK_ROWS;
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

#include "http/plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "db/catalog.h"
#include "http/loop.h"
#include "http/nearest_station.h"
#include "http/reply_document.h"
#include "http/request_life.h"
#include "http/router.h"
#include "http/station_pick.h"

enum {
	TRIES_MAX = 4,            /* with a newer catalog each, while data keep changing */
	ROWS_MAX = 100000,        /* of an answer that cannot leave piece by piece */
	LOOKED_AT_MAX = 50000000, /* rows that conditions are tried on: some seconds */
	CHUNK_WEIGHT = 192,       /* blocks or rows of statistics: some hundred kilobytes */
	CHUNK_ROWS = 24 * 1024,
	RETRY_AFTER = 1 /* s */
};

/* -- The selection ------------------------------------------------------ */

static const char *const *copy_texts(
	struct arena *arena, const char *const *texts, size_t *count)
{
	const char **copy = arena_alloc(arena, (*count + 1) * sizeof(*copy));
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		size_t same = 0;

		while (same < kept && strcasecmp(copy[same], texts[i]) != 0) {
			same++;
		}
		if (same == kept) {
			copy[kept++] = arena_copy(arena, texts[i], strlen(texts[i]));
		}
	}
	*count = kept;
	return copy;
}

static void copy_selection(struct plan *plan, const struct alm_selection *from)
{
	struct selection *to = &plan->selection;
	struct arena *arena = &plan->request->arena;

	to->station_count = from->station_count;
	to->stations = copy_texts(arena, from->stations, &to->station_count);
	to->element_count = from->element_count;
	to->elements = copy_texts(arena, from->elements, &to->element_count);
	/* Days that no text can say are as good as no bound. */
	to->first_day =
		from->first_day <= date_day(DATE_YEAR_MIN, 1, 1) ? INT32_MIN : from->first_day;
	to->last_day =
		from->last_day >= date_day(DATE_YEAR_MAX, 12, 31) ? INT32_MAX : from->last_day;
	to->months = from->months;
}

static int compare_indexes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Those that were listed. -1: replied. */
static int list_stations(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	struct walk *walk = &plan->walk;
	uint32_t *stations = arena_alloc(
		&plan->request->arena, (selection->station_count + 1) * sizeof(*stations));
	for (size_t i = 0; i < selection->station_count; i++) {
		long found = catalog_find_station(walk->catalog, selection->stations[i]);

		if (found < 0) {
			nearest_reply(plan->request, walk->catalog, selection->stations[i]);
			return -1;
		}
		stations[i] = (uint32_t)found;
	}
	qsort(stations, selection->station_count, sizeof(*stations), compare_indexes);
	walk->stations = stations;
	walk->station_count = selection->station_count;
	return 0;
}

static int find_stations(struct plan *plan)
{
	const struct station_filter *filter = plan->request->filter;
	struct walk *walk = &plan->walk;

	walk->station_count = walk->catalog->station_count;
	if (plan->kind->of_stations) {
		walk->calculator = WALK_STATIONS;
	}
	if (plan->selection.station_count > 0 && list_stations(plan) != 0) {
		return -1;
	}
	if (plan->kind->of_stations && station_filter_has_point(filter)) {
		station_pick_nearest(walk, filter, &plan->request->arena);
	} else if (filter != NULL) {
		station_pick(walk, filter, &plan->request->arena);
	}
	return 0;
}

/* Elements that nobody has stored are nobody's rows. */
static void find_elements(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	const struct catalog *catalog = plan->walk.catalog;
	bool *elements = arena_alloc(&plan->request->arena, catalog->element_count + 1);

	memset(elements, selection->element_count == 0, catalog->element_count);
	for (size_t i = 0; i < selection->element_count; i++) {
		long found = catalog_find_element(catalog, selection->elements[i]);

		if (found >= 0) {
			elements[found] = true;
		}
	}
	plan->walk.elements = elements;
}

/* The client names the calculator. */
static int reply_no_calculator(struct plan *plan)
{
	const struct catalog *catalog = plan->walk.catalog;
	const char **names = arena_alloc(
		&plan->request->arena, (catalog->calculator_count + 1) * sizeof(*names));
	struct problem problem = { .status = 404, .value = plan->calculator, .allowed = names };

	for (size_t i = 0; i < catalog->calculator_count; i++) {
		names[i] = catalog->calculators[i].name;
	}
	reply_problem(plan->request, &problem, "there are no statistics %s", plan->calculator);
	return -1;
}

static int find_calculator(struct plan *plan)
{
	const struct catalog *catalog = plan->walk.catalog;

	plan->walk.calculator = catalog_find_calculator(catalog, plan->calculator);
	if (plan->walk.calculator >= 0) {
		return 0;
	}
	if (shape_is_per_column(plan->request)) {
		return reply_no_calculator(plan);
	}
	if (catalog->calculator_count > 0) {
		reply_problem(plan->request, &(struct problem){ .status = 503 },
			"statistics %s are not stored; ingest with the plugin that computes them",
			plan->calculator);
		return -1;
	}
	/* Nothing was ever ingested: the walk has no station. */
	plan->walk.calculator = WALK_DAYS;
	plan->walk.station_count = 0;
	plan->walk.stations = arena_alloc(&plan->request->arena, sizeof(uint32_t));
	return 0;
}

static int make_walk(struct plan *plan)
{
	plan->walk = (struct walk){ .catalog = plan->request->catalog,
		.first_day = plan->selection.first_day,
		.last_day = plan->selection.last_day,
		.months = plan->selection.months,
		.calculator = WALK_DAYS };
	if (find_stations(plan) != 0) {
		return -1;
	}
	find_elements(plan);
	return plan->calculator != NULL ? find_calculator(plan) : 0;
}

/* -- The rows ----------------------------------------------------------- */

static int reply_cursor(struct plan *plan, const char *why)
{
	struct problem problem = {
		.status = 422, .param = "cursor", .value = plan->request->page.cursor
	};

	reply_problem(plan->request, &problem, "%s", why);
	return -1;
}

static int place_cursor(struct plan *plan, const int64_t *sums)
{
	const char *text = plan->request->page.cursor;
	struct cursor cursor;

	if (strcmp(text, "*") == 0) {
		plan->first = 0;
		return 0;
	}
	switch (page_cursor_read(text, plan->query, &cursor)) {
	case CURSOR_MALFORMED:
		return reply_cursor(plan,
			"this is no cursor of this server; begin with cursor=*, "
			"then take pagination.next_cursor of each answer");
	case CURSOR_OF_ANOTHER:
		return reply_cursor(plan,
			"this cursor belongs to another query; only page_size "
			"may change while walking");
	case CURSOR_GOOD:
		break;
	}
	plan->first = walk_row_after(&plan->walk, sums, cursor.station, cursor.key);
	return 0;
}

/* Rows beyond what an answer may hold, or may look at. */
static int reply_too_many(struct plan *plan, int64_t rows, int64_t most)
{
	reply_problem(plan->request, &(struct problem){ .status = 422 },
		"these are %lld rows, and one answer has at most %lld: ask for fewer",
		(long long)rows, (long long)most);
	return -1;
}

/* All rows, or those among which the ones that satisfy the conditions are. */
static int place_all(struct plan *plan)
{
	plan->first = 0;
	plan->end = plan->total;
	if (plan->filtered && plan->total > LOOKED_AT_MAX) {
		return reply_too_many(plan, plan->total, LOOKED_AT_MAX);
	}
	if (!plan->filtered && plan->kind->finish == NULL && !plan->request->format->streams &&
		plan->total > ROWS_MAX) {
		return reply_too_many(plan, plan->total, ROWS_MAX);
	}
	return 0;
}

/* Which rows the answer has, or looks at. */
static int place(struct plan *plan)
{
	const struct page_wish *wish = &plan->request->page;

	if (plan->kind->finish != NULL || !page_is_wanted(plan->request)) {
		return place_all(plan);
	}
	if (wish->page == 0) {
		if (place_cursor(plan, plan->sums) != 0) {
			return -1;
		}
	} else {
		plan->first = page_first_row(wish, plan->total);
	}
	plan->end = plan->total - plan->first < wish->page_size ? plan->total
								: plan->first + wish->page_size;
	if (!plan->filtered) {
		return 0;
	}
	plan->from = wish->page == 0 ? plan->first : 0;
	if (place_all(plan) != 0) {
		return -1;
	}
	plan->first = sieve_counts(plan->request) ? 0 : plan->from;
	return 0;
}

static const char *cursor_after(struct plan *plan, int64_t row)
{
	struct walk_part *part;

	if (row < 0 ||
		walk_take(&plan->walk, plan->sums, row, 1, &plan->request->arena, &part) == 0) {
		return NULL;
	}
	return page_cursor_write(&plan->request->arena, plan->query, part->station->id,
		walk_last_key(&plan->walk, part));
}

static bool has_cursor(const struct plan *plan)
{
	return (plan->request->route->declared->flags & ALM_CURSOR) != 0;
}

/* Where the page stands, if every row of the walk is one of the answer. */
static void set_place(struct plan *plan)
{
	int64_t before = plan->first - plan->request->page.page_size;
	bool more = plan->end < plan->total;

	plan->place = (struct page_place){ .first = plan->first,
		.count = plan->end - plan->first,
		.total = sieve_counts(plan->request) ? plan->total : -1,
		.more = more };
	if (!has_cursor(plan) || !page_is_wanted(plan->request)) {
		return;
	}
	plan->place.next_cursor = more ? cursor_after(plan, plan->end - 1) : NULL;
	plan->place.prev_cursor = before > 0        ? cursor_after(plan, before - 1)
				  : plan->first > 0 ? "*"
						    : NULL;
}

static int find_rows(struct plan *plan)
{
	plan->sums = walk_sums(&plan->walk, fetcher_walk_cache(plan->request->loop->fetcher),
		&plan->request->arena);
	plan->total = plan->sums[plan->walk.station_count];
	if (place(plan) != 0) {
		return -1;
	}
	if (!plan->filtered) {
		set_place(plan);
	}
	plan->owns_sums = plan->walk.stations != NULL;
	return 0;
}

/* -- The course of it --------------------------------------------------- */

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
			plan->place.more && has_cursor(plan)
				? cursor_after(plan, sieve_last_row(plan->answer->sieve))
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
	if (make_walk(plan) != 0 || find_rows(plan) != 0) {
		return -1;
	}
	plan->next = plan->first;
	plan->checked = false;
	return 0;
}

int plan_start(struct plan *plan, const struct alm_selection *selection)
{
	copy_selection(plan, selection);
	arena_init(&plan->spare);
	plan->filtered = plan->filtered || sieve_is_wanted(plan->request);
	plan->query = page_query(plan->request);
	if (make(plan) != 0) {
		return -1;
	}
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
static void wait_for_catalog(struct plan *plan, int64_t version, bool fetched)
{
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER };

	if (++plan->tries < TRIES_MAX) {
		plan->wait.ready = on_catalog;
		plan->wait.version = version;
		plan->wait.known = plan->request->catalog;
		fetcher_wait(plan->request->loop->fetcher, &plan->wait);
	} else if (fetched && plan->kind->agrees(plan)) {
		/* Data that change faster than they can be looked at may still have left
		 * these rows alone. */
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
	} else if (fetch->version != plan->request->catalog->version) {
		wait_for_catalog(plan, fetch->version, fetched);
	} else {
		if (fetched && plan->kind->keep != NULL && !is_long(plan)) {
			plan->kind->keep(plan);
		}
		plan->checked = true;
		write_chunk(plan);
	}
}

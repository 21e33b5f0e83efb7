#include "http/plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "db/catalog.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/request_life.h"
#include "http/router.h"

enum {
	TRIES_MAX = 4,     /* with a newer catalog each, while data keep changing */
	ROWS_MAX = 100000, /* of an answer without pages */
	RETRY_AFTER = 1    /* s */
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
}

static int compare_indexes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int find_stations(struct plan *plan)
{
	const struct selection *selection = &plan->selection;
	struct walk *walk = &plan->walk;
	uint32_t *stations;

	walk->station_count = walk->catalog->station_count;
	if (selection->station_count == 0) {
		return 0;
	}
	stations = arena_alloc(
		&plan->request->arena, selection->station_count * sizeof(*stations));
	for (size_t i = 0; i < selection->station_count; i++) {
		long found = catalog_find_station(walk->catalog, selection->stations[i]);

		if (found < 0) {
			reply_problem(plan->request, &(struct problem){ .status = 404 },
				"there is no station %s", selection->stations[i]);
			return -1;
		}
		stations[i] = (uint32_t)found;
	}
	qsort(stations, selection->station_count, sizeof(*stations), compare_indexes);
	walk->stations = stations;
	walk->station_count = selection->station_count;
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

static int find_calculator(struct plan *plan)
{
	const struct catalog *catalog = plan->walk.catalog;

	plan->walk.calculator = catalog_find_calculator(catalog, plan->calculator);
	if (plan->walk.calculator >= 0) {
		return 0;
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
	switch (page_cursor_read(text, &plan->query, &cursor)) {
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

/* Which rows the answer has: *wanted of them from plan->first on. */
static int place(struct plan *plan, const int64_t *sums, int64_t *wanted)
{
	const struct page_wish *wish = &plan->request->page;

	if (plan->kind->unlimited || !answer_is_paged(plan->request)) {
		*wanted = plan->total;
		plan->first = 0;
		if (!plan->kind->unlimited && plan->total > ROWS_MAX) {
			reply_problem(plan->request, &(struct problem){ .status = 422 },
				"these are %lld rows, and one answer has at most %d: ask for fewer",
				(long long)plan->total, ROWS_MAX);
			return -1;
		}
		return 0;
	}
	*wanted = wish->page_size;
	if (wish->page == 0) {
		return place_cursor(plan, sums);
	}
	plan->first = page_first_row(wish, plan->total);
	return 0;
}

static int find_rows(struct plan *plan)
{
	struct arena *arena = &plan->request->arena;
	const int64_t *sums =
		walk_sums(&plan->walk, fetcher_walk_cache(plan->request->loop->fetcher), arena);
	int64_t wanted;

	plan->total = sums[plan->walk.station_count];
	if (place(plan, sums, &wanted) != 0) {
		return -1;
	}
	plan->part_count =
		walk_take(&plan->walk, sums, plan->first, wanted, arena, &plan->parts);
	plan->count = 0;
	for (size_t i = 0; i < plan->part_count; i++) {
		plan->count += plan->parts[i].rows;
	}
	return 0;
}

/* -- The course of it --------------------------------------------------- */

static void on_nothing(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct block_fetch *nothing = (struct block_fetch *)fetch;

	plan_fetched((struct plan *)((char *)nothing - offsetof(struct plan, nothing)), outcome,
		result, fetch->version);
}

/* Also that there is nothing must be as new as the database. */
static int fetch_nothing(struct plan *plan)
{
	plan->nothing = (struct block_fetch){ .fetch.done = on_nothing };
	fetch_blocks(plan->request->loop->fetcher, &plan->nothing);
	return 0;
}

static int make(struct plan *plan)
{
	if (make_walk(plan) != 0 || find_rows(plan) != 0) {
		return -1;
	}
	return plan->part_count > 0 ? plan->kind->fetch(plan) : fetch_nothing(plan);
}

int plan_start(struct plan *plan, const struct alm_selection *selection)
{
	copy_selection(plan, selection);
	if (answer_is_paged(plan->request)) {
		page_query(plan->request, &plan->query);
	}
	if (make(plan) != 0) {
		return -1;
	}
	request_hold(plan->request);
	return 0;
}

static void on_catalog(struct fetch_wait *wait, bool in_time)
{
	struct plan *plan = (struct plan *)((char *)wait - offsetof(struct plan, wait));
	struct alm_request *request = plan->request;
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER };

	if (request->connection == NULL) {
		request_drop(request);
		return;
	}
	if (!in_time) {
		reply_problem(request, &problem,
			"the data have changed and are still being looked at");
		request_drop(request);
		return;
	}
	catalog_release(request->catalog);
	request->catalog = catalog_feed_newest(request->loop->feed);
	if (make(plan) != 0) {
		request_drop(request);
	}
}

/* True if the answer can be written. */
static bool settle(struct plan *plan, const PGresult *result, int64_t version)
{
	struct alm_request *request = plan->request;
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER };

	if (version == request->catalog->version) {
		return true;
	}
	if (++plan->tries < TRIES_MAX) {
		plan->wait.ready = on_catalog;
		plan->wait.version = version;
		plan->wait.known = request->catalog;
		fetcher_wait(request->loop->fetcher, &plan->wait);
		return false;
	}
	/* Data that change faster than they can be looked at may still have left these
	 * rows alone. */
	if (plan->part_count > 0 && plan->kind->agrees(plan, result)) {
		return true;
	}
	reply_problem(request, &problem, "the data are changing too fast at the moment");
	request_drop(request);
	return false;
}

void plan_fetched(
	struct plan *plan, enum pool_outcome outcome, const PGresult *result, int64_t version)
{
	struct alm_request *request = plan->request;

	if (request->connection == NULL || request->answered) {
		request_drop(request);
	} else if (outcome != POOL_OK) {
		answer_failed(request, outcome, result);
		request_drop(request);
	} else if (settle(plan, result, version)) {
		plan->kind->write(plan, result);
		request_drop(request);
	}
}

static const char *next_cursor(const struct plan *plan)
{
	const struct walk_part *last;

	if (plan->count == 0 || plan->first + plan->count >= plan->total ||
		(plan->request->route->declared->flags & ALM_CURSOR) == 0) {
		return NULL;
	}
	last = &plan->parts[plan->part_count - 1];
	return page_cursor_write(&plan->request->arena, &plan->query, last->station->id,
		walk_last_key(&plan->walk, last));
}

void plan_send(struct plan *plan, struct answer *answer)
{
	if (answer->envelope.paged) {
		page_envelope(plan->request, &plan->query, plan->first, plan->count,
			plan->total, next_cursor(plan), &answer->envelope);
	}
	answer_send(plan->request, answer);
}

/* Which rows of its walk the answer of a plan has. */
#include <string.h>

#include "query/plan_parts.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/route.h"
#include "route/services.h"

static int reply_cursor(struct plan *plan, const char *why)
{
	struct problem problem = {
		.status = 422, .param = "cursor", .value = plan->request->page.cursor
	};

	reply_problem(&plan->request->http, &problem, "%s", why);
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
	plan->first = scan_row_after(&plan->scan, sums, cursor.station, cursor.key);
	return 0;
}

/* Rows beyond what an answer may hold, or may look at. */
static int reply_too_many(struct plan *plan, int64_t rows, int64_t most)
{
	reply_problem(&plan->request->http, &(struct problem){ .status = 422 },
		"these are %lld rows, and one answer has at most %lld: ask for fewer",
		(long long)rows, (long long)most);
	return -1;
}

/* Rows that conditions are tried on, or that are sorted. */
static int64_t looked_at_max(const struct plan *plan)
{
	return clients_most(plan->request->services->clients, CLIENT_ROWS);
}

/* All rows, or those among which the ones that satisfy the conditions are. */
static int place_all(struct plan *plan)
{
	plan->first = 0;
	plan->end = plan->total;
	if (plan->filtered && plan->total > looked_at_max(plan)) {
		return reply_too_many(plan, plan->total, looked_at_max(plan));
	}
	if (!plan->filtered && plan->kind->finish == NULL && !plan->request->format->streams &&
		plan->total > PLAN_ROWS_MAX) {
		return reply_too_many(plan, plan->total, PLAN_ROWS_MAX);
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
		if (place_cursor(plan, plan->sums.rows) != 0) {
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
	plan->first = row_filter_counts(plan->request) ? 0 : plan->from;
	return 0;
}

const char *plan_cursor_after(struct plan *plan, int64_t row)
{
	struct scan_part *part;

	if (row < 0 || scan_take(&plan->scan, plan->sums.rows, row, 1,
			       &plan->request->http.arena, &part) == 0) {
		return NULL;
	}
	return page_cursor_write(&plan->request->http.arena, plan->query, part->station->id,
		scan_last_key(&plan->scan, part));
}

bool plan_has_cursor(const struct plan *plan)
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
		.total = row_filter_counts(plan->request) ? plan->total : -1,
		.more = more };
	if (!plan_has_cursor(plan) || !page_is_wanted(plan->request)) {
		return;
	}
	plan->place.next_cursor = more ? plan_cursor_after(plan, plan->end - 1) : NULL;
	plan->place.prev_cursor = before > 0        ? plan_cursor_after(plan, before - 1)
				  : plan->first > 0 ? "*"
						    : NULL;
}

int plan_find_rows(struct plan *plan)
{
	plan->total = plan->sums.rows[plan->scan.station_count];
	if (place(plan) != 0) {
		return -1;
	}
	if (!plan->filtered) {
		set_place(plan);
	}
	return 0;
}

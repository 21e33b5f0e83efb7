/* Memory of a query: an upper bound, of what is known before a row is read. */
#include <ctype.h>

#include "document/row_filter.h"
#include "document/where.h"
#include "query/plan.h"
#include "route/page.h"
#include "route/params.h"
#include "route/route.h"
#include "route/services.h"

enum {
	BASE = 12 * 1024,           /* of any request */
	CELL_BYTES = 20,            /* of a document, about: a name in JSON, a value */
	BLOCK_BYTES = 1536,         /* read, copied and decoded */
	RECORD_BYTES = 3 * 1024,    /* of a block, and its days in an array */
	CHUNK_BYTES = 512 * 1024,   /* of a full chunk, with the database's answer */
	STREAM_BYTES = 1024 * 1024, /* that wait for the client, with an encoder */
	LONG_BYTES = 256 * 1024     /* and more: the request counts as a query */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Columns that conditions name at most. */
static size_t count_compared(struct alm_request *request)
{
	const struct values *conditions = request_values(request, HOST_WHERE);
	struct where_fault fault;
	struct where where;
	size_t count = 0;

	if (conditions->count == 0 ||
		!where_parse(&request->http.arena, conditions->texts[0], &where, &fault)) {
		return 0;
	}
	for (size_t i = 0; i < where.count; i++) {
		const struct where_test *test = &where.tests[i];

		count += test->kind == WHERE_COMPARE &&
					 isalpha((unsigned char)test->values[0].text[0]) != 0
				 ? 2
				 : 1;
	}
	return count;
}

/* Columns of a row, as it is shown and sorted. */
static size_t count_columns(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	const struct values *fields = request_values(request, HOST_FIELDS);
	size_t hidden =
		count_compared(plan->request) + request_values(request, HOST_SORT)->count;
	bool every = fields->count == 0;

	for (size_t i = 0; i < fields->count && !every; i++) {
		every = fields->texts[i][0] == '*';
	}
	if (!every) {
		return fields->count + hidden;
	}
	return fields->count + hidden +
	       (plan->kind->columns != NULL ? plan->kind->columns(plan)
					    : request->route->field_count);
}

static size_t count_blocks(const struct plan *plan)
{
	size_t blocks = 0;

	for (size_t i = 0; i < plan->scan.station_count; i++) {
		blocks += scan_station(&plan->scan, i)->block_count;
	}
	return blocks;
}

/* Rows of the stations selected at most; INT64_MAX: all stations are. */
static int64_t rows_bound(const struct plan *plan)
{
	const struct scan *scan = &plan->scan;
	int64_t rows = 0;

	if (plan->selection.station_count == 0) {
		return INT64_MAX;
	}
	if (scan->calculator == SCAN_STATIONS) {
		return (int64_t)scan->station_count;
	}
	if (scan->calculator == SCAN_DAYS) {
		return (int64_t)count_blocks(plan) * BLOCK_DAYS_MAX;
	}
	for (size_t i = 0; i < scan->station_count; i++) {
		rows += (int64_t)scan_station(scan, i)->period_counts[scan->calculator];
	}
	return rows;
}

static int64_t sorted_bytes(const struct plan *plan, int64_t bound, size_t columns)
{
	int64_t rows = least(ROW_FILTER_SORTED_MAX, bound);
	struct window window;

	if (request_values(plan->request, HOST_SORT)->count == 0) {
		return 0;
	}
	if (page_is_wanted(plan->request)) {
		window = page_window(&plan->request->page, INT64_MAX);
		rows = least(rows, window.first + window.limit);
	}
	return row_filter_size(rows, columns);
}

/* Of a page that is read at once: a block or row of statistics holds some days of it. */
static int64_t chunk_bytes(const struct plan *plan, int64_t rows, size_t columns)
{
	if (plan->kind->of_stations) {
		return 0;
	}
	if (plan->kind->finish != NULL) {
		return (int64_t)count_blocks(plan) * RECORD_BYTES;
	}
	if (plan->filtered || rows == 0) {
		return CHUNK_BYTES;
	}
	return least(CHUNK_BYTES, (rows / BLOCK_DAYS_MAX + 2) * (int64_t)columns * BLOCK_BYTES);
}

static int64_t lists_bytes(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	size_t size = scan_sums_size(&plan->scan, request->services->scan_cache);

	if (request->filter != NULL) {
		size += station_picking_size(&plan->scan, plan->kind->of_stations);
		size += (plan->scan.station_count + 1) * sizeof(int64_t);
	}
	return (int64_t)size;
}

struct client_need plan_need(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	size_t columns = count_columns(plan);
	bool paged = page_is_wanted(request), whole = plan->kind->finish == NULL && !paged;
	/* Rows of the document; 0 if it leaves chunk by chunk. */
	int64_t bound = rows_bound(plan),
		rows = paged                      ? least(bound, request->page.page_size)
		       : request->format->streams ? 0
						  : least(bound, request->format->row_max);
	int64_t bytes =
		BASE + (int64_t)request->format->memory +
		rows * (int64_t)columns * (CELL_BYTES + (int64_t)request->format->cell_memory) +
		sorted_bytes(plan, bound, columns) + chunk_bytes(plan, rows, columns) +
		lists_bytes(plan) + plan->extra + (whole && rows == 0 ? STREAM_BYTES : 0);

	return (struct client_need){ .of[CLIENT_BYTES] = bytes,
		.query = plan->filtered || whole || bytes > LONG_BYTES };
}

/* What a plan needs of its client's and the server's memory: an upper bound, made of what is
 * known before a row is read. */
#include "document/row_filter.h"
#include "query/plan_parts.h"
#include "route/page.h"
#include "route/params.h"
#include "route/route.h"
#include "route/services.h"

enum {
	BASE = 12 * 1024,           /* what any request takes */
	CELL_BYTES = 20,            /* of a document, about: a name in JSON, a value */
	BLOCK_BYTES = 1536,         /* read, copied and decoded */
	RECORD_BYTES = 3 * 1024,    /* of a block, and its days in an array */
	CHUNK_BYTES = 512 * 1024,   /* the same of a full chunk, with the database's answer */
	STREAM_BYTES = 1024 * 1024, /* what waits for the client, with an encoder */
	LONG_BYTES = 256 * 1024     /* from here on it is no short request */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Of a row, as it is shown and sorted. */
static size_t columns_of(const struct plan *plan)
{
	const struct alm_request *request = plan->request;
	const struct values *fields = request_values(request, HOST_FIELDS);
	size_t hidden = request_values(request, HOST_WHERE)->count +
			request_values(request, HOST_SORT)->count;

	for (size_t i = 0; i < fields->count; i++) {
		if (fields->texts[i][0] == '*') {
			hidden += fields->count;
			break;
		}
		if (i + 1 == fields->count) {
			return fields->count + hidden;
		}
	}
	return hidden + (plan->kind->columns != NULL ? plan->kind->columns(plan)
						     : request->route->field_count);
}

/* Rows of the listed stations, if it lists some; else as many as there may be. */
static int64_t rows_bound(const struct plan *plan)
{
	const struct scan *scan = &plan->scan;
	int64_t rows = 0;

	if (plan->selection.station_count == 0) {
		return INT64_MAX;
	}
	for (size_t i = 0; i < scan->station_count; i++) {
		rows += scan->calculator == WALK_STATIONS ? 1
			: scan->calculator == WALK_DAYS
				? (int64_t)scan_station(scan, i)->block_count * BLOCK_DAYS_MAX
				: (int64_t)scan_station(scan, i)
					  ->period_counts[scan->calculator];
	}
	return rows;
}

/* Rows that the answer has at most; those it holds at a time if it leaves piece by piece. */
static int64_t document_rows(const struct plan *plan, int64_t bound)
{
	const struct alm_request *request = plan->request;

	if (page_is_wanted(request)) {
		return least(bound, request->page.page_size);
	}
	return request->format->streams ? 0 : least(bound, PLAN_ROWS_MAX);
}

static int64_t sorted_bytes(const struct plan *plan, int64_t bound, size_t columns)
{
	const struct page_wish *wish = &plan->request->page;
	int64_t rows = SIEVE_SORTED_MAX;

	if (request_values(plan->request, HOST_SORT)->count == 0) {
		return 0;
	}
	if (page_is_wanted(plan->request)) {
		rows = least(rows, wish->page * wish->page_size);
	}
	return row_filter_size(least(rows, bound), columns);
}

/* Of what is read as a whole: its blocks, and arrays of its days. */
static int64_t record_bytes(const struct plan *plan)
{
	int64_t blocks = 0;

	for (size_t i = 0; i < plan->scan.station_count; i++) {
		blocks += (int64_t)scan_station(&plan->scan, i)->block_count;
	}
	return blocks * RECORD_BYTES;
}

/* Of a page that is read at once: a block or row of statistics holds some days of it. */
static int64_t chunk_bytes(const struct plan *plan, int64_t rows, size_t columns)
{
	if (plan->kind->of_stations) {
		return 0;
	}
	if (plan->kind->finish != NULL) {
		return record_bytes(plan);
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

void plan_needs(const struct plan *plan, struct client_need *need)
{
	size_t columns = columns_of(plan);
	int64_t bound = rows_bound(plan), rows = document_rows(plan, bound);
	bool whole = plan->kind->finish == NULL && !page_is_wanted(plan->request);
	int64_t bytes = BASE + rows * (int64_t)columns * CELL_BYTES +
			sorted_bytes(plan, bound, columns) + chunk_bytes(plan, rows, columns) +
			lists_bytes(plan) + (whole && rows == 0 ? STREAM_BYTES : 0);

	*need = (struct client_need){ .of[CLIENT_BYTES] = bytes,
		.query = plan->filtered || whole || bytes > LONG_BYTES };
}

#include "document/answer.h"

#include <stdarg.h>
#include <string.h>

#include "base/container.h"
#include "base/log.h"
#include "base/utf8.h"
#include "document/reply_document.h"
#include "http/http.h"
#include "reply/problem.h"
#include "route/page.h"
#include "route/route.h"
#include "route/services.h"

enum {
	RETRY_AFTER = 2, /* s: a database that restarts may be back by then */
	ROW_SPREAD = 8,  /* bytes that rows may be longer than the first */
	ENVELOPE_ROOM = 1024,
	SLICE_ROWS = 2048,      /* of one iteration of the loop: some tenth of a millisecond */
	SLICE_ROWS_BUSY = 1024, /* the same while short requests are expected */
	WIDE = 8,               /* columns that cost as much as another row */
	SORT_ROWS = 1024,       /* sorted in one turn: half a millisecond */
	STREAM_BYTES = 128 * 1024, /* longer documents are sent chunk by chunk */
	EXPECTED_MAX = 4096        /* rows whose memory is allocated at once */
};

/* -- Documents ---------------------------------------------------------- */

bool answer_is_paged(const struct alm_request *request)
{
	return (request->route->declared->flags & ALM_PAGED) != 0;
}

static bool has_choice(
	const struct alm_request *request, enum host_param param, const char *choice)
{
	const struct values *values = request_values(request, param);

	return values->count > 0 && strcmp(values->texts[0], choice) == 0;
}

struct answer *answer_begin(
	struct alm_request *request, const struct member *members, size_t count)
{
	struct answer *answer = arena_alloc(&request->http.arena, sizeof(*answer));
	struct projection *projection = &answer->projection;

	if (projection_choose(request, members, count, projection) != 0) {
		return NULL;
	}
	answer->format = request->format;
	if (answer->format->fits != NULL &&
		!answer->format->fits(projection->columns, projection->shown)) {
		reply_problem(&request->http,
			&(struct problem){
				.status = 422, .param = host_param_name(HOST_FIELDS) },
			"fields: format=%s needs %s; add them, or take another format",
			answer->format->name, answer->format->needs);
		return NULL;
	}
	request->rows.length = 0;
	request->answer = answer;
	answer->request = request;
	answer->slice_max = SLICE_ROWS;
	answer->weight = 1 + (unsigned)projection->count / WIDE;
	answer->weight *= answer->format->weight > 0 ? answer->format->weight : 1;
	answer->envelope.has_pages = answer_is_paged(request);
	answer->envelope.paged = page_is_wanted(request);
	answer->envelope.single = (request->route->declared->flags & ALM_SINGLE) != 0;
	answer->cells = arena_alloc(
		&request->http.arena, (projection->count + 1) * sizeof(*answer->cells));
	answer->document = (struct document){ .out = &request->rows,
		.arena = &request->http.arena,
		.columns = projection->columns,
		.column_count = projection->shown,
		.envelope = &answer->envelope,
		.has_units = request->route->host[HOST_UNITS] >= 0,
		.chart = has_choice(request, HOST_CHART, "bars")      ? CHART_BARS
			 : has_choice(request, HOST_CHART, "stripes") ? CHART_STRIPES
								      : CHART_LINE,
		.byte_order_mark = has_choice(request, HOST_BOM, "true"),
		.unit_headings = has_choice(request, HOST_HEADER, "units") };
	answer->format->begin(&answer->document);
	return answer;
}

int answer_filter(
	struct alm_request *request, struct answer *answer, int64_t first, int64_t from)
{
	answer->row_filter = row_filter_create(request, &answer->projection, first, from);
	return answer->row_filter != NULL ? 0 : -1;
}

void answer_expect(struct answer *answer, int64_t rows)
{
	answer->expected = rows < EXPECTED_MAX ? rows : EXPECTED_MAX;
}

/* Reserves memory for the rows expected, by the length of the first. */
static void reserve(struct answer *answer, size_t before)
{
	struct buffer *out = answer->document.out;
	size_t row = out->length - before + ROW_SPREAD;

	buffer_reserve(out, (size_t)(answer->expected - 1) * row + ENVELOPE_ROOM);
}

static void write_row(struct answer *answer, const struct cell *cells)
{
	size_t before = answer->document.out->length;
	int64_t most = answer->format->row_max;

	if ((most > 0 && (int64_t)answer->document.row_count == most) ||
		answer->document.full) {
		answer->overflows = true;
		return;
	}
	answer->format->row(&answer->document, cells);
	answer->overflows = answer->document.full_of != NULL;
	if (answer->document.row_count == 1 && answer->expected > 1) {
		reserve(answer, before);
	}
}

static void convert(const struct answer *answer, struct cell *cells)
{
	for (size_t i = 0; i < answer->projection.count; i++) {
		units_cell(&answer->projection.conversions[i], &cells[i]);
	}
}

void answer_row(struct answer *answer, struct cell *cells)
{
	answer->slice += answer->weight;
	if (answer->envelope.single && answer->document.row_count > 0) {
		return;
	}
	if (answer->projection.converts) {
		convert(answer, cells);
	}
	if (answer->row_filter == NULL || row_filter_offer(answer->row_filter, cells)) {
		write_row(answer, cells);
	}
}

bool answer_takes_runs(const struct answer *answer)
{
	return answer->format->rows != NULL && answer->row_filter == NULL &&
	       !answer->projection.converts && !answer->envelope.single &&
	       answer->format->row_max == 0;
}

void answer_runs(struct answer *answer, const struct cell_run *runs, size_t rows)
{
	answer->slice += answer->weight * (unsigned)rows;
	answer->format->rows(&answer->document, runs, rows);
}

void answer_skip_row(struct answer *answer)
{
	answer->slice += answer->weight;
	row_filter_skip(answer->row_filter);
}

void answer_count_rows(struct answer *answer, int64_t failed, int64_t passed, unsigned effort)
{
	answer->slice += effort;
	row_filter_count(answer->row_filter, failed, passed);
}

/* -- The end ------------------------------------------------------------ */

void answer_drop(struct answer *answer)
{
	row_filter_destroy(answer->row_filter);
	answer->row_filter = NULL;
}

/* -1: too many rows for the format, or to be sorted; replied. */
static int check_rows(struct answer *answer)
{
	int64_t most;

	if (answer->overflows) {
		answer_refuse_rows(answer->request, -1);
		return -1;
	}
	if (answer->row_filter == NULL || !row_filter_overflows(answer->row_filter, &most)) {
		return 0;
	}
	reply_problem(&answer->request->http,
		&(struct problem){ .status = 422, .param = host_param_name(HOST_SORT) },
		"sort: more than %lld rows are too many to be sorted; narrow them down with "
		"where, or take pages",
		(long long)most);
	return -1;
}

/* Sorts and writes rows for one turn. True: all are written. */
static bool write_sorted(struct answer *answer)
{
	const struct cell *cells;
	unsigned rows = 0;

	if (answer->row_filter == NULL) {
		return true;
	}
	if (!row_filter_sort(answer->row_filter, SORT_ROWS)) {
		return false;
	}
	while (rows < SLICE_ROWS) {
		cells = row_filter_next(answer->row_filter);
		if (cells == NULL) {
			return true;
		}
		write_row(answer, cells);
		rows += answer->weight;
	}
	return false;
}

/* -1: replied. */
static int end_document(struct answer *answer)
{
	struct alm_request *request = answer->request;

	if (answer->envelope.single && answer->document.row_count == 0) {
		reply_problem(&request->http, &(struct problem){ .status = 404 },
			"nothing is stored under this address");
		return -1;
	}
	if (!answer->envelope.paged) {
		answer->envelope.self = page_link(request, page_query(request));
	}
	answer->format->end(&answer->document);
	request->row_count = answer->document.row_count;
	return 0;
}

static void release(struct answer *answer)
{
	struct alm_request *request = answer->request;

	answer_drop(answer);
	request_settle(request);
	request_drop(request);
}

static void on_task(struct task *task)
{
	struct answer *answer = container_of(task, struct answer, task);

	if (answer->request->http.connection == NULL ||
		(answer->request->http.answered && !answer->streaming)) {
		release(answer);
	} else {
		answer->go_on(answer);
	}
}

static void run_later(struct answer *answer, void (*go_on)(struct answer *answer))
{
	answer->go_on = go_on;
	answer->task.run = on_task;
	request_wait(answer->request, &answer->task);
}

static void encode(struct answer *answer)
{
	struct alm_request *request = answer->request;

	if (!reply_encode(request, &request->rows)) {
		run_later(answer, encode);
		return;
	}
	reply_document(request, answer->format->media_type, &answer->envelope, &request->rows);
	release(answer);
}

static void finish(struct answer *answer)
{
	if (!write_sorted(answer)) {
		run_later(answer, finish);
	} else if (end_document(answer) != 0) {
		release(answer);
	} else if (answer->streaming) {
		reply_stream_end(answer->request, &answer->request->rows);
		release(answer);
	} else {
		encode(answer);
	}
}

void answer_send(struct alm_request *request, struct answer *answer)
{
	request_hold(request);
	if (check_rows(answer) != 0) {
		release(answer);
	} else {
		finish(answer);
	}
}

/* -- Long answers ------------------------------------------------------- */

bool answer_is_due(const struct answer *answer)
{
	return answer->slice >= answer->slice_max;
}

bool answer_is_full(const struct answer *answer)
{
	return answer->overflows ||
	       (answer->row_filter != NULL && row_filter_is_full(answer->row_filter));
}

/* Not with sorted rows, which come at the end, or on a page with conditions, whose links in the
 * head are known at the end. */
static bool may_stream(const struct alm_request *request, const struct answer *answer)
{
	return answer->format->streams && request->rows.length >= STREAM_BYTES &&
	       (answer->row_filter == NULL || !answer->envelope.paged);
}

void answer_go_on(struct answer *answer)
{
	answer->slice = 0;
	answer->slice_max =
		http_is_busy(answer->request->services->http) ? SLICE_ROWS_BUSY : SLICE_ROWS;
}

void answer_pause(struct alm_request *request, struct answer *answer, struct task *task)
{
	answer_go_on(answer);
	if (!answer->streaming && may_stream(request, answer)) {
		answer->streaming = reply_stream_begin(
			request, answer->format->media_type, &answer->envelope);
	}
	if (answer->streaming && !reply_stream_write(request, &request->rows, task)) {
		return;
	}
	request_wait(request, task);
}

void answer_give_up(struct alm_request *request, const struct problem *problem, const char *why)
{
	if (reply_is_streaming(request)) {
		reply_cut(request, why);
	} else {
		reply_problem(&request->http, problem, "%s", why);
	}
}

void answer_refuse_rows(struct alm_request *request, int64_t rows)
{
	const struct format *format = request->format;
	const struct answer *answer = request->answer;
	struct arena *arena = &request->http.arena;
	const char *most = arena_printf(arena, "%lld rows", (long long)format->row_max);

	if (answer != NULL && answer->document.full_of != NULL) {
		most = answer->document.full_of;
	}
	answer_give_up(request,
		&(struct problem){ .status = 422,
			.param = host_param_name(HOST_FORMAT),
			.value = format->name },
		arena_printf(arena,
			"format: %s has at most %s, and these are %s: take csv, or narrow them "
			"down",
			format->name, most,
			rows < 0 ? "more" : arena_printf(arena, "%lld", (long long)rows)));
}

/* -- Failures ----------------------------------------------------------- */

static bool is_one_of(const char *state, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++) {
		if (strncmp(state, *prefixes, strlen(*prefixes)) == 0) {
			return true;
		}
	}
	return false;
}

static void reply_later(struct alm_request *request, int status, const char *why)
{
	struct problem problem = { .status = status, .retry_after = RETRY_AFTER };

	answer_give_up(request, &problem, why);
}

/* SQLSTATE: PostgreSQL manual, appendix A. */
static void reply_state(struct alm_request *request, const char *state, const char *message,
	const char *statement)
{
	/* Serialization failures, insufficient resources, start and shutdown, and statements
	 * that were prepared before the tables changed. */
	static const char *const passing[] = { "40", "53", "55", "57", "0A000", "26000", NULL };
	static const char *const missing[] = { "42P01", "42703", "42883", "3F000", NULL };

	if (is_one_of(state, passing)) {
		reply_later(request, 503, "the database cannot answer at the moment");
	} else if (statement != NULL) {
		answer_broken(request,
			"plugin %s: the database refused its statement: %s (%s), in: %s",
			request->route->plugin->path, message, state, statement);
	} else if (is_one_of(state, missing)) {
		log_write(LOG_ERROR,
			"%s: the database lacks what the route needs: %s (%s); "
			"run almanac migrate",
			request->route->declared->path, message, state);
		reply_later(request, 503,
			"the database lacks what this needs; run almanac migrate");
	} else {
		answer_broken(
			request, "the database refused the statement: %s (%s)", message, state);
	}
}

void answer_failed(struct alm_request *request, enum pool_outcome outcome,
	const PGresult *result, const char *statement)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	switch (outcome) {
	case POOL_TOO_LARGE:
		answer_broken(request,
			"the statement's rows have more bytes than --query-memory allows");
		break;
	case POOL_TIMEOUT:
		reply_later(request, 504, "the database did not answer in time");
		break;
	case POOL_FAILED:
		reply_state(request, state != NULL ? state : "",
			message != NULL ? message : "no reason given", statement);
		break;
	default:
		reply_later(request, 503, "the database cannot be reached");
	}
}

int answer_broken(struct alm_request *request, const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	utf8_format(why, sizeof(why), format, args);
	va_end(args);
	log_write(LOG_ERROR, "%s: %s", request->route->declared->path, why);
	answer_give_up(request, &(struct problem){ .status = 500 },
		"this could not be answered because of a fault of the server; its log says more");
	return -1;
}

#include "http/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "http/page.h"
#include "http/reply.h"
#include "http/router.h"

enum {
	RETRY_AFTER = 2, /* s: a database that restarts may be back by then */
	ROW_SPREAD = 8,  /* bytes that rows are longer than the first */
	ENVELOPE_ROOM = 1024
};

void answer_host(struct alm_host *host)
{
	host->send_days = days_send;
	host->send_statistics = statistics_send;
	host->send_sql = sql_send;
	host->read_record = record_read;
	host->query = sql_query;
	host->row_count = sql_row_count;
	host->cell = sql_cell;
	host->row = rows_add;
	host->send = rows_send;
}

/* -- Documents ---------------------------------------------------------- */

bool answer_is_paged(const struct alm_request *request)
{
	return (request->route->declared->flags & ALM_PAGED) != 0;
}

const struct column *answer_columns(struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;
	struct column *columns = arena_alloc(
		&request->arena, (request->route->field_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < request->route->field_count; i++) {
		columns[i] = (struct column){ fields[i].name, fields[i].type, fields[i].unit,
			fields[i].decimals };
	}
	return columns;
}

struct answer *answer_begin(
	struct alm_request *request, const struct column *columns, size_t count)
{
	struct answer *answer = arena_alloc(&request->arena, sizeof(*answer));

	request->rows.length = 0;
	request->answer = answer;
	answer->format = &format_json;
	answer->envelope.paged = answer_is_paged(request);
	answer->envelope.single = (request->route->declared->flags & ALM_SINGLE) != 0;
	answer->cells = arena_alloc(&request->arena, (count + 1) * sizeof(*answer->cells));
	answer->document = (struct document){ .out = &request->rows,
		.arena = &request->arena,
		.columns = columns,
		.column_count = count,
		.envelope = &answer->envelope };
	answer->format->begin(&answer->document);
	return answer;
}

void answer_expect(struct answer *answer, int64_t rows)
{
	answer->expected = rows;
}

/* The first row says about how long the others are. */
static void reserve(struct answer *answer, size_t before)
{
	struct buffer *out = answer->document.out;
	size_t row = out->length - before + ROW_SPREAD;

	buffer_reserve(out, (size_t)(answer->expected - 1) * row + ENVELOPE_ROOM);
}

void answer_row(struct answer *answer, const struct cell *cells)
{
	size_t before = answer->document.out->length;

	if (answer->envelope.single && answer->document.row_count > 0) {
		return;
	}
	answer->format->row(&answer->document, cells);
	if (answer->document.row_count == 1 && answer->expected > 1) {
		reserve(answer, before);
	}
}

void answer_send(struct alm_request *request, struct answer *answer)
{
	if (answer->envelope.single && answer->document.row_count == 0) {
		reply_problem(request, &(struct problem){ .status = 404 },
			"nothing is stored under this address");
		return;
	}
	if (!answer->envelope.paged) {
		struct page_query query;

		page_query(request, &query);
		answer->envelope.self = page_link(request, &query);
	}
	answer->format->end(&answer->document);
	reply_body(request, 200, answer->format->media_type, NULL, &request->rows);
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

	reply_problem(request, &problem, "%s", why);
}

/* SQLSTATE: PostgreSQL manual, appendix A. */
static void reply_state(struct alm_request *request, const char *state, const char *message)
{
	/* Serialization failure, too few resources, being started or stopped, and what
	 * was prepared before the tables changed. */
	static const char *const passing[] = { "40", "53", "55", "57", "0A000", "26000", NULL };
	static const char *const missing[] = { "42P01", "42703", "42883", "3F000", NULL };

	if (is_one_of(state, passing)) {
		reply_later(request, 503, "the database cannot answer at the moment");
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

void answer_failed(
	struct alm_request *request, enum pool_outcome outcome, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	switch (outcome) {
	case POOL_TIMEOUT:
		reply_later(request, 504, "the database did not answer in time");
		break;
	case POOL_FAILED:
		reply_state(request, state != NULL ? state : "",
			message != NULL ? message : "no reason given");
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
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	log_write(LOG_ERROR, "%s: %s", request->route->declared->path, why);
	reply_problem(request, &(struct problem){ .status = 500 },
		"this could not be answered because of a fault of the server; its log says more");
	return -1;
}

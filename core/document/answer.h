/* Answers of routes: rows to a document, which is sent. All [loop]. */
#ifndef ALMANAC_DOCUMENT_ANSWER_H
#define ALMANAC_DOCUMENT_ANSWER_H

#include <almanac/plugin.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "db/pool.h"
#include "document/projection.h"
#include "document/row_filter.h"
#include "format/format.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/request.h"
#include "schedule/run_queue.h"

/* A document under way, in request->rows. */
struct answer {
	struct document document;
	struct envelope envelope;
	const struct format *format;
	struct projection projection;
	struct row_filter *row_filter; /* NULL: every row is shown */
	struct cell *cells;            /* scratch of one row: a cell for each column */
	int64_t added;             /* rows that a plugin has added, also those of other pages */
	int64_t expected;          /* rows */
	unsigned slice, slice_max; /* rows tried since the last pause, weighted */
	unsigned weight;           /* of a row: 1, more for wide ones */
	bool streaming;            /* its head is sent */
	bool overflows;            /* there are more rows than a document of the format has */
	bool of_rows;              /* begun by row() */
	struct alm_request *request;
	struct task task; /* of answer_send() */
	void (*go_on)(struct answer *answer);
};

/* Begins the document, with the columns of the members that the request selects. NULL: it
 * selects others, or a format that cannot show them; replied. */
struct answer *answer_begin(
	struct alm_request *request, const struct member *members, size_t count);

/* Applies `where` and `sort`. `first`, `from`: as of row_filter_create(). -1: replied. */
int answer_filter(
	struct alm_request *request, struct answer *answer, int64_t first, int64_t from);

bool answer_is_paged(const struct alm_request *request);

/* Tells how many rows are expected: their memory is allocated at once. */
void answer_expect(struct answer *answer, int64_t rows);

/* Adds a row: a cell for each column, in metric units, which it may change. Of a route that
 * answers one object, only the first row counts. */
void answer_row(struct answer *answer, struct cell *cells);

/* Whether rows may be added by column, which is faster. */
bool answer_takes_runs(const struct answer *answer);

/* Adds rows: a run for each column, in metric units. */
void answer_runs(struct answer *answer, const struct cell_run *runs, size_t rows);

/* Counts a row that is not shown whatever the conditions. */
void answer_skip_row(struct answer *answer);

/* Counts rows of which none is shown: they do not satisfy the conditions, or do and are not
 * among the page's. `effort`: what it took, in rows. */
void answer_count_rows(struct answer *answer, int64_t failed, int64_t passed, unsigned effort);

/* Frees an answer that is not sent. */
void answer_drop(struct answer *answer);

/* Ends the document and replies, at once, or after slices of sorting and encoding. The caller
 * has completed the envelope, except `self` of a route without pages. Without a row, a route
 * that answers one object replies 404. */
void answer_send(struct alm_request *request, struct answer *answer);

/* -- Long answers ------------------------------------------------------- */

/* Whether the slice of this iteration of the loop is used up: answer_pause() is due. */
bool answer_is_due(const struct answer *answer);

/* Begins the next slice. */
void answer_go_on(struct answer *answer);

/* Whether no further row can change the answer. */
bool answer_is_full(const struct answer *answer);

/* Lets other requests have their turn: the task is queued, or, if the answer is being sent,
 * queued when the client has received the chunk. */
void answer_pause(struct alm_request *request, struct answer *answer, struct task *task);

/* Replies with the problem, or cuts off an answer that is being sent. */
void answer_give_up(
	struct alm_request *request, const struct problem *problem, const char *why);

/* Replies that the rows (-1: not counted) are more than a document of the format has. */
void answer_refuse_rows(struct alm_request *request, int64_t rows);

/* -- Failures ----------------------------------------------------------- */

/* Replies to a failed query: 503 if the database cannot be reached, 504 after a timeout, else a
 * logged 500 without details. `statement`: the plugin's own; NULL: one of the host, whose
 * tables may be those of another version (503). */
void answer_failed(struct alm_request *request, enum pool_outcome outcome,
	const PGresult *result, const char *statement);

/* Replies with a 500 and logs why, naming the route. Returns -1. */
int answer_broken(struct alm_request *request, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* -- What plugins ask for ------------------------------------------------ */

/* Whether the route may answer like that now: as it declares (`kind`: enum alm_answer), and not
 * a second time. -1: no; logged, and replied unless there is an answer already. */
int answer_claim(struct alm_request *request, const char *how, uint32_t kind);

/* Copies what the plugin knows of a selection. -1: it is not sound; logged and replied. */
int answer_read_selection(struct alm_request *request, const char *how,
	const struct alm_selection *from, struct alm_selection *to);

#endif

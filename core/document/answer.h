/* Answers of routes: how rows become a document. All [loop]. */
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
	struct cell *cells;            /* scratch of one row: a cell per column of the shape */
	int64_t added;        /* rows that a plugin has added, also those of other pages */
	int64_t expected;     /* rows */
	unsigned slice, most; /* rows looked at since the last pause, and to be looked at */
	unsigned weight;      /* what a row counts among them: wide ones more */
	bool streaming;       /* its head has left */
	bool of_rows;         /* of row() and send() */
	struct alm_request *request;
	struct task task; /* of its end */
	void (*go_on)(struct answer *answer);
};

/* Begins the document: its columns are those of the members that were asked for. NULL:
 * the request asks for others, or for a format that cannot have them; replied. */
struct answer *answer_begin(
	struct alm_request *request, const struct member *members, size_t count);

/* Leaves out what `where` does, and brings the rest in order. `first` and `from` are
 * row_filter_create()'s. -1: replied. */
int answer_filter(
	struct alm_request *request, struct answer *answer, int64_t first, int64_t from);

bool answer_is_paged(const struct alm_request *request);

/* How many rows there will be, as far as is known: memory is taken once. */
void answer_expect(struct answer *answer, int64_t rows);

/* A cell per column of the shape, in metric units, which it may change. Of a route that
 * answers one object, only the first row counts. */
void answer_row(struct answer *answer, struct cell *cells);

/* A row that would have been next, but is none of the answer. */
void answer_skip_row(struct answer *answer);

/* Lets go of it: it is not sent. */
void answer_drop(struct answer *answer);

/* Ends the document and replies, at once or, if much is to be done for that, later. The
 * envelope is complete, but for `self` of a route without pages. No row of a route that answers
 * one object is a 404. */
void answer_send(struct alm_request *request, struct answer *answer);

/* -- Long answers ------------------------------------------------------- */

/* Rows enough for one turn of the loop. */
bool answer_is_due(const struct answer *answer);

/* The next turn begins. */
void answer_go_on(struct answer *answer);

/* No further row can change the answer. */
bool answer_is_full(const struct answer *answer);

/* Lets other requests have their turn: `turn` is taken soon, or, once the answer has begun
 * to leave, when the client has taken enough of it. */
void answer_pause(struct alm_request *request, struct answer *answer, struct task *task);

/* Replies with the problem, or cuts off what has begun to leave. */
void answer_give_up(
	struct alm_request *request, const struct problem *problem, const char *why);

/* -- Failures ----------------------------------------------------------- */

/* Replies to what went wrong in the database: 503 if it is out of reach, 504 if it was
 * too slow, else a logged 500 that says no more. */
void answer_failed(
	struct alm_request *request, enum pool_outcome outcome, const PGresult *result);

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

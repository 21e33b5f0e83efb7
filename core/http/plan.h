/* An answer whose rows are found in the catalog, and their values then in the
 * database. If the database turns out to be newer than the catalog, the plan is made
 * again with the next one: no answer is older than what was committed before it was
 * asked for. All [loop]. */
#ifndef ALMANAC_HTTP_PLAN_H
#define ALMANAC_HTTP_PLAN_H

#include <almanac/plugin.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "http/answer.h"
#include "http/fetch.h"
#include "http/page.h"
#include "http/request.h"
#include "http/walk.h"

struct plan;

struct plan_kind {
	/* The parts are known, and there are some: ask for what they hold. plan_fetched() must
	 * follow. -1: replied. */
	int (*fetch)(struct plan *plan);
	/* Whether what was fetched has just the rows that the parts say. */
	bool (*agrees)(struct plan *plan, const PGresult *result);
	/* Answers; there may be no parts. */
	void (*write)(struct plan *plan, const PGresult *result);
	/* Take all rows, without a limit: the answer is not written row by row. */
	bool unlimited;
};

/* A selection of the plan's own. */
struct selection {
	const char *const *stations;
	size_t station_count;        /* 0: all */
	const char *const *elements; /* each once */
	size_t element_count;
	int32_t first_day, last_day;
};

struct plan {
	struct alm_request *request;
	const struct plan_kind *kind;
	struct selection selection;
	const char *calculator; /* NULL: days */
	struct page_query query;
	/* made anew with each catalog */
	struct walk walk;
	int64_t first, total; /* row that the page begins with; rows in all */
	struct walk_part *parts;
	size_t part_count;
	int64_t count;              /* rows of the parts */
	struct block_fetch nothing; /* when there are no parts */
	struct fetch_wait wait;
	unsigned tries;
};

/* Copies the selection and begins. request, kind and calculator are set. Returns 0, or
 * -1 if it has replied. */
int plan_start(struct plan *plan, const struct alm_selection *selection);

/* What kind->fetch() asked for has come, or not. */
void plan_fetched(
	struct plan *plan, enum pool_outcome outcome, const PGresult *result, int64_t version);

/* Writes the envelope, if the route is paged, and sends. */
void plan_send(struct plan *plan, struct answer *answer);

#endif

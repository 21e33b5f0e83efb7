/* An answer whose rows are found in the catalog, and their values then in memory or in
 * the database. If the database turns out to be newer than the catalog, the plan is made
 * again with the next one: no answer is older than what was committed before it was
 * asked for. Long answers are made a piece at a time: each run of rows (a chunk) is read
 * when the client has taken what came before. All [loop]. */
#ifndef ALMANAC_QUERY_PLAN_H
#define ALMANAC_QUERY_PLAN_H

#include <almanac/plugin.h>
#include <stdbool.h>

#include "document/answer.h"
#include "fetch/fetch.h"
#include "route/page.h"
#include "route/request.h"
#include "scan/scan.h"
#include "scan/station_pick.h"
#include "schedule/run_queue.h"

struct plan;

enum plan_found {
	PLAN_REPLIED = -1,
	PLAN_ASKED, /* plan_fetched() will follow */
	PLAN_KNOWN  /* all of it was in memory */
};

enum plan_written { PLAN_BROKEN = -1, PLAN_WRITTEN, PLAN_PAUSED };

struct plan_kind {
	/* The parts are known, and there are some: get what they hold, into plan->arena. */
	enum plan_found (*fetch)(struct plan *plan);
	/* Whether what was fetched has just the rows that the parts say. */
	bool (*agrees)(const struct plan *plan);
	/* What was fetched is what the plan's catalog knows: it may be kept in memory. */
	void (*keep)(struct plan *plan);
	/* Begins the answer. NULL: replied. */
	struct answer *(*begin)(struct plan *plan);
	/* Adds the rows of one part, or, if the answer is due, some: then the next call goes
	 * on with the part. -1: replied. */
	enum plan_written (*write)(struct plan *plan, size_t part);
	/* Instead of begin() and write(): takes all rows at once and answers. */
	void (*finish)(struct plan *plan);
	/* Columns of its rows, without those of other parameters; NULL: the route's fields. */
	size_t (*columns)(const struct plan *plan);
	size_t part_weight; /* rows or blocks that a part may need; 0: one for each element */
	bool of_stations;   /* a row is a station: `near` brings them in order of distance */
};

enum {
	PLAN_ROWS_MAX = 100000,  /* of an answer that cannot leave piece by piece */
	PLAN_CHUNK_WEIGHT = 192, /* blocks or rows of statistics: some hundred kilobytes */
	PLAN_CHUNK_ROWS = 24 * 1024,
	PLAN_SHORT_ROWS = 1000 /* need no memory besides the request's */
};

/* A selection of the plan's own. */
struct selection {
	const char *const *stations;
	size_t station_count;        /* 0: all */
	const char *const *elements; /* each once */
	size_t element_count;
	int32_t first_day, last_day;
	uint32_t months;
};

struct plan {
	struct alm_request *request;
	const struct plan_kind *kind;
	struct selection selection;
	const char *calculator; /* NULL: days */
	const struct page_query *query;
	struct answer *answer; /* NULL until something is written */
	bool filtered;         /* not every row of the walk is one of the answer */
	/* made anew with each catalog */
	struct scan scan;
	enum plan_stage { PLAN_BEGUN, PLAN_PICKING, PLAN_ADDING_UP, PLAN_READY } stage;
	struct station_picking picking;
	struct scan_sums sums;
	int64_t total;      /* rows of the walk */
	int64_t first, end; /* rows of the answer, or to be looked at: end is beyond them */
	int64_t from;       /* filtered: the first that may be shown */
	struct page_place place;
	/* the chunk */
	struct arena *arena; /* of what it holds */
	struct arena spare;
	int64_t next; /* row after the chunk's */
	struct scan_part *parts;
	size_t part_count, at; /* parts written */
	struct fetch version;
	struct fetch_wait wait;
	struct task task;
	void (*go_on)(struct plan *plan); /* when the turn comes */
	struct arena lists;               /* of stations and sums */
	/* What has left is of an older catalog: the answer may only go on if its stations are
	 * the same. */
	const struct catalog *left_catalog; /* held; NULL: nothing has left */
	struct scan left_walk;
	int64_t left_next;
	unsigned tries;
	bool rows_asked; /* of its client's rows to be looked at */
	bool ended;      /* the rest is answer_send()'s */
	bool checked;    /* the catalog was the database's newest since the plan was made */
};

/* Copies the selection and begins. request, kind and calculator are set. Returns 0, or
 * -1 if it has replied. */
int plan_start(struct plan *plan, const struct alm_selection *selection);

/* What kind->fetch() asked for has come, or not. */
void plan_fetched(struct plan *plan, const struct fetch *fetch, enum pool_outcome outcome,
	const PGresult *result);

#endif

/* Query execution: an answer whose rows the catalog knows, and whose values come from memory or
 * from the database. If the database turns out to be newer than the catalog, the execution
 * begins again with the next catalog: no answer is older than what was committed before its
 * request came. Long answers are made chunk by chunk: each is read when the client has received
 * the one before. All [loop]. */
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
	PLAN_KNOWN  /* all values were in memory */
};

enum plan_written { PLAN_BROKEN = -1, PLAN_WRITTEN, PLAN_PAUSED };

struct plan_kind {
	/* Reads the values of plan->chunk.parts, of which there are some, into chunk.arena. */
	enum plan_found (*fetch)(struct plan *plan);
	/* Whether the values fetched have exactly the rows of the chunk's parts. */
	bool (*agrees)(const struct plan *plan);
	/* Stores the values fetched in the value cache; they are of the request's catalog. */
	void (*keep)(struct plan *plan);
	/* Begins the answer. NULL: replied. */
	struct answer *(*begin)(struct plan *plan);
	/* Adds the rows of one part. PAUSED: the answer is due, and the next call continues
	 * with the same part. BROKEN: replied. */
	enum plan_written (*write)(struct plan *plan, size_t part);
	/* Of filtered answers: whether the catalog leaves it open that a row of the part is
	 * shown. Rows of other parts are left out (scan_part.left_out). NULL: it does. */
	bool (*may_show)(const struct plan *plan, const struct scan_part *part);
	/* Instead of begin() and write(): receives all rows at once and replies. */
	void (*finish)(struct plan *plan);
	/* Columns of its rows, without those of other parameters; NULL: the route's fields. */
	size_t (*columns)(const struct plan *plan);
	size_t part_weight; /* rows or blocks that a part may need; 0: one for each element */
	bool of_stations;   /* a row is a station: `near` sorts the rows by distance */
};

enum {
	PLAN_CHUNK_WEIGHT = 192, /* blocks or rows of statistics: some hundred kilobytes */
	PLAN_CHUNK_ROWS = 24 * 1024,
	PLAN_SHORT_ROWS = 1000 /* need no memory besides the request's */
};

/* A copy of the plugin's selection, in the request's arena. */
struct selection {
	const char *const *stations;
	size_t station_count;        /* 0: all */
	const char *const *elements; /* each once */
	size_t element_count;
	int32_t first_day, last_day;
	uint32_t months;
	bool flags;   /* with flags and times */
	bool flagged; /* values with a quality flag are values */
};

/* Row range. Lifetime: one catalog. All rows are counted by scan. */
struct plan_range {
	enum { PLAN_BEGUN, PLAN_PICKING, PLAN_ADDING_UP, PLAN_READY } stage;
	struct station_picking picking;
	struct scan_sums sums;
	struct arena lists; /* of stations and sums */
	int64_t total;
	int64_t first,
		end; /* of the answer, or, if it is filtered, to be tried: first to end - 1 */
	int64_t show_from; /* filtered: the first row that may be shown */
	struct page_place place;
	/* Filtered, of more rows than a client may have tried: these are counted without those
	 * that the catalog leaves out. */
	bool counts_candidates;
	int64_t candidates, counted_to;
	bool left_out; /* some rows, by what the catalog says of them */
	bool checked;  /* the catalog was the database's newest after the range was begun */
};

/* Chunk: a run of rows that is read and written at a time. */
struct plan_chunk {
	struct arena *arena;    /* of its values: the request's, or own_arena */
	struct arena own_arena; /* emptied with each chunk */
	struct scan_part *parts;
	size_t part_count, parts_written;
	int64_t first_row, next_row; /* of the chunk, and after it */
	int64_t left_out;            /* rows behind its last part */
	size_t reach;                /* parts that are looked at; 0: as many as a chunk has */
};

/* State in which the first rows were sent, when a newer catalog has replaced theirs: the answer
 * continues only if its stations are the same. */
struct plan_sent {
	const struct catalog *catalog; /* held; NULL: no row was sent */
	struct scan scan;
	int64_t next_row;
};

struct plan {
	struct alm_request *request;
	const struct plan_kind *kind;
	struct selection selection;
	const char *calculator; /* name of a statistic; NULL: days */
	uint32_t period;        /* of its rows: ALM_MONTH ...; 0: the longest */
	const struct page_query *query;
	struct answer *answer; /* NULL until a row is written */
	int64_t extra;         /* bytes that the request needs besides */
	size_t part_weight;    /* blocks of a part that are read; 0: as the kind says */
	bool filtered;         /* not every row of the scan is a row of the answer */
	bool rows_reserved;    /* rows to be tried, of the client's share */
	bool answer_ended;     /* answer_send() has it */
	struct fetch version;  /* version check */
	struct fetch_wait wait;
	unsigned tries; /* newer catalogs */
	struct task task;
	void (*go_on)(struct plan *plan); /* called by the task */
	struct scan scan;                 /* of the request's catalog */
	struct plan_range range;
	struct plan_chunk chunk;
	struct plan_sent sent;
};

/* Copies the selection and begins. request, kind, calculator and period are set. Returns 0, or
 * -1 if it has replied. */
int plan_start(struct plan *plan, const struct alm_selection *selection);

/* Memory that it needs at most, once the scan is made (plan_need.c). For plan.c. */
struct client_need plan_need(const struct plan *plan);

/* Notes on what the selection has outside the stored period, NULL-terminated; NULL: it has
 * nothing there (plan_notes.c). For plan.c. */
const char *const *plan_notes(const struct plan *plan);

/* Continues after kind->fetch() with the outcome of its fetch. */
void plan_fetched(struct plan *plan, const struct fetch *fetch, enum pool_outcome outcome,
	const PGresult *result);

#endif

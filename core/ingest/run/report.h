/* Report of an ingestion: as text, as JSON, and for the table ingest_run. */
#ifndef ALMANAC_INGEST_RUN_REPORT_H
#define ALMANAC_INGEST_RUN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/write/transaction.h"

enum {
	REPORT_ITEMS_MAX = 20, /* of each list; the counts are complete */
	REPORT_LINES_MAX = 5   /* rejected lines of one batch */
};

enum report_outcome {
	REPORT_SUCCESS, /* all is stored */
	REPORT_PARTIAL, /* some objects or lines are not */
	REPORT_FAILURE  /* nothing is stored */
};

/* A message about an object or a line of it. */
struct report_item {
	const char *uri, *text, *hint; /* hint "": none */
	int64_t line;                  /* 0: the object */
};

struct report_list {
	struct report_item items[REPORT_ITEMS_MAX];
	size_t held;
	int64_t count;
};

/* Embedded by its owner; all zero is empty. */
struct report {
	enum report_outcome outcome;
	int64_t taken, skipped; /* files; members of archives count, archives do not */
	int64_t lines, observations;
	struct report_list failures;             /* objects */
	struct report_list rejects;              /* lines of which something is rejected */
	int64_t rejected_lines, rejected_values; /* whole lines; values of others */
	struct report_list notes;                /* ignored files and members */
	struct report_list remaining;            /* objects not reached */
	struct transaction_counts stored;
	bool advanced; /* a recomputation of statistics made progress */
	double seconds;
	struct error error; /* that ended the run; "": none */

	struct arena arena; /* owns the texts */
	const char *failed_member;
};

void report_finish(struct report *report);

/* Counts an object with its last batch; of earlier ones the rejected lines are listed. */
void report_batch(struct report *report, const struct batch *batch);

/* Adds an item to a list; the texts are copied. */
void report_add(struct report *report, struct report_list *list, const char *uri, int64_t line,
	const char *text, const char *hint);

/* Sets the outcome from the counts. */
void report_set_outcome(struct report *report);

/* Whether the run ended without any progress, so that a repetition would too. */
bool report_is_stuck(const struct report *report);

const char *report_outcome_name(enum report_outcome outcome);

/* One JSON object without a line end. */
void report_json(const struct report *report, struct buffer *out);

/* Text of several lines. */
void report_text(const struct report *report, struct buffer *out);

#endif

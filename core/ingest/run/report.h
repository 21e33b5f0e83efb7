/* What an ingestion did, for people, programs and the table ingest_run. */
#ifndef ALMANAC_INGEST_RUN_REPORT_H
#define ALMANAC_INGEST_RUN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "ingest/parse/batch.h"
#include "ingest/write/transact.h"

enum {
	REPORT_ITEMS_MAX = 20, /* of each list; the counts tell all */
	REPORT_LINES_MAX = 5   /* of one parcel among the rejects */
};

enum report_outcome {
	REPORT_SUCCESS, /* everything is stored */
	REPORT_PARTIAL, /* some of it is not */
	REPORT_FAILURE  /* nothing is */
};

/* An object, or a line of one, and what there is to say of it. */
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
	int64_t taken, skipped; /* files; those in archives count, the archives do not */
	int64_t lines, observations;
	struct report_list failures;  /* objects */
	struct report_list rejects;   /* lines */
	struct report_list notes;     /* what was not looked at */
	struct report_list remaining; /* objects that were not reached */
	struct transact_counts stored;
	bool advanced; /* statistics were computed anew that had not been */
	double seconds;
	struct error error; /* what ended the run; "": nothing did */

	struct arena arena; /* owns the items' texts */
	const char *failed_member;
};

void report_finish(struct report *report);

/* Counts an object whose fate is decided, with its last parcel; of those before it,
 * the rejected lines are listed. */
void report_batch(struct report *report, const struct batch *batch);

/* Adds to a list; the texts are copied. */
void report_add(struct report *report, struct report_list *list, const char *uri, int64_t line,
	const char *text, const char *hint);

/* Decides the outcome from the rest. */
void report_judge(struct report *report);

/* Whether the run has ended before it got anywhere, so that the next one would end there too.
 */
bool report_is_stuck(const struct report *report);

const char *report_outcome_name(enum report_outcome outcome);

/* One JSON object without a line end. */
void report_json(const struct report *report, struct buffer *out);

/* Several lines. */
void report_text(const struct report *report, struct buffer *out);

#endif

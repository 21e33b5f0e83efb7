/* Writer of blocks: new blocks are copied straight into the table, changed ones through a
 * stage; parts follow. [writer] */
#ifndef ALMANAC_INGEST_STORE_BLOCKS_H
#define ALMANAC_INGEST_STORE_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/changed_days.h"
#include "ingest/store/parts.h"
#include "ingest/store/session.h"
#include "ingest/store/stored.h"

enum { BLOCKS_KEY = 3 /* columns of the key */ };

/* Embedded by its owner, which sets session and run; all else zero is empty. */
struct blocks {
	struct session *session;
	int64_t run_id;
	int64_t count_added, count_changed;
	struct buffer added, changed, parts; /* rows for COPY */
	bool copying;                        /* the COPY of added rows has begun */
	struct array removed[BLOCKS_KEY];    /* blocks without parts */
	struct array moved[BLOCKS_KEY + 1];  /* blocks with the same days and another origin */
	struct array reparted[BLOCKS_KEY];   /* blocks whose parts are replaced */
	struct changed_days days;
};

void blocks_finish(struct blocks *blocks);

/* Stores a block merged from `parts` by parts_merge(). `stored`: the days of its row, NULL if
 * there is none, and `origin` its origin; `by`: the URI of the object that brings the change,
 * or NULL. Returns whether days, values or flags changed, or -1. While new rows are copied the
 * session can run no other statement. */
int blocks_put(struct blocks *blocks, const struct stored_key *key, const struct parts *parts,
	const struct merge_view *view, const struct merge_view *stored, int32_t origin,
	const char *by, struct error *err);

/* Writes the rest. */
int blocks_flush(struct blocks *blocks, struct error *err);

#endif

/* Blocks on their way into the tables: those that were not stored go straight into block,
 * others replace or leave what is there; parts follow. [writer] */
#ifndef ALMANAC_INGEST_STORE_BLOCKS_H
#define ALMANAC_INGEST_STORE_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "ingest/store/array.h"
#include "ingest/store/parts.h"
#include "ingest/store/session.h"
#include "ingest/store/stored.h"

enum { BLOCKS_KEY = 3 /* columns of a key */ };

/* Embedded by its owner, who sets the session; all else zero is empty. */
struct blocks {
	struct session *session;
	int64_t count_added, count_changed;
	struct buffer added, changed, parts; /* rows for COPY */
	bool copying;                        /* the COPY of added rows has begun */
	struct array removed[BLOCKS_KEY];    /* blocks of which nothing is left */
	struct array moved[BLOCKS_KEY + 1];  /* same days, other origins */
	struct array divided[BLOCKS_KEY];    /* blocks whose parts are others */
};

void blocks_finish(struct blocks *blocks);

/* Stores what the parts, as parts_merge() has left them, amount to. `stored` is what the row
 * says, NULL if there is none, and `origin` its origin. Returns whether days, values or flags
 * are others now, or -1. While rows are added the session can do nothing else. */
int blocks_put(struct blocks *blocks, const struct stored_key *key, const struct parts *parts,
	const struct merge_view *view, const struct merge_view *stored, int32_t origin,
	struct error *err);

/* Writes what is left to be written. */
int blocks_flush(struct blocks *blocks, struct error *err);

#endif

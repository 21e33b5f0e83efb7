/* What a running ingestion tells: a bar on a terminal, or a JSON line for each
 * object. */
#ifndef ALMANAC_INGEST_RUN_PROGRESS_H
#define ALMANAC_INGEST_RUN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "ingest/parse/batch.h"
#include "ingest/run/report.h"

struct progress;

enum progress_mode {
	PROGRESS_NONE,
	PROGRESS_BAR, /* on standard error */
	PROGRESS_JSON /* lines on standard output */
};

struct progress *progress_create(enum progress_mode mode);
void progress_destroy(struct progress *progress); /* NULL is fine */

/* Objects and bytes that will be read. */
void progress_start(struct progress *progress, size_t objects, int64_t bytes);

/* [writer] An object's fate is decided. `done`: objects that are finished, of those
 * of progress_start(); lines counts all that were read so far. */
void progress_object(
	struct progress *progress, const struct batch *batch, size_t done, int64_t lines);

/* [writer] Writes out the lines. */
void progress_flush(struct progress *progress);

/* [any] Draws the bar; `bytes` were read so far. */
void progress_draw(struct progress *progress, int64_t bytes);

/* Wipes the bar and writes out what is left. */
void progress_end(struct progress *progress);

#endif

/* Progress of an ingestion: a bar on a terminal, or a JSON line for each object. */
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

/* Starts with the number of objects and bytes to read. */
void progress_start(struct progress *progress, size_t objects, int64_t bytes);

/* Counts a finished object. `done`: finished objects of those of progress_start(); `lines`: all
 * lines read so far. [writer] */
void progress_object(
	struct progress *progress, const struct batch *batch, size_t done, int64_t lines);

/* Writes the buffered lines. [writer] */
void progress_flush(struct progress *progress);

/* Draws the bar; `bytes` were read so far. [any] */
void progress_draw(struct progress *progress, int64_t bytes);

/* Erases the bar and writes the buffered lines. */
void progress_end(struct progress *progress);

#endif

/* A thread beside the ingestion that draws the progress and ends the reading when
 * the time is up or somebody cancels, whatever the others are waiting for. */
#ifndef ALMANAC_INGEST_WATCH_H
#define ALMANAC_INGEST_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct progress;
struct reader;

/* When to stop. [any] thread may look. */
struct watch_limits {
	const atomic_bool *cancel; /* NULL: never */
	int64_t deadline;          /* ms of watch_clock(); 0: none */
	_Atomic int64_t unit;      /* ms that the longest unit of work took so far */
};

/* Monotonic, in ms. */
int64_t watch_clock(void);

/* Whether no more work may begin: cancelled, or there is not the time for it. */
bool watch_is_over(const struct watch_limits *limits);

struct watch;

struct watch *watch_start(const struct watch_limits *limits, struct progress *progress,
	struct reader *reader, struct error *err);

/* Ends the thread. NULL is fine. */
void watch_stop(struct watch *watch);

#endif

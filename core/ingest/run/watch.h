/* A thread beside the ingestion that draws the progress and ends it when the time is up or
 * somebody cancels, whatever the others are waiting for: first what has yet to begin, then, if
 * that does not help, the connection to the database. */
#ifndef ALMANAC_INGEST_RUN_WATCH_H
#define ALMANAC_INGEST_RUN_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct progress;
struct reader;

/* When to stop. [any] thread may look. */
struct watch_limits {
	const atomic_bool *cancel; /* NULL: never */
	int64_t deadline;          /* ms of clock_ms(); 0: none */
	_Atomic int64_t unit;      /* ms that the longest unit of work took so far */
	atomic_bool over; /* set by the watch, for those who can look at a flag alone */
};

/* Whether no more work may begin: cancelled, or there is not the time for it. */
bool watch_is_over(const struct watch_limits *limits);

struct watch;

struct watch *watch_start(
	struct watch_limits *limits, struct progress *progress, struct error *err);

/* The threads that are to be stopped; NULL: none any more. */
void watch_reader(struct watch *watch, struct reader *reader);

/* The socket that is shut down at the deadline, or some seconds after somebody has cancelled,
 * so that nobody waits for an answer; -1: none any more, before it is closed. */
void watch_socket(struct watch *watch, int socket);

/* Ends the thread. NULL is fine. */
void watch_stop(struct watch *watch);

#endif

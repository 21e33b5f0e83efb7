/* Watchdog thread of an ingestion: draws the progress, and stops the run at the deadline or on
 * cancellation, first by flag, then by shutting down the database connection. */
#ifndef ALMANAC_INGEST_RUN_WATCH_H
#define ALMANAC_INGEST_RUN_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct progress;
struct reader;

/* Limits of the run. [any] */
struct watch_limits {
	const atomic_bool *cancel; /* NULL: never */
	int64_t deadline;          /* ms of clock_ms(); 0: none */
	_Atomic int64_t unit;      /* duration in ms of the longest unit of work so far */
	void (*overdue)(void);     /* called again and again from the deadline on, or from some
				    * seconds after a cancellation; NULL: nothing is */
	atomic_bool over;          /* set by the watchdog, for readers of a flag */
};

/* Whether no more work may begin: cancelled, or too little time left. */
bool watch_is_over(const struct watch_limits *limits);

struct watch;

struct watch *watch_start(
	struct watch_limits *limits, struct progress *progress, struct error *err);

/* Sets the reader to be stopped; NULL: none. */
void watch_reader(struct watch *watch, struct reader *reader);

/* Sets the socket to be shut down at the deadline, or some seconds after a cancellation, to
 * abort a wait for an answer; -1: none, set before it is closed. */
void watch_socket(struct watch *watch, int socket);

/* Ends the thread. NULL is fine. */
void watch_stop(struct watch *watch);

#endif

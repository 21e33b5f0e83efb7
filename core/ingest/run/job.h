/* Ingestion job, for the command line, the Lambda function and AWS Batch. */
#ifndef ALMANAC_INGEST_RUN_JOB_H
#define ALMANAC_INGEST_RUN_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/input/shard.h"
#include "ingest/run/report.h"

struct aws;
struct db_target;
struct progress;
struct registry;
struct settings;

/* Everything pointed to must live until job_run() returns. */
struct job_request {
	char *const *uris; /* see objects_expand() */
	size_t uri_count;
	const struct registry *registry;
	const struct settings *settings;
	const struct db_target *target;
	struct aws *aws; /* NULL: no downloads */
	struct shard shard;
	bool exact; /* see struct objects */
	struct progress *progress;
	const atomic_bool *cancel; /* set by [any]; NULL: cannot be cancelled */
	int64_t deadline;          /* clock_ms() by which it should end; 0: none */
	void (*overdue)(void);     /* see struct watch_limits */
};

/* Ingests what the URIs name and fills the report, which is empty before and the caller's to
 * finish. Blocks. Cancelled or out of time it stops between two units of work; a later run
 * continues. */
enum report_outcome job_run(const struct job_request *request, struct report *report);

#endif

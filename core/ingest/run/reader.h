/* Reader: worker threads that take objects from the queue, parse them and push batches. */
#ifndef ALMANAC_INGEST_RUN_READER_H
#define ALMANAC_INGEST_RUN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/input/objects.h"
#include "ingest/run/queue.h"
#include "ingest/store/ledger.h"
#include "plugin/registry.h"

/* See the settings of these names. */
struct reader_config {
	const char *source; /* "": each object is recognised */
	unsigned
		workers; /* 0: one per CPU, at least 4 for downloads; never more than objects */
	size_t memory;   /* bytes that all workers may hold before they push */
	int64_t max_rejects;
	size_t max_line_bytes;
	int64_t max_expanded_bytes; /* bytes */
	int64_t max_expansion;
	int64_t max_spool_bytes; /* of downloads that need a file, and of sorted values */
	bool empty_goes;         /* data of files that are empty now are removed */
	const struct selection *selection; /* NULL: everything */
	struct aws *aws;                   /* NULL: no downloads */
};

struct reader;

/* Starts the threads. `registry`, `objects`, `queue` (created for that many objects) and
 * `ledger` (or NULL) must live until reader_join(). NULL: *err, and no thread runs. */
struct reader *reader_start(const struct reader_config *config, const struct registry *registry,
	const struct objects *objects, struct queue *queue, const struct ledger *ledger,
	struct error *err);

/* Bytes read so far, as stored, of objects->bytes. [any] */
int64_t reader_bytes(const struct reader *reader);

/* Closes the queue and ends the threads soon. [any] */
void reader_stop(struct reader *reader);

/* Waits for the threads, which end with the last object or when the queue is closed. Frees the
 * reader; NULL is fine. */
void reader_join(struct reader *reader);

#endif

/* The reading half of the ingestion: threads that take objects from the queue, read
 * and parse them, and push parcels. */
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

/* The settings of that name say the same. */
struct reader_config {
	const char *source; /* "": each object is recognised */
	unsigned workers;   /* 0: one per CPU, several if objects are fetched; never more than
			     * there   are objects */
	size_t memory;      /* bytes that the workers together may hold before they push */
	int64_t max_rejects;
	size_t max_line_bytes;
	int64_t max_expanded_bytes; /* bytes */
	int64_t max_expansion;
	int64_t max_spool_bytes; /* of what is fetched */
	bool empty_goes;         /* what files brought that are empty now does not stay */
	struct aws *aws;         /* NULL: nothing is to be fetched */
};

struct reader;

/* Starts the threads. `registry`, `objects`, `queue` (made for as many objects) and
 * `ledger` must live until reader_join(); a NULL ledger knows nothing. NULL: *err
 * says why, and no thread runs. */
struct reader *reader_start(const struct reader_config *config, const struct registry *registry,
	const struct objects *objects, struct queue *queue, const struct ledger *ledger,
	struct error *err);

/* Bytes of objects read so far, as they are stored; of objects->bytes. [any] */
int64_t reader_bytes(const struct reader *reader);

/* Closes the queue and makes the threads end soon. [any] */
void reader_stop(struct reader *reader);

/* Waits for the threads, which end after the last object, or once the queue is
 * closed. Frees the reader; NULL is fine. */
void reader_join(struct reader *reader);

#endif

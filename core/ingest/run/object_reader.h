/* Object reader: reads and parses one object, an archive with its members, into batches.
 * [worker] */
#ifndef ALMANAC_INGEST_RUN_OBJECT_READER_H
#define ALMANAC_INGEST_RUN_OBJECT_READER_H

#include <stddef.h>

struct aws;

#include "ingest/input/objects.h"
#include "ingest/input/stream.h"
#include "ingest/input/unpack.h"
#include "ingest/parse/feed.h"
#include "ingest/run/queue.h"
#include "ingest/store/ledger.h"
#include "plugin/registry.h"

/* Must live as long as the reader. */
struct object_reader_config {
	const struct registry *registry;
	const struct plugin_source *source; /* for every object; NULL: each is recognised */
	const struct ledger *ledger;        /* NULL: nothing is known */
	const char *archive_version;        /* version of all sources together */
	const char *empty_version;          /* version of the handling of empty files */
	struct aws *aws;                    /* NULL: all objects are local */
	struct shard shard;                 /* for objects that all shards read */
	size_t longest_line;
	struct feed_limits feed;
	struct expansion_limits unpack;
};

struct object_reader;

struct object_reader *object_reader_create(
	const struct object_reader_config *config, struct queue *queue, struct stream_run *run);
void object_reader_destroy(struct object_reader *reader); /* NULL is fine */

/* Pushes the batches of object `number`: those of an archive's members, then its own; at least
 * one, unless the queue is closed. */
void object_reader_read(
	struct object_reader *reader, const struct object *object, size_t number);

#endif

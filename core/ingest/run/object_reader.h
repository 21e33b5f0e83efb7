/* One object, from its bytes to its last parcel. [worker] */
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

/* Must live as long as what is made with it. */
struct object_reader_config {
	const struct registry *registry;
	const struct plugin_source *source; /* reads everything; NULL: each is recognised */
	const struct ledger *ledger;        /* NULL: nothing was taken in yet */
	const char *archive_version;        /* of the sources together */
	const char *empty_version;          /* of reading files that are empty */
	struct aws *aws;                    /* NULL: every object is on this machine */
	struct shard shard;                 /* of objects that are shared */
	size_t longest_line;
	struct feed_limits feed;
	struct expansion_limits unpack;
};

struct object_reader;

struct object_reader *object_reader_create(
	const struct object_reader_config *config, struct queue *queue, struct stream_run *run);
void object_reader_destroy(struct object_reader *take); /* NULL is fine */

/* Pushes the parcels of object number `turn`: those of an archive's members, then
 * its own; at least one in any case, unless the queue is closed. */
void object_reader_object(struct object_reader *take, const struct object *object, size_t turn);

#endif

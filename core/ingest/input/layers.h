/* The compressions around an object's content, one in another: "x.tar.gz" has one of them. What
 * each of them gives is counted, whoever reads it: eight megabytes may hold eight gigabytes of
 * which the next one makes nothing at all. [worker] */
#ifndef ALMANAC_INGEST_INPUT_LAYERS_H
#define ALMANAC_INGEST_INPUT_LAYERS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/input/stream.h"

/* What an object may expand to. */
struct expansion_limits {
	int64_t bytes;     /* after decompression */
	int64_t expansion; /* times its size, once past 64 MiB */
};

/* -1 if that many bytes, out of what was read of the stream, are too many. */
int expansion_check(const struct expansion_limits *limits, const struct stream *stream,
	int64_t bytes, struct error *err);

struct layers;

/* Looks at what the stream begins with, and at what that begins with. NULL: *err. */
struct layers *layers_open(
	struct stream *stream, const struct expansion_limits *limits, struct error *err);
void layers_close(struct layers *layers); /* NULL is fine; the stream stays open */

/* How many there are; 0: the stream is not compressed. */
unsigned layers_count(const struct layers *layers);

/* What magic_name() says of the content; NULL: nothing. */
const char *layers_magic(const struct layers *layers);

/* Bytes of the content. `arg` is a struct layers (see lines_read_fn). */
ssize_t layers_read(void *arg, char *to, size_t room, struct error *err);

#endif

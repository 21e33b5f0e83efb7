/* Nested compressions around the content of an object: "x.tar.gz" has one. The output of each
 * is limited: 8 MiB may expand to 8 GiB of which the next layer makes nothing. [worker] */
#ifndef ALMANAC_INGEST_INPUT_LAYERS_H
#define ALMANAC_INGEST_INPUT_LAYERS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/input/stream.h"

/* Limits of expansion. */
struct expansion_limits {
	int64_t bytes;     /* after decompression */
	int64_t expansion; /* factor of the size, above 64 MiB */
};

/* -1 if `bytes`, from the part of the stream that was read, exceed a limit. */
int expansion_check(const struct expansion_limits *limits, const struct stream *stream,
	int64_t bytes, struct error *err);

struct layers;

/* Identifies the layers by the first bytes of each. NULL: *err. */
struct layers *layers_open(
	struct stream *stream, const struct expansion_limits *limits, struct error *err);
void layers_close(struct layers *layers); /* NULL is fine; the stream stays open */

/* Number of layers; 0: the stream is not compressed. */
unsigned layers_count(const struct layers *layers);

/* magic_name() of the content; NULL: unknown. */
const char *layers_magic(const struct layers *layers);

/* Reads bytes of the content. `arg` is a struct layers (see lines_read_fn). */
ssize_t layers_read(void *arg, char *to, size_t room, struct error *err);

#endif

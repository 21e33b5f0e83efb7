/* Decompression of gzip, bzip2, xz, zstd, LZ4 and compress. libarchive ignores checksums of
 * gzip and ends silently at a damaged second stream of bzip2 or LZ4, so that values would be
 * wrong or missing: here every byte of the input must be valid. [worker] */
#ifndef ALMANAC_INGEST_INPUT_DECODE_H
#define ALMANAC_INGEST_INPUT_DECODE_H

#include <stdbool.h>

#include "base/error.h"
#include "ingest/input/lines.h"

struct decode;

/* Whether a name of magic_name() is a compression, not an archive. */
bool decode_knows(const char *name);

/* Creates a decoder that reads compressed bytes by `read`. */
struct decode *decode_create(const char *name, lines_read_fn *read, void *arg);
void decode_destroy(struct decode *decode); /* NULL is fine */

/* Reads decompressed bytes; `arg` is a struct decode (see lines_read_fn). Concatenated members
 * are read as one. */
ssize_t decode_read(void *arg, char *to, size_t room, struct error *err);

#endif

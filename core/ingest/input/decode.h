/* Compressed bytes to bytes. libarchive, which knows the same formats, passes over check sums
 * of gzip, and ends without a word where a second stream of bzip2 or LZ4 does not begin as it
 * should: numbers would be wrong, and days missing. Here every byte of the input has to belong
 * to something. [worker] */
#ifndef ALMANAC_INGEST_INPUT_DECODE_H
#define ALMANAC_INGEST_INPUT_DECODE_H

#include <stdbool.h>

#include "base/error.h"
#include "ingest/input/lines.h"

struct decode;

/* Whether what magic_name() calls so is compressed (and no archive). */
bool decode_knows(const char *name);

/* Reads compressed bytes from `read`. */
struct decode *decode_create(const char *name, lines_read_fn *read, void *arg);
void decode_destroy(struct decode *decode); /* NULL is fine */

/* `arg` is a struct decode (see lines_read_fn). Several members one after another are read as
 * one. */
ssize_t decode_read(void *arg, char *to, size_t room, struct error *err);

#endif

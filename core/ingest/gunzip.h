/* gzip (RFC 1952) to bytes, with its check sums verified: libarchive 3.6 passes
 * them over, and a flipped bit would become a wrong number. [worker] */
#ifndef ALMANAC_INGEST_GUNZIP_H
#define ALMANAC_INGEST_GUNZIP_H

#include "base/error.h"
#include "ingest/lines.h"

struct gunzip;

/* Reads compressed bytes from `read`. */
struct gunzip *gunzip_create(lines_read_fn *read, void *arg);
void gunzip_destroy(struct gunzip *gunzip); /* NULL is fine */

/* `arg` is a struct gunzip (see lines_read_fn). Several gzip members one after
 * another are read as one, as gzip does. */
ssize_t gunzip_read(void *arg, char *to, size_t room, struct error *err);

#endif

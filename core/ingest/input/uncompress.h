/* What compress(1) made (.Z), by libarchive. It has no check sum, and no mark where it ends:
 * that it is cut off cannot be told. [worker] */
#ifndef ALMANAC_INGEST_INPUT_UNCOMPRESS_H
#define ALMANAC_INGEST_INPUT_UNCOMPRESS_H

#include "base/error.h"
#include "ingest/input/lines.h"

struct uncompress;

struct uncompress *uncompress_create(lines_read_fn *read, void *arg);
void uncompress_destroy(struct uncompress *uncompress); /* NULL is fine */

ssize_t uncompress_read(
	struct uncompress *uncompress, char *to, size_t room, struct error *err);

#endif

/* What a file is by its first bytes, whatever its name says. */
#ifndef ALMANAC_INGEST_INPUT_MAGIC_H
#define ALMANAC_INGEST_INPUT_MAGIC_H

#include <stddef.h>

/* "gzip", "zip", "tar" and the like for what must be unpacked before it can be read
 * as lines; NULL for everything else. */
const char *magic_name(const char *head, size_t length);

#endif

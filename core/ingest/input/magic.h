/* File formats by magic number, whatever the name. */
#ifndef ALMANAC_INGEST_INPUT_MAGIC_H
#define ALMANAC_INGEST_INPUT_MAGIC_H

#include <stddef.h>

/* The format of an archive or a compression, "gzip", "zip", "tar" and the like; NULL: any
 * other. */
const char *magic_name(const char *head, size_t length);

#endif

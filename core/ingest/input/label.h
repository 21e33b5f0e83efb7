/* Names of objects and of what is in archives as texts that tell them apart: they are keys of
 * the ledger, whose index holds 2,704 bytes of one. */
#ifndef ALMANAC_INGEST_INPUT_LABEL_H
#define ALMANAC_INGEST_INPUT_LABEL_H

#include <stddef.h>

enum {
	LABEL_URI_MAX = 1536, /* bytes of an object's URI, with a NUL */
	LABEL_PATH_MAX = 1024 /* and of a path in it, with a NUL; "URI!path" fits as well */
};

/* Writes what can be shown of a path (see utf8_show()) in at most `room` bytes, more than
 * LABEL_DIGEST_MAX. Of one that is longer the end is left out, for a digest of all of it. */
enum { LABEL_DIGEST_MAX = 64 };
void label_write(char *to, size_t room, const char *path);

#endif

/* Labels: names of objects and members as unique texts. They are keys of the ledger, whose
 * index allows 2,704 bytes. */
#ifndef ALMANAC_INGEST_INPUT_LABEL_H
#define ALMANAC_INGEST_INPUT_LABEL_H

#include <stddef.h>

enum {
	LABEL_URI_MAX = 1536, /* bytes of an URI, with NUL */
	LABEL_PATH_MAX = 1024 /* bytes of a path in an archive, with NUL; "URI!path" fits too */
};

/* Writes a path as UTF-8 (see utf8_show()) in at most `room` bytes, more than LABEL_DIGEST_MAX.
 * The end of a longer one is replaced by a digest of the whole. */
enum { LABEL_DIGEST_MAX = 64 };
void label_write(char *to, size_t room, const char *path);

#endif

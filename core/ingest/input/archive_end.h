/* Whether an archive ends as its format says. libarchive takes a tar that is cut between two
 * files for a whole one, and leaves alone what is behind the end. [worker] */
#ifndef ALMANAC_INGEST_INPUT_ARCHIVE_END_H
#define ALMANAC_INGEST_INPUT_ARCHIVE_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the last bytes have to hold at most: a zip's end record with the longest comment, and
 * before it zip64's with its locator. */
enum { ARCHIVE_TAIL = 56 + 20 + 22 + 65535 };

/* The bytes in the order in which they are. Embedded by its owner; zero at first. */
struct archive_end {
	int64_t length;   /* bytes so far */
	int64_t blank;    /* where the zeros at the end begin */
	bool keeps_tail;  /* set by the owner: it is a zip */
	char *tail;       /* the last bytes, up to twice ARCHIVE_TAIL of them */
	size_t tail_used; /* 0 and NULL at first */
};

void archive_end_add(struct archive_end *end, const char *bytes, size_t length);
void archive_end_finish(struct archive_end *end);

/* `mark` is where the reader of the tar found its end. POSIX has two blocks of zeros there; one
 * is enough to know that no file is missing. */
int archive_end_tar(const struct archive_end *end, int64_t mark, struct error *err);

/* `files` were found, in no order. */
int archive_end_zip(const struct archive_end *end, int64_t files, struct error *err);

#endif

/* The files in an archive (libarchive; tar and zip) or a compressed file, whatever compressions
 * are around them (see layers.h). Nothing is written to disk, so that paths in an archive are
 * labels only, whatever they are. [worker] */
#ifndef ALMANAC_INGEST_INPUT_UNPACK_H
#define ALMANAC_INGEST_INPUT_UNPACK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/input/layers.h"
#include "ingest/input/stream.h"

enum {
	UNPACK_MEMBERS_MAX = 1000000 /* of one archive, directories included */
};

enum unpack_kind {
	UNPACK_FILE,
	UNPACK_ALONE,   /* a file that was compressed and is in no archive; the only member */
	UNPACK_HIDDEN,  /* a name that begins with a dot, as archivers add them */
	UNPACK_SPECIAL, /* a link or a device */
	UNPACK_ENCRYPTED
};

/* Good until the next call. */
struct unpack_member {
	const char *label; /* the path as UTF-8, of LABEL_PATH_MAX bytes at most */
	const char *name;  /* its last part, as bytes */
	enum unpack_kind kind;
};

struct unpack;

/* `name` is the object's; UNPACK_ALONE has it too, without the suffix of the
 * compression. What is found out to be corrupt late, as with the check sum at the end
 * of a .tar.gz, does not undo members that were read before. */
struct unpack *unpack_open(struct stream *stream, const char *name,
	const struct expansion_limits *limits, struct error *err);
void unpack_close(struct unpack *unpack); /* NULL is fine; the stream stays open */

/* Returns 1 with the next member that is no directory, 0 after the last one, -1 if
 * the rest cannot be read. */
int unpack_next(struct unpack *unpack, struct unpack_member *member, struct error *err);

/* Bytes of the current member. `arg` is a struct unpack (see lines_read_fn). */
ssize_t unpack_read(void *arg, char *to, size_t room, struct error *err);

/* Writes digest (see digest_write()) and size: of the bytes that were read of the
 * current member or, if it is alone, of the object as it is stored. */
int unpack_digest(void *arg, char *to, int64_t *size, struct error *err);

#endif

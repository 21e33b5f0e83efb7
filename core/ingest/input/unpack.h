/* Unpacking: files of an archive (libarchive; tar and zip), or a compressed file, inside any
 * compressions (see layers.h). Nothing is written to disk: paths are labels only. [worker] */
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
	UNPACK_SINGLE,  /* the content of a compressed file, the only member */
	UNPACK_HIDDEN,  /* name with a leading dot, as archivers add them */
	UNPACK_SPECIAL, /* a link or a device */
	UNPACK_ENCRYPTED
};

/* Valid until the next call. */
struct unpack_member {
	const char *label; /* path as UTF-8, of LABEL_PATH_MAX bytes at most */
	const char *name;  /* file name, as bytes */
	enum unpack_kind kind;
};

struct unpack;

/* `name`: the object's; without the suffix of the compression it is that of UNPACK_SINGLE.
 * Damage found late, as by the checksum of a .tar.gz, does not undo earlier members. */
struct unpack *unpack_open(struct stream *stream, const char *name,
	const struct expansion_limits *limits, struct error *err);
void unpack_close(struct unpack *unpack); /* NULL is fine; the stream stays open */

/* Returns 1 with the next member that is no directory, 0 at the end, -1 if the rest cannot be
 * read. */
int unpack_next(struct unpack *unpack, struct unpack_member *member, struct error *err);

/* Reads bytes of the current member. `arg` is a struct unpack (see lines_read_fn). */
ssize_t unpack_read(void *arg, char *to, size_t room, struct error *err);

/* Writes digest (see digest_write()) and size: of the bytes read of the member or, for
 * UNPACK_SINGLE, of the stored object. */
int unpack_digest(void *arg, char *to, int64_t *size, struct error *err);

#endif

/* The bytes of an object as they are stored: a file or standard input. [worker] */
#ifndef ALMANAC_INGEST_INPUT_STREAM_H
#define ALMANAC_INGEST_INPUT_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "ingest/input/objects.h"

enum { STREAM_HEAD = 4096 };

/* What all streams of a run share. */
struct stream_run {
	atomic_bool stop;           /* set by [any]: reads fail from now on */
	_Atomic int64_t bytes_read; /* for the progress */
	int64_t spool_max;          /* bytes of an object that may be kept on disk to be read */
};

struct stream;

/* NULL: *err says why, without the object's name. `downloader` fetches what is not here, one
 * stream at a time; it may be NULL if nothing has to be. */
struct downloader;
struct stream *stream_open(const struct object *object, struct stream_run *run,
	struct downloader *downloader, struct error *err);
void stream_close(struct stream *stream); /* NULL is fine */

/* The first STREAM_HEAD bytes, or all if there are fewer. */
const char *stream_head(const struct stream *stream, size_t *length);

/* Bytes of a file or of what is fetched; -1: standard input. */
int64_t stream_size(const struct stream *stream);

/* The entity tag of what is read, which is not always what was looked at before; "": none that
 * it could be known by. */
const char *stream_etag(const struct stream *stream);

/* Bytes up to which it was read. */
int64_t stream_offset(const struct stream *stream);

/* Reads up to `room` bytes; 0 at the end, -1 on error. `arg` is a struct stream
 * (see lines_read_fn). */
ssize_t stream_read(void *arg, char *to, size_t room, struct error *err);

/* Whether reading it once more costs little: it is on this machine. */
bool stream_is_near(const struct stream *stream);

/* Goes to a byte; not of standard input. */
void stream_seek(struct stream *stream, int64_t offset);

/* Writes the digest of all bytes (see digest_write()), reading those that were not
 * read yet; afterwards a file can be read on as before, standard input is at its
 * end. Fails also if the file is no longer what was opened. */
int stream_digest(void *arg, char *to, int64_t *size, struct error *err);

#endif

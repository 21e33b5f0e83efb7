/* Streams: the stored bytes of an object, a local file, standard input or a download. [worker]
 */
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

/* State shared by all streams of a run. */
struct stream_run {
	atomic_bool stop;           /* set by [any]: reads fail */
	_Atomic int64_t bytes_read; /* for the progress */
	int64_t spool_max;          /* bytes of a spooled download at most */
};

struct stream;

/* NULL: *err, without the object's name. `downloader` downloads, one stream at a time; NULL if
 * all objects are local. */
struct downloader;
struct stream *stream_open(const struct object *object, struct stream_run *run,
	struct downloader *downloader, struct error *err);
void stream_close(struct stream *stream); /* NULL is fine */

/* The first STREAM_HEAD bytes, or all if there are fewer. */
const char *stream_head(const struct stream *stream, size_t *length);

/* Size in bytes; -1: standard input. */
int64_t stream_size(const struct stream *stream);

/* The entity tag of the bytes read, which may differ from the listed one; "": none. */
const char *stream_etag(const struct stream *stream);

/* Offset of the next read. */
int64_t stream_offset(const struct stream *stream);

/* Reads up to `room` bytes; 0 at the end, -1 on error. `arg` is a struct stream (see
 * lines_read_fn). */
ssize_t stream_read(void *arg, char *to, size_t room, struct error *err);

/* Whether reading again is cheap: a local file. */
bool stream_is_near(const struct stream *stream);

/* Sets the offset; not of standard input. */
void stream_seek(struct stream *stream, int64_t offset);

/* Writes the digest of all bytes (see digest_write()), reading the rest; afterwards a file
 * continues where it was, standard input is at its end. Fails also if the file changed since it
 * was opened. */
int stream_digest(void *arg, char *to, int64_t *size, struct error *err);

#endif

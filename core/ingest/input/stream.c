#include "ingest/input/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/download.h"
#include "base/memory.h"
#include "ingest/input/digest.h"

enum {
	CHUNK = 128 * 1024, /* bytes of reads for the digest only */
	POLL_MS = 200       /* latency of a stop while standard input is silent */
};

struct stream {
	int fd;
	bool seekable;
	struct stat status; /* at the time of opening */
	struct download_source source;
	struct download *download;    /* NULL: a local file, `fd` */
	char etag[DOWNLOAD_ETAG_MAX]; /* of the bytes read; "": none */
	struct stream_run *run;
	int64_t offset;     /* of the next stream_read() */
	int64_t digest_end; /* the digest covers the bytes before */
	struct digest *digest;
	char head[STREAM_HEAD];
	size_t head_length;
};

/* Waits for input or a stop. */
static int wait_input(const struct stream *stream, struct error *err)
{
	struct pollfd pollfd = { .fd = stream->fd, .events = POLLIN };

	for (;;) {
		if (atomic_load_explicit(&stream->run->stop, memory_order_relaxed)) {
			return error_set(err, "interrupted");
		}
		if (stream->seekable || poll(&pollfd, 1, POLL_MS) != 0) {
			return 0;
		}
	}
}

static ssize_t fail_read(struct error *err)
{
	return error_set(err, "it cannot be read: %s", strerror(errno));
}

/* Downloads the whole object to a file. */
static int open_spooled(struct stream *stream, struct error *err)
{
	download_close(stream->download);
	stream->download = NULL;
	stream->fd = download_spool(&stream->source, &stream->run->stop, stream->etag, err);
	if (stream->fd < 0) {
		return -1;
	}
	return fstat(stream->fd, &stream->status) < 0 ? (int)fail_read(err) : 0;
}

/* Whether the file begins with the bytes read so far. */
static bool begins_as_read(const struct stream *stream)
{
	char *chunk = memory_resize(NULL, CHUNK, 1);
	char before[DIGEST_TEXT + 1], now[DIGEST_TEXT + 1];
	struct digest *digest = digest_create();
	int64_t offset = 0;
	ssize_t n = 1;

	while (n > 0 && offset < stream->digest_end) {
		int64_t left = stream->digest_end - offset;

		n = pread(
			stream->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, (off_t)offset);
		if (n > 0) {
			digest_add(digest, chunk, (size_t)n);
			offset += n;
		}
	}
	digest_write(stream->digest, before);
	digest_write(digest, now);
	digest_destroy(digest);
	free(chunk);
	return strcmp(before, now) == 0;
}

/* Continues with a spooled file, if the server ignored ranges after the first: the file must
 * begin with the bytes already passed on. */
static int switch_to_spooled(struct stream *stream, struct error *err)
{
	if (stream->source.s3 || !download_is_contradicted(stream->download) ||
		stream->offset != stream->digest_end) {
		return -1;
	}
	*err = (struct error){ 0 };
	if (open_spooled(stream, err) < 0) {
		return -1;
	}
	if (!begins_as_read(stream)) {
		error_set(err, "it was changed while it was read");
		return error_hint(err, "read it again when it is complete");
	}
	return 0;
}

/* One read at an offset; standard input is read where it is. */
static ssize_t read_at(
	const struct stream *stream, char *to, size_t room, int64_t offset, struct error *err)
{
	ssize_t n;

	do {
		if (wait_input(stream, err) < 0) {
			return -1;
		}
		if (stream->download != NULL) {
			return download_read(stream->download, to, room, offset, err);
		}
		n = stream->seekable ? pread(stream->fd, to, room, (off_t)offset)
				     : read(stream->fd, to, room);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? fail_read(err) : n;
}

static int read_head(struct stream *stream, struct error *err)
{
	ssize_t n = 1;

	while (n > 0 && stream->head_length < STREAM_HEAD) {
		n = read_at(stream, stream->head + stream->head_length,
			STREAM_HEAD - stream->head_length, (int64_t)stream->head_length, err);
		if (n < 0) {
			return -1;
		}
		stream->head_length += (size_t)n;
	}
	return 0;
}

/* Opens a URL, by ranges if the server supports them. */
static int open_url(struct stream *stream, const struct object *object,
	struct downloader *downloader, struct error *err)
{
	stream->seekable = true;
	stream->source = (struct download_source){ .url = object->url,
		.etag = object->etag,
		.region = object->region,
		.s3 = object->s3,
		.size = object->size,
		.spool_max = stream->run->spool_max };
	if (object->whole) {
		return open_spooled(stream, err);
	}
	snprintf(stream->etag, sizeof(stream->etag), "%s", stream->source.etag);
	stream->download = download_open(downloader, &stream->source);
	if (read_head(stream, err) == 0) {
		return 0;
	}
	if (object->s3 || !download_is_contradicted(stream->download)) {
		return -1;
	}
	stream->head_length = 0;
	*err = (struct error){ 0 };
	return open_spooled(stream, err);
}

static int open_object(struct stream *stream, const struct object *object,
	struct downloader *downloader, struct error *err)
{
	if (object->failure != NULL) {
		return error_set(err, "%s", object->failure);
	}
	if (object->url != NULL) {
		if (open_url(stream, object, downloader, err) < 0) {
			return -1;
		}
	} else if (object->path != NULL) {
		stream->seekable = true;
		stream->fd = open(object->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else {
		stream->fd = STDIN_FILENO;
	}
	if (stream->download != NULL) {
		return 0; /* the head was read */
	}
	if (stream->fd < 0 || fstat(stream->fd, &stream->status) < 0) {
		return (int)fail_read(err);
	}
	if (stream->seekable && !S_ISREG(stream->status.st_mode)) {
		return error_set(err, "it is no regular file");
	}
	return read_head(stream, err);
}

struct stream *stream_open(const struct object *object, struct stream_run *run,
	struct downloader *downloader, struct error *err)
{
	struct stream *stream = memory_new(struct stream);

	stream->fd = -1;
	stream->run = run;
	stream->digest = digest_create();
	if (open_object(stream, object, downloader, err) < 0) {
		stream_close(stream);
		return NULL;
	}
	return stream;
}

void stream_close(struct stream *stream)
{
	if (stream == NULL) {
		return;
	}
	if (stream->seekable && stream->fd >= 0) {
		close(stream->fd);
	}
	download_close(stream->download);
	digest_destroy(stream->digest);
	free(stream);
}

const char *stream_head(const struct stream *stream, size_t *length)
{
	*length = stream->head_length;
	return stream->head;
}

int64_t stream_size(const struct stream *stream)
{
	if (stream->download != NULL) {
		return stream->source.size;
	}
	return stream->seekable ? (int64_t)stream->status.st_size : -1;
}

const char *stream_etag(const struct stream *stream)
{
	return stream->etag;
}

bool stream_is_near(const struct stream *stream)
{
	return stream->seekable && stream->download == NULL;
}

int64_t stream_offset(const struct stream *stream)
{
	return stream->offset;
}

ssize_t stream_read(void *arg, char *to, size_t room, struct error *err)
{
	struct stream *stream = arg;
	ssize_t n;

	if (!stream->seekable && stream->offset < (int64_t)stream->head_length) {
		size_t left = stream->head_length - (size_t)stream->offset;

		n = (ssize_t)(left < room ? left : room);
		memcpy(to, stream->head + stream->offset, (size_t)n);
	} else {
		n = read_at(stream, to, room, stream->offset, err);
	}
	if (n < 0 && stream->download != NULL && switch_to_spooled(stream, err) == 0) {
		n = read_at(stream, to, room, stream->offset, err);
	}
	if (n <= 0) {
		return n;
	}
	if (stream->offset == stream->digest_end) {
		digest_add(stream->digest, to, (size_t)n);
		stream->digest_end += n;
	}
	stream->offset += n;
	atomic_fetch_add_explicit(&stream->run->bytes_read, n, memory_order_relaxed);
	return n;
}

void stream_seek(struct stream *stream, int64_t offset)
{
	stream->offset = offset;
}

static int check_unchanged(const struct stream *stream, struct error *err)
{
	const struct stat *then = &stream->status;
	struct stat now;

	if (stream->download != NULL) {
		return 0; /* every range was checked */
	}
	if (fstat(stream->fd, &now) < 0) {
		return (int)fail_read(err);
	}
	if (now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != then->st_mtim.tv_nsec ||
		stream->digest_end != (int64_t)then->st_size) {
		error_set(err, "it was changed while it was read");
		return error_hint(err, "read it again when it is complete");
	}
	return 0;
}

/* Reads the bytes behind the end of the digest. */
static int digest_rest(struct stream *stream, struct error *err)
{
	char *chunk = memory_resize(NULL, CHUNK, 1);
	int64_t offset = stream->offset;
	ssize_t n;

	stream->offset = stream->digest_end;
	do {
		n = stream_read(stream, chunk, CHUNK, err);
	} while (n > 0);
	if (stream->seekable) {
		stream->offset = offset;
	}
	free(chunk);
	return n < 0 ? -1 : 0;
}

int stream_digest(void *arg, char *to, int64_t *size, struct error *err)
{
	struct stream *stream = arg;

	if (stream->digest_end < stream_size(stream) || !stream->seekable) {
		if (digest_rest(stream, err) < 0) {
			return -1;
		}
	}
	if (stream->seekable && check_unchanged(stream, err) < 0) {
		return -1;
	}
	digest_write(stream->digest, to);
	*size = stream->digest_end;
	return 0;
}

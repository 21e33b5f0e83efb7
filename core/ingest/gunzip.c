#include "ingest/gunzip.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

enum {
	CHUNK = 64 * 1024,
	GZIP_ONLY = 15 + 16 /* inflateInit2(): largest window, gzip header and trailer */
};

struct gunzip {
	lines_read_fn *read;
	void *arg;
	z_stream stream;
	bool between; /* a member is complete, the next one has not begun */
	bool ended;   /* nothing more to read */
	char chunk[CHUNK];
};

struct gunzip *gunzip_create(lines_read_fn *read, void *arg)
{
	struct gunzip *gunzip = memory_new(struct gunzip);

	gunzip->read = read;
	gunzip->arg = arg;
	if (inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
		abort(); /* out of memory, as memory_array() does */
	}
	return gunzip;
}

void gunzip_destroy(struct gunzip *gunzip)
{
	if (gunzip != NULL) {
		inflateEnd(&gunzip->stream);
		free(gunzip);
	}
}

/* Sees to it that there is input, unless it has ended. */
static int fill(struct gunzip *gunzip, struct error *err)
{
	ssize_t n;

	if (gunzip->stream.avail_in > 0 || gunzip->ended) {
		return 0;
	}
	n = gunzip->read(gunzip->arg, gunzip->chunk, CHUNK, err);
	if (n < 0) {
		return -1;
	}
	gunzip->ended = n == 0;
	gunzip->stream.next_in = (Bytef *)gunzip->chunk;
	gunzip->stream.avail_in = (uInt)n;
	return 0;
}

/* Skips the zeros that pad some files. Returns 1 if another member follows. */
static int next_member(struct gunzip *gunzip, struct error *err)
{
	z_stream *stream = &gunzip->stream;

	for (;;) {
		while (stream->avail_in > 0 && *stream->next_in == 0) {
			stream->next_in++;
			stream->avail_in--;
		}
		if (stream->avail_in > 0) {
			inflateReset(stream);
			gunzip->between = false;
			return 1;
		}
		if (gunzip->ended) {
			return 0;
		}
		if (fill(gunzip, err) < 0) {
			return -1;
		}
	}
}

ssize_t gunzip_read(void *arg, char *to, size_t room, struct error *err)
{
	struct gunzip *gunzip = arg;
	z_stream *stream = &gunzip->stream;
	uInt wanted = room < INT_MAX ? (uInt)room : INT_MAX;

	stream->next_out = (Bytef *)to;
	stream->avail_out = wanted;
	while (stream->avail_out == wanted) {
		int result = gunzip->between ? next_member(gunzip, err) : 1;

		if (result <= 0) {
			return result;
		}
		if (fill(gunzip, err) < 0) {
			return -1;
		}
		if (gunzip->ended && stream->avail_in == 0) {
			return error_set(
				err, "the gzip data end too early: the file is truncated");
		}
		result = inflate(stream, Z_NO_FLUSH);
		gunzip->between = result == Z_STREAM_END;
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
			return error_set(err, "the gzip data are corrupt: %s",
				stream->msg != NULL ? stream->msg : zError(result));
		}
	}
	return (ssize_t)(wanted - stream->avail_out);
}

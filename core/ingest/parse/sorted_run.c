#include "ingest/parse/sorted_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/memory.h"

enum {
	FRAME = 2048, /* records compressed together */
	LEVEL = 1,    /* of compression: the disk is faster than a higher one */
	MEBI = 1024 * 1024,
	FRAME_BYTES = FRAME * sizeof(struct record)
};

/* Precedes each frame. */
struct frame_head {
	uint32_t records, bytes;
};

struct sorted_run {
	int fd;
	struct run_space *space;
	int64_t size;   /* bytes of the file */
	int64_t offset; /* of the next frame to read */
	ZSTD_CCtx *compressor;
	struct record *frame; /* being filled, or read last */
	size_t held;
	unsigned char *planes; /* the frame by bytes: equal ones beside each other */
	unsigned char *packed; /* head and frame, compressed */
	size_t packed_room;
};

static const char *find_directory(void)
{
	const char *directory = getenv("TMPDIR");

	return directory != NULL && directory[0] != '\0' ? directory : "/tmp";
}

struct sorted_run *sorted_run_create(struct run_space *space, struct error *err)
{
	const char *directory = find_directory();
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct sorted_run *run;

	if (fd < 0) {
		error_set(err, "no file can be made in '%s': %s", directory, strerror(errno));
		error_hint(err,
			"its values are not in the order of stations, so they have to be "
			"sorted there; name another directory in TMPDIR");
		return NULL;
	}
	run = memory_new(struct sorted_run);
	run->fd = fd;
	run->space = space;
	run->frame = memory_array(FRAME, sizeof(*run->frame));
	run->planes = memory_array(1, FRAME_BYTES);
	run->packed_room = sizeof(struct frame_head) + ZSTD_compressBound(FRAME_BYTES);
	run->packed = memory_array(1, run->packed_room);
	run->compressor = ZSTD_createCCtx();
	return run;
}

void sorted_run_destroy(struct sorted_run *run)
{
	if (run != NULL) {
		run->space->used -= run->size;
		close(run->fd);
		ZSTD_freeCCtx(run->compressor);
		free(run->frame);
		free(run->planes);
		free(run->packed);
		free(run);
	}
}

/* -- Frames --------------------------------------------------------------- */

/* Writes byte `i` of all records to plane `i`; keys as their distance from the one before. */
static void split(const struct record *records, size_t count, unsigned char *planes)
{
	uint64_t before = 0;

	for (size_t i = 0; i < count; i++) {
		struct record record = records[i];
		const uint64_t place = record_place(&record);
		unsigned char bytes[sizeof(record)];

		record.key = (place - before) << RECORD_FLAG_BITS | (record.key & 0xFF);
		before = place;
		memcpy(bytes, &record, sizeof(record));
		for (size_t k = 0; k < sizeof(record); k++) {
			planes[k * count + i] = bytes[k];
		}
	}
}

static void join(const unsigned char *planes, size_t count, struct record *records)
{
	uint64_t before = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned char bytes[sizeof(*records)];

		for (size_t k = 0; k < sizeof(*records); k++) {
			bytes[k] = planes[k * count + i];
		}
		memcpy(&records[i], bytes, sizeof(*records));
		before += record_place(&records[i]);
		records[i].key = before << RECORD_FLAG_BITS | (records[i].key & 0xFF);
	}
}

static int fail_write(struct error *err)
{
	error_set(err, "its values cannot be sorted in '%s': %s", find_directory(),
		strerror(errno));
	return error_hint(err, "make room, or name another directory in TMPDIR");
}

static int write_all(struct sorted_run *run, size_t length, struct error *err)
{
	size_t done = 0;

	if (run->space->used + (int64_t)length > run->space->limit) {
		error_set(err,
			"its values are not in the order of stations, and sorting them takes more "
			"than %lld MiB in '%s'",
			(long long)(run->space->limit / MEBI), find_directory());
		return error_hint(err,
			"if there is room for it, raise --max-spool-mib; or name "
			"another directory in TMPDIR");
	}
	while (done < length) {
		ssize_t n = write(run->fd, run->packed + done, length - done);

		if (n < 0 && errno != EINTR) {
			return fail_write(err);
		}
		done += n > 0 ? (size_t)n : 0;
	}
	run->size += (int64_t)length;
	run->space->used += (int64_t)length;
	return 0;
}

static int write_frame(struct sorted_run *run, struct error *err)
{
	struct frame_head head = { .records = (uint32_t)run->held };
	size_t bytes;

	if (run->held == 0) {
		return 0;
	}
	split(run->frame, run->held, run->planes);
	bytes = ZSTD_compressCCtx(run->compressor, run->packed + sizeof(head),
		run->packed_room - sizeof(head), run->planes, run->held * sizeof(*run->frame),
		LEVEL);
	if (ZSTD_isError(bytes)) {
		return error_set(
			err, "its values cannot be compressed: %s", ZSTD_getErrorName(bytes));
	}
	head.bytes = (uint32_t)bytes;
	memcpy(run->packed, &head, sizeof(head));
	run->held = 0;
	return write_all(run, sizeof(head) + bytes, err);
}

int sorted_run_append(
	struct sorted_run *run, const struct record *records, size_t count, struct error *err)
{
	while (count > 0) {
		size_t n = FRAME - run->held < count ? FRAME - run->held : count;

		memcpy(run->frame + run->held, records, n * sizeof(*records));
		run->held += n;
		records += n;
		count -= n;
		if (run->held == FRAME && write_frame(run, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int sorted_run_finish(struct sorted_run *run, struct error *err)
{
	int status = write_frame(run, err);

	ZSTD_freeCCtx(run->compressor);
	run->compressor = NULL;
	return status;
}

static int read_all(struct sorted_run *run, void *to, size_t length, struct error *err)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = pread(run->fd, (char *)to + done, length - done,
			(off_t)(run->offset + (int64_t)done));

		if (n == 0 || (n < 0 && errno != EINTR)) {
			return error_set(err, "its sorted values cannot be read in '%s': %s",
				find_directory(), n == 0 ? "the file ends" : strerror(errno));
		}
		done += n > 0 ? (size_t)n : 0;
	}
	run->offset += (int64_t)length;
	return 0;
}

long sorted_run_read(struct sorted_run *run, const struct record **records, struct error *err)
{
	struct frame_head head;
	size_t length;

	if (run->offset == run->size) {
		return 0;
	}
	if (read_all(run, &head, sizeof(head), err) < 0) {
		return -1;
	}
	if (head.records > FRAME || head.bytes > run->packed_room) {
		return error_set(
			err, "its sorted values were damaged in '%s'", find_directory());
	}
	if (read_all(run, run->packed, head.bytes, err) < 0) {
		return -1;
	}
	length = ZSTD_decompress(run->planes, FRAME_BYTES, run->packed, head.bytes);
	if (length != head.records * sizeof(**records)) {
		return error_set(
			err, "its sorted values were damaged in '%s'", find_directory());
	}
	join(run->planes, head.records, run->frame);
	*records = run->frame;
	return (long)head.records;
}

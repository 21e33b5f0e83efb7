#include "base/output.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"

enum {
	PIECE_MAX = 4096,    /* PIPE_BUF: writes to pipes are atomic up to this size */
	GATHER_MS = 10,      /* for which lines of OUTPUT_BULK are collected */
	KEPT_MAX = 64 * 1024 /* greatest buffer that is kept */
};

struct stream {
	int fd;
	pthread_mutex_t mutex; /* guards the members below */
	pthread_cond_t came, went;
	struct buffer held;
	size_t taken; /* bytes being written */
	uint64_t dropped;
	bool runs, ending;
	bool idle;   /* the writer thread waits for lines */
	bool busy;   /* the writer thread is writing or reporting */
	bool urgent; /* `held` is to be written at once */
	pthread_t thread;
};

static struct stream streams[] = {
	{ .fd = STDOUT_FILENO, .mutex = PTHREAD_MUTEX_INITIALIZER },
	{ .fd = STDERR_FILENO, .mutex = PTHREAD_MUTEX_INITIALIZER },
};
enum { STREAMS = sizeof(streams) / sizeof(streams[0]) };

static bool never_waits;
static void (*tell_dropped)(int fd, uint64_t lines);

/* -- Writing ------------------------------------------------------------ */

/* Length of the next write: the whole lines among the first PIECE_MAX bytes, or a first line
 * that is longer. Only into that one may other processes write. */
static size_t next_piece(const char *lines, size_t length)
{
	const char *end = memrchr(lines, '\n', length < PIECE_MAX ? length : PIECE_MAX);

	if (end == NULL) {
		end = memchr(lines, '\n', length);
	}
	return end != NULL ? (size_t)(end - lines) + 1 : length;
}

/* Waits until the stream is writable: another process that shares it may have made it non-
 * blocking. False: the write failed for good. */
static bool can_try_again(int fd)
{
	struct pollfd writable = { fd, POLLOUT, 0 };

	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		return poll(&writable, 1, -1) > 0 || errno == EINTR;
	}
	return errno == EINTR;
}

/* Writes lines; gives up on errors, which could only be logged here. */
static void write_all(int fd, const char *lines, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, lines, next_piece(lines, length));

		if (written < 0 && !can_try_again(fd)) {
			return;
		}
		if (written > 0) {
			lines += written;
			length -= (size_t)written;
		}
	}
}

/* -- Holding ------------------------------------------------------------ */

/* [mutex] Moves the held lines to `batch`. */
static void take(struct stream *stream, struct buffer *batch)
{
	struct buffer empty = *batch;

	empty.length = 0;
	*batch = stream->held;
	stream->held = empty;
	stream->taken = batch->length;
	stream->urgent = false;
}

static void shrink(struct buffer *batch)
{
	if (batch->capacity > KEPT_MAX) {
		buffer_finish(batch);
	}
}

/* [mutex] Writes the held lines and reports dropped ones. */
static void write_held(struct stream *stream, struct buffer *batch)
{
	uint64_t dropped;

	stream->busy = true;
	take(stream, batch);
	pthread_mutex_unlock(&stream->mutex);
	write_all(stream->fd, batch->data, batch->length);
	shrink(batch);
	pthread_mutex_lock(&stream->mutex);
	stream->taken = 0;
	dropped = stream->dropped;
	stream->dropped = 0;
	pthread_mutex_unlock(&stream->mutex);
	if (dropped > 0) {
		tell_dropped(stream->fd, dropped);
	}
	pthread_mutex_lock(&stream->mutex);
	stream->busy = false;
	pthread_cond_broadcast(&stream->went);
}

/* [mutex] Waits a moment for more lines: a wake-up costs more than a line. */
static void gather(struct stream *stream)
{
	struct timespec end = clock_after(GATHER_MS);
	int failure = 0;

	while (!stream->urgent && !stream->ending && failure == 0) {
		failure = pthread_cond_timedwait(&stream->came, &stream->mutex, &end);
	}
}

static void *run_writer(void *arg)
{
	struct stream *stream = arg;
	struct buffer batch = { 0 };

	pthread_mutex_lock(&stream->mutex);
	while (stream->held.length > 0 || !stream->ending) {
		if (stream->held.length > 0) {
			gather(stream);
			write_held(stream, &batch);
		} else {
			stream->idle = true;
			pthread_cond_wait(&stream->came, &stream->mutex);
			stream->idle = false;
		}
	}
	pthread_mutex_unlock(&stream->mutex);
	buffer_finish(&batch);
	return NULL;
}

static uint64_t count_lines(const char *lines, size_t length)
{
	const char *end = lines + length;
	uint64_t count = 0;

	while (lines < end && (lines = memchr(lines, '\n', (size_t)(end - lines))) != NULL) {
		lines++;
		count++;
	}
	return count;
}

/* [mutex] */
static void hurry(struct stream *stream)
{
	stream->urgent = true;
	pthread_cond_signal(&stream->came);
}

/* [mutex] Adds lines for the writer thread, which starts with the first; a failed start is
 * tried again with the next. */
static void hold(struct stream *stream, const char *lines, size_t length, enum output_kind kind)
{
	size_t most = kind == OUTPUT_BULK ? OUTPUT_BULK_MAX : OUTPUT_HELD_MAX;
	struct error err = { 0 };

	if (stream->held.length + stream->taken + length > most) {
		stream->dropped += count_lines(lines, length);
		return;
	}
	buffer_append(&stream->held, lines, length);
	if (!stream->runs) {
		stream->runs = thread_start(&stream->thread, run_writer, stream, &err) == 0;
	}
	if (kind == OUTPUT_LINE) {
		hurry(stream);
	} else if (stream->idle) {
		pthread_cond_signal(&stream->came);
	}
}

void output_write(int fd, const char *lines, size_t length, enum output_kind kind)
{
	struct stream *stream = &streams[fd == STDERR_FILENO];

	assert(fd == stream->fd);
	pthread_mutex_lock(&stream->mutex);
	if (never_waits) {
		hold(stream, lines, length, kind);
	} else {
		write_all(fd, lines, length);
	}
	pthread_mutex_unlock(&stream->mutex);
}

/* -- Begin and end ------------------------------------------------------ */

void output_never_wait(void (*on_dropped)(int fd, uint64_t lines))
{
	pthread_condattr_t steady;

	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	for (size_t i = 0; i < STREAMS; i++) {
		pthread_cond_init(&streams[i].came, &steady);
		pthread_cond_init(&streams[i].went, &steady);
	}
	pthread_condattr_destroy(&steady);
	tell_dropped = on_dropped;
	never_waits = true;
}

/* [mutex] */
static bool wait_until_written(struct stream *stream, const struct timespec *end)
{
	int failure = 0;

	hurry(stream);
	while (stream->runs && (stream->held.length > 0 || stream->busy) && failure == 0) {
		failure = pthread_cond_timedwait(&stream->went, &stream->mutex, end);
	}
	return stream->held.length == 0 && !stream->busy;
}

void output_flush(int64_t ms)
{
	struct timespec end = clock_after(ms);

	for (size_t i = 0; never_waits && i < STREAMS; i++) {
		pthread_mutex_lock(&streams[i].mutex);
		wait_until_written(&streams[i], &end);
		pthread_mutex_unlock(&streams[i].mutex);
	}
}

/* Ends the writer thread, or leaves it if it is blocked in a write. */
static void stop(struct stream *stream, const struct timespec *end)
{
	bool written, runs;

	pthread_mutex_lock(&stream->mutex);
	written = wait_until_written(stream, end);
	runs = stream->runs;
	stream->ending = true;
	pthread_cond_signal(&stream->came);
	pthread_mutex_unlock(&stream->mutex);
	if (!runs) {
		/* The thread could not be started, which may be what the lines report. */
		write_all(stream->fd, stream->held.data, stream->held.length);
		buffer_finish(&stream->held);
		return;
	}
	if (!written) {
		pthread_detach(stream->thread);
		return;
	}
	pthread_join(stream->thread, NULL);
	stream->runs = stream->ending = false;
	buffer_finish(&stream->held);
}

void output_finish(int64_t ms)
{
	struct timespec end = clock_after(ms);

	for (size_t i = 0; never_waits && i < STREAMS; i++) {
		stop(&streams[i], &end);
	}
}

/* -- Results ------------------------------------------------------------ */

static int failure;

static void flush_result(void)
{
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && failure == 0) {
		failure = errno != 0 ? errno : EIO;
	}
}

void output_print(const char *text, size_t length)
{
	errno = 0;
	if (fwrite(text, 1, length, stdout) != length && failure == 0) {
		failure = errno != 0 ? errno : EIO;
	}
	flush_result();
}

int output_failure(void)
{
	flush_result();
	return failure;
}

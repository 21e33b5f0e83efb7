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
	PIECE_MAX = 4096,    /* PIPE_BUF: what is written to a pipe at once stays together */
	GATHER_TIME = 10,    /* ms for which lines of OUTPUT_BULK wait for more of them */
	KEPT_MAX = 64 * 1024 /* bytes of memory that are not given back */
};

struct stream {
	int fd;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t came, went;
	struct buffer held;
	size_t taken; /* bytes that the thread has taken from `held` and not yet written */
	uint64_t dropped;
	bool runs, ending;
	bool idle;   /* the thread waits for lines */
	bool busy;   /* it has something to write, or to tell */
	bool urgent; /* what is held is to be written now */
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

/* Length of the whole lines among the first bytes; of the first line, if that is longer: others
 * may write into that one. */
static size_t next_piece(const char *lines, size_t length)
{
	const char *end = memrchr(lines, '\n', length < PIECE_MAX ? length : PIECE_MAX);

	if (end == NULL) {
		end = memchr(lines, '\n', length);
	}
	return end != NULL ? (size_t)(end - lines) + 1 : length;
}

/* Whoever shares the stream may have made it one that does not wait. */
static bool can_try_again(int fd)
{
	struct pollfd writable = { fd, POLLOUT, 0 };

	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		return poll(&writable, 1, -1) > 0 || errno == EINTR;
	}
	return errno == EINTR;
}

/* A log that cannot be written has nobody to be told. */
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

/* [mutex] Takes what is held. */
static void take(struct stream *stream, struct buffer *batch)
{
	struct buffer empty = *batch;

	empty.length = 0;
	*batch = stream->held;
	stream->held = empty;
	stream->taken = batch->length;
	stream->urgent = false;
}

static void give_back(struct buffer *batch)
{
	if (batch->capacity > KEPT_MAX) {
		buffer_finish(batch);
	}
}

/* [mutex] Writes what is held, and tells what was dropped meanwhile. */
static void write_held(struct stream *stream, struct buffer *batch)
{
	uint64_t dropped;

	stream->busy = true;
	take(stream, batch);
	pthread_mutex_unlock(&stream->mutex);
	write_all(stream->fd, batch->data, batch->length);
	give_back(batch);
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

/* [mutex] A thread that is woken for each line takes longer than the line. */
static void gather(struct stream *stream)
{
	struct timespec end = clock_after(GATHER_TIME);
	int failure = 0;

	while (!stream->urgent && !stream->ending && failure == 0) {
		failure = pthread_cond_timedwait(&stream->came, &stream->mutex, &end);
	}
}

static void *write_for_ever(void *arg)
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

/* [mutex] The thread starts with the first line. If it cannot, the next line tries again. */
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
		stream->runs = thread_start(&stream->thread, write_for_ever, stream, &err) == 0;
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

/* A thread that is stopped in a write is left to the end of the program. */
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
		/* No thread could be started, which may be what the lines say. */
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

#include "ingest/run/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/output.h"

enum { BAR_WIDTH = 24 };

struct progress {
	enum progress_mode mode;
	size_t objects;
	int64_t bytes;
	struct timespec start;

	pthread_mutex_t mutex; /* guards what follows */
	size_t done;
	int64_t lines;

	struct buffer out; /* buffered JSON lines [writer] */
};

struct progress *progress_create(enum progress_mode mode)
{
	struct progress *progress = memory_new(struct progress);

	progress->mode = mode;
	pthread_mutex_init(&progress->mutex, NULL);
	return progress;
}

void progress_destroy(struct progress *progress)
{
	if (progress != NULL) {
		buffer_finish(&progress->out);
		pthread_mutex_destroy(&progress->mutex);
		free(progress);
	}
}

void progress_start(struct progress *progress, size_t objects, int64_t bytes)
{
	progress->objects = objects;
	progress->bytes = bytes;
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

void progress_flush(struct progress *progress)
{
	if (progress->out.length > 0) {
		output_print(progress->out.data, progress->out.length);
		progress->out.length = 0;
	}
}

/* -- JSON lines --------------------------------------------------------- */

static void put_object(struct buffer *out, const struct batch *batch)
{
	static const char *const names[] = {
		[BATCH_TAKEN] = "taken", [BATCH_SKIPPED] = "skipped", [BATCH_FAILED] = "failed"
	};

	buffer_puts(out, "{\"event\":\"object\",\"uri\":");
	json_text(out, batch->uri);
	buffer_printf(out, ",\"outcome\":\"%s\"", names[batch->outcome]);
	if (batch->source != NULL) {
		buffer_puts(out, ",\"source\":");
		json_text(out, batch->source);
	}
	if (batch->outcome != BATCH_SKIPPED) {
		buffer_printf(out, ",\"rows\":%" PRId64 ",\"rejects\":%" PRId64, batch->lines,
			batch->reject_count);
	}
	if (batch->outcome == BATCH_FAILED) {
		buffer_puts(out, ",\"reason\":");
		json_text(out, batch->error.text);
	}
	buffer_puts(out, "}\n");
}

void progress_object(
	struct progress *progress, const struct batch *batch, size_t done, int64_t lines)
{
	pthread_mutex_lock(&progress->mutex);
	progress->done = done;
	progress->lines = lines;
	pthread_mutex_unlock(&progress->mutex);
	if (progress->mode == PROGRESS_JSON) {
		put_object(&progress->out, batch);
	}
}

/* -- The bar ------------------------------------------------------------ */

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* How much of the work is done: by bytes where their number is known. */
static double share_done(const struct progress *progress, size_t done, int64_t bytes)
{
	double share = 0;

	if (progress->bytes > 0) {
		share = (double)bytes / (double)progress->bytes;
	} else if (progress->objects > 0) {
		share = (double)done / (double)progress->objects;
	}
	return share < 1 ? share : 1;
}

static void put_rate(struct buffer *out, double rate)
{
	if (rate >= 1e6) {
		buffer_printf(out, "%.1f M rows/s", rate / 1e6);
	} else if (rate >= 1e3) {
		buffer_printf(out, "%.0f k rows/s", rate / 1e3);
	} else {
		buffer_printf(out, "%.0f rows/s", rate);
	}
}

static void put_bar(struct buffer *out, const struct progress *progress, size_t done,
	int64_t lines, double share)
{
	double seconds = seconds_since(&progress->start);
	int filled = (int)(share * BAR_WIDTH);

	buffer_puts(out, "\r\033[K[");
	for (int i = 0; i < BAR_WIDTH; i++) {
		buffer_putc(out, i < filled ? '=' : i == filled ? '>' : ' ');
	}
	buffer_printf(out, "] %zu of %zu files, ", done, progress->objects);
	put_rate(out, seconds > 0 ? (double)lines / seconds : 0);
	if (share > 0) {
		long left = (long)(seconds / share * (1 - share) + 0.5);

		buffer_printf(out, ", %ld:%02ld left", left / 60, left % 60);
	}
}

void progress_draw(struct progress *progress, int64_t bytes)
{
	struct buffer out = { 0 };
	size_t done;
	int64_t lines;

	if (progress->mode != PROGRESS_BAR) {
		return;
	}
	pthread_mutex_lock(&progress->mutex);
	done = progress->done;
	lines = progress->lines;
	pthread_mutex_unlock(&progress->mutex);
	put_bar(&out, progress, done, lines, share_done(progress, done, bytes));
	fwrite(out.data, 1, out.length, stderr);
	fflush(stderr);
	buffer_finish(&out);
}

void progress_end(struct progress *progress)
{
	if (progress->mode == PROGRESS_BAR) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	progress_flush(progress);
}

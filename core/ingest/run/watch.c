#include "ingest/run/watch.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "ingest/run/progress.h"
#include "ingest/run/reader.h"

enum {
	TICK_MS = 100,
	MARGIN_MS = 1000, /* before the deadline, in which no work begins */
	GRACE_MS = 5000   /* for work in progress after a cancellation */
};

struct watch {
	struct watch_limits *limits;
	struct progress *progress;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards the rest */
	pthread_cond_t wake;
	struct reader *reader; /* NULL: none */
	int socket;            /* -1: none */
	bool ended;
};

bool watch_is_over(const struct watch_limits *limits)
{
	if (limits->cancel != NULL && atomic_load(limits->cancel)) {
		return true;
	}
	return limits->deadline != 0 &&
	       clock_ms() + MARGIN_MS + 2 * atomic_load(&limits->unit) >= limits->deadline;
}

/* The time at which work in progress is aborted. */
static int64_t find_hard_limit(const struct watch_limits *limits)
{
	bool cancelled = limits->cancel != NULL && atomic_load(limits->cancel);
	int64_t end = cancelled ? clock_ms() + GRACE_MS : limits->deadline;

	return limits->deadline != 0 && limits->deadline < end ? limits->deadline : end;
}

/* Called with the mutex held. */
static void stop_work(struct watch *watch, int64_t end)
{
	if (watch->reader != NULL) {
		reader_stop(watch->reader);
	}
	if (watch->limits->overdue != NULL && clock_ms() >= end) {
		watch->limits->overdue();
	}
	if (watch->socket >= 0 && clock_ms() >= end) {
		shutdown(watch->socket, SHUT_RDWR);
		watch->socket = -1;
	}
}

static void *run(void *arg)
{
	struct watch *watch = arg;
	int64_t end = 0; /* 0: not stopped */

	pthread_mutex_lock(&watch->mutex);
	while (!watch->ended) {
		const struct timespec until = clock_after(TICK_MS);

		if (end == 0 && watch_is_over(watch->limits)) {
			atomic_store(&watch->limits->over, true);
			end = find_hard_limit(watch->limits);
		}
		if (watch->reader != NULL) {
			progress_draw(watch->progress, reader_bytes(watch->reader));
		}
		if (end != 0) {
			stop_work(watch, end);
		}
		pthread_cond_timedwait(&watch->wake, &watch->mutex, &until);
	}
	pthread_mutex_unlock(&watch->mutex);
	return NULL;
}

static void finish(struct watch *watch)
{
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->mutex);
	free(watch);
}

struct watch *watch_start(
	struct watch_limits *limits, struct progress *progress, struct error *err)
{
	struct watch *watch = memory_new(struct watch);
	pthread_condattr_t clock;

	watch->limits = limits;
	watch->progress = progress;
	watch->socket = -1;
	pthread_mutex_init(&watch->mutex, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->wake, &clock);
	pthread_condattr_destroy(&clock);
	if (thread_start(&watch->thread, run, watch, err) < 0) {
		finish(watch);
		return NULL;
	}
	return watch;
}

void watch_reader(struct watch *watch, struct reader *reader)
{
	pthread_mutex_lock(&watch->mutex);
	watch->reader = reader;
	pthread_mutex_unlock(&watch->mutex);
}

void watch_socket(struct watch *watch, int socket)
{
	pthread_mutex_lock(&watch->mutex);
	watch->socket = socket;
	pthread_mutex_unlock(&watch->mutex);
}

void watch_stop(struct watch *watch)
{
	if (watch != NULL) {
		pthread_mutex_lock(&watch->mutex);
		watch->ended = true;
		pthread_cond_signal(&watch->wake);
		pthread_mutex_unlock(&watch->mutex);
		pthread_join(watch->thread, NULL);
		finish(watch);
	}
}

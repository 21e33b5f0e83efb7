#include "ingest/run/watch.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"
#include "ingest/run/progress.h"
#include "ingest/run/reader.h"

enum {
	TICK = 100,    /* ms between two looks */
	MARGIN = 1000, /* ms before the deadline in which nothing begins */
	GRACE = 5000   /* ms that what is under way has to end, when it is cancelled */
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
	       clock_ms() + MARGIN + 2 * atomic_load(&limits->unit) >= limits->deadline;
}

/* When what is under way has had its time. */
static int64_t find_end(const struct watch_limits *limits)
{
	bool cancelled = limits->cancel != NULL && atomic_load(limits->cancel);
	int64_t end = cancelled ? clock_ms() + GRACE : limits->deadline;

	return limits->deadline != 0 && limits->deadline < end ? limits->deadline : end;
}

/* With the mutex held. */
static void end_all(struct watch *watch, int64_t end)
{
	if (watch->reader != NULL) {
		reader_stop(watch->reader);
	}
	if (watch->socket >= 0 && clock_ms() >= end) {
		shutdown(watch->socket, SHUT_RDWR);
		watch->socket = -1;
	}
}

static void *look(void *arg)
{
	struct watch *watch = arg;
	int64_t end = 0; /* 0: it may go on */

	pthread_mutex_lock(&watch->mutex);
	while (!watch->ended) {
		const struct timespec until = clock_after(TICK);

		if (end == 0 && watch_is_over(watch->limits)) {
			atomic_store(&watch->limits->over, true);
			end = find_end(watch->limits);
		}
		if (watch->reader != NULL) {
			progress_draw(watch->progress, reader_bytes(watch->reader));
		}
		if (end != 0) {
			end_all(watch, end);
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
	if (thread_start(&watch->thread, look, watch, err) < 0) {
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

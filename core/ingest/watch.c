#include "ingest/watch.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/thread.h"
#include "ingest/progress.h"
#include "ingest/reader.h"

enum {
	TICK = 100,   /* ms between two looks */
	MARGIN = 1000 /* ms before the deadline in which nothing begins */
};

struct watch {
	const struct watch_limits *limits;
	struct progress *progress;
	struct reader *reader;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards `ended` */
	pthread_cond_t wake;
	bool ended;
};

int64_t watch_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool watch_is_over(const struct watch_limits *limits)
{
	if (limits->cancel != NULL && atomic_load(limits->cancel)) {
		return true;
	}
	return limits->deadline != 0 &&
	       watch_clock() + MARGIN + 2 * atomic_load(&limits->unit) >= limits->deadline;
}

/* Waits for a tick; false once the watch has ended. */
static bool wait_tick(struct watch *watch)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&watch->mutex);
	if (!watch->ended) {
		pthread_cond_timedwait(&watch->wake, &watch->mutex, &until);
	}
	go_on = !watch->ended;
	pthread_mutex_unlock(&watch->mutex);
	return go_on;
}

static void *look(void *arg)
{
	struct watch *watch = arg;
	bool stopped = false;

	while (wait_tick(watch)) {
		if (!stopped && watch_is_over(watch->limits)) {
			reader_stop(watch->reader);
			stopped = true;
		}
		progress_draw(watch->progress, reader_bytes(watch->reader));
	}
	return NULL;
}

static void finish(struct watch *watch)
{
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->mutex);
	free(watch);
}

struct watch *watch_start(const struct watch_limits *limits, struct progress *progress,
	struct reader *reader, struct error *err)
{
	struct watch *watch = memory_new(struct watch);
	pthread_condattr_t clock;

	watch->limits = limits;
	watch->progress = progress;
	watch->reader = reader;
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

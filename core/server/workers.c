#include "server/workers.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/thread.h"

enum {
	WORKERS = 4, /* unless UV_THREADPOOL_SIZE says otherwise */
	WORKERS_MAX = 1024
};

/* Number of workers, as libuv derives it. */
static size_t count_workers(void)
{
	const char *given = getenv("UV_THREADPOOL_SIZE");
	long count = given != NULL ? strtol(given, NULL, 10) : WORKERS;

	if (count == 0) {
		return 1;
	}
	return count > 0 && count < WORKERS_MAX ? (size_t)count : WORKERS_MAX;
}

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

static void on_done(uv_work_t *work, int status)
{
	bool *done = work->data;

	(void)status;
	*done = true;
}

int workers_start(uv_loop_t *loop, size_t others, struct error *err)
{
	bool done = false;
	uv_work_t work = { .data = &done };

	if (thread_check(count_workers() + others, err) != 0) {
		return -1;
	}
	uv_queue_work(loop, &work, do_nothing, on_done);
	while (!done) {
		uv_run(loop, UV_RUN_ONCE);
	}
	return 0;
}

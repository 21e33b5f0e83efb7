#include "base/thread.h"

#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { STACK = 8 * 1024 * 1024 /* bytes of stack */ };

static int start(
	pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(thread, attributes, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure;
}

int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct error *err)
{
	int failure = start(thread, NULL, run, arg);

	return failure == 0 ? 0
			    : error_set(err, "no thread can be started: %s", strerror(failure));
}

size_t thread_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) < 1) {
		return 1;
	}
	return (size_t)CPU_COUNT(&set);
}

/* -- Whether there is room ---------------------------------------------- */

static void *wait_for_all(void *all)
{
	while (sem_wait(all) != 0) {
	}
	return NULL;
}

/* Starts and joins up to `count` threads; returns how many could be started. */
static size_t start_and_end(size_t count, const pthread_attr_t *attributes, int *failure)
{
	pthread_t *threads = memory_array(count, sizeof(*threads));
	size_t started = 0;
	sem_t all;

	sem_init(&all, 0, 0);
	while (started < count &&
		(*failure = start(&threads[started], attributes, wait_for_all, &all)) == 0) {
		started++;
	}
	for (size_t i = 0; i < started; i++) {
		sem_post(&all);
	}
	for (size_t i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
	}
	sem_destroy(&all);
	free(threads);
	return started;
}

int thread_check(size_t count, struct error *err)
{
	pthread_attr_t attributes;
	size_t stack = 0, started;
	int failure = 0;

	pthread_attr_init(&attributes);
	pthread_attr_getstacksize(&attributes, &stack);
	if (stack < STACK) {
		pthread_attr_setstacksize(&attributes, STACK);
	}
	started = start_and_end(count, &attributes, &failure);
	pthread_attr_destroy(&attributes);
	if (started == count) {
		return 0;
	}
	error_set(err, "only %zu of %zu threads can be started: %s", started, count,
		strerror(failure));
	return error_hint(err,
		"raise the limits of memory (ulimit -v) and of tasks (ulimit -u, TasksMax= of "
		"systemd, --pids-limit of Docker), or give fewer --threads");
}

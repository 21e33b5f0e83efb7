/* Threads, apart from libuv's. */
#ifndef ALMANAC_BASE_THREAD_H
#define ALMANAC_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

#include "base/error.h"

/* Runs run(arg) on a new thread, to be joined, with all signals blocked: the main thread
 * handles them. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct error *err);

/* Number of CPUs the process may use; 1: unknown. */
size_t thread_cpus(void);

/* Checks, by starting and ending them, that so many threads can run at a time. -1: *err. */
int thread_check(size_t count, struct error *err);

#endif

/* Threads of the program's own. */
#ifndef ALMANAC_BASE_THREAD_H
#define ALMANAC_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

#include "base/error.h"

/* Runs run(arg) on a new thread, to be joined. It takes no signals: those are for the thread
 * that the program began with. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct error *err);

/* CPUs that the program may use; 1 if that is not known. */
size_t thread_cpus(void);

/* Whether so many threads can run at a time; none is left. */
int thread_check(size_t count, struct error *err);

#endif

/* Threads of the program's own. */
#ifndef ALMANAC_BASE_THREAD_H
#define ALMANAC_BASE_THREAD_H

#include <pthread.h>

#include "base/error.h"

/* Runs run(arg) on a new thread, to be joined. It takes no signals: those are for the thread
 * that the program began with. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, struct error *err);

#endif

/* A clock that nobody sets: it goes on evenly, from some moment in the past, whatever the date
 * is changed to (POSIX: CLOCK_MONOTONIC). [any thread] */
#ifndef ALMANAC_BASE_CLOCK_H
#define ALMANAC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_ms(void);

/* The moment so many ms from now, for pthread_cond_timedwait() with this clock. */
struct timespec clock_after(int64_t ms);

#endif

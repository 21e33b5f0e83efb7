/* Monotonic clock (CLOCK_MONOTONIC): unaffected by changes of date and time. [any] */
#ifndef ALMANAC_BASE_CLOCK_H
#define ALMANAC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_ms(void);

/* The time `ms` from now, for pthread_cond_timedwait() with this clock. */
struct timespec clock_after(int64_t ms);

#endif

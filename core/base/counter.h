/* Counters with one writing thread and any number of readers: no locked instruction is
 * needed. */
#ifndef ALMANAC_BASE_COUNTER_H
#define ALMANAC_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

static inline void counter_set(_Atomic uint64_t *counter, uint64_t to)
{
	atomic_store_explicit(counter, to, memory_order_relaxed);
}

static inline void counter_add(_Atomic uint64_t *counter, uint64_t more)
{
	counter_set(counter, atomic_load_explicit(counter, memory_order_relaxed) + more);
}

static inline void counter_raise(_Atomic uint64_t *counter, uint64_t to)
{
	if (atomic_load_explicit(counter, memory_order_relaxed) < to) {
		counter_set(counter, to);
	}
}

#endif

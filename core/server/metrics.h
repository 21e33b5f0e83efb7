/* Metrics of a loop: counters that only grow. Written by the loop, read by [any] thread. */
#ifndef ALMANAC_SERVER_METRICS_H
#define ALMANAC_SERVER_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct alm_request;
struct router;

enum {
	METRICS_BUCKETS = 12, /* of durations; one more is unbounded */
	METRICS_TURN_BUCKETS = 9,
	METRICS_CLASSES = 6 /* status / 100; 0: no answer was sent */
};

/* Upper bounds, s. */
extern const double metrics_bounds[METRICS_BUCKETS];
extern const double metrics_turn_bounds[METRICS_TURN_BUCKETS];

struct route_metrics {
	_Atomic uint64_t durations[METRICS_BUCKETS + 1];
	_Atomic uint64_t nanoseconds;
	_Atomic uint64_t classes[METRICS_CLASSES];
	_Atomic uint64_t rows, bytes;
};

struct metrics {
	size_t route_count;
	_Atomic uint64_t ended; /* requests */
	_Atomic uint64_t turns, cut;
	/* busy time of iterations, ns */
	_Atomic uint64_t turn_durations[METRICS_TURN_BUCKETS + 1];
	_Atomic uint64_t turn_nanoseconds, longest_turn, longest_piece;
	struct route_metrics routes[]; /* by route->number; the last one: no route */
};

struct metrics *metrics_create(const struct router *router);
void metrics_destroy(struct metrics *metrics);

/* [loop] Records the busy time of an iteration. */
void metrics_turn(struct metrics *metrics, uint64_t nanoseconds);

/* [loop] Records a finished request. */
void metrics_count(struct metrics *metrics, const struct alm_request *request);

#endif

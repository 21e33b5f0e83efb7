/* Slow metrics: last known values of what takes a query or a worker thread to find out, so that
 * /metrics never waits, least of all for a lost database. All [loop]. */
#ifndef ALMANAC_SERVER_OBSERVED_H
#define ALMANAC_SERVER_OBSERVED_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct pool;

struct observed {
	struct {
		bool known;
		char outcome[16];
		int64_t finished; /* s since 1970 */
	} run;                    /* the last ingestion that has ended */
	int64_t files;            /* open descriptors; -1: not known */
	int64_t counted;          /* by the worker */
	bool querying, counting;
	uv_work_t work;
};

void observed_init(struct observed *observed);

/* Starts to read the values anew. */
void observed_refresh(struct observed *observed, uv_loop_t *uv, struct pool *pool);

#endif

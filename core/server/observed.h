/* What /metrics tells that takes time to find out: it is told as it was when it was last looked
 * for, so that nobody waits, least of all while the database is away. All [loop]. */
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
	int64_t files;            /* that are open; -1: not known */
	int64_t counted;
	bool asking, counting;
	uv_work_t work;
};

void observed_init(struct observed *observed);

/* Looks for all of it, which may take until later. */
void observed_refresh(struct observed *observed, uv_loop_t *uv, struct pool *pool);

#endif

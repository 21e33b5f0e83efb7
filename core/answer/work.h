/* Worker threads of a loop. */
#ifndef ALMANAC_ANSWER_WORK_H
#define ALMANAC_ANSWER_WORK_H

#include <almanac/plugin.h>

/* [loop] Runs `run` on a worker thread, after what was queued before, then `then` on the loop;
 * `drop` instead, if the client has gone meanwhile. If it has gone before, neither is called.
 * `arg` lives as long as the request. */
void work_queue(struct alm_request *request, alm_work_fn *run,
	void (*then)(struct alm_request *request, void *arg), alm_work_fn *drop, void *arg);

#endif

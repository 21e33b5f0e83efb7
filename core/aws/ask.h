/* Small requests that somebody waits for: credentials and secrets. They end in time, and when
 * nobody waits any more. */
#ifndef ALMANAC_AWS_ASK_H
#define ALMANAC_AWS_ASK_H

#include <stdatomic.h>

#include "aws/transfer.h"

/* transfer_run(), but for ASK_TIME in all, about, and a second, about, once `cancel` is true
 * (NULL: nobody sets it). -1 also for an answer that asks to come again; transfer->status says
 * which. */
enum { ASK_TIME = 10000 /* ms */ };
int ask_run(struct transfer *transfer, const struct transfer_request *request,
	const atomic_bool *cancel, struct error *err);

#endif

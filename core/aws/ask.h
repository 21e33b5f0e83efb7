/* Small requests that somebody waits for: credentials and secrets. They end in time. */
#ifndef ALMANAC_AWS_ASK_H
#define ALMANAC_AWS_ASK_H

#include "aws/transfer.h"

/* transfer_run(), but for ASK_TIME in all, about. -1 also for an answer that asks to come
 * again; transfer->status says which. */
enum { ASK_TIME = 10000 /* ms */ };
int ask_run(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

#endif

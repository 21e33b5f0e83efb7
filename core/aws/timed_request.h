/* Small requests that somebody waits for: credentials and secrets. They end in time. */
#ifndef ALMANAC_AWS_TIMED_REQUEST_H
#define ALMANAC_AWS_TIMED_REQUEST_H

#include "aws/transfer.h"

/* transfer_run(), but for TIMED_REQUEST_MS in all, about. -1 also for an answer that asks to
 * come again; transfer->status says which. */
enum { TIMED_REQUEST_MS = 10000 /* ms */ };
int timed_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err);

#endif

#include "aws/timed_request.h"

#include <stdint.h>

#include "base/clock.h"

enum {
	ONCE = 3000,      /* ms for one attempt: answers take some 100 */
	WORTH_WHILE = 500 /* ms that must be left for another */
};

int timed_request(
	struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
	struct transfer_request once = *request;
	int64_t end = clock_ms() + TIMED_REQUEST_MS, left = TIMED_REQUEST_MS;
	enum transfer_outcome outcome;
	unsigned attempt = 0;

	do {
		if (attempt > 0) {
			transfer_pause(attempt, request->stop);
		}
		once.timeout = left < ONCE ? (long)left : (long)ONCE;
		outcome = transfer_once(transfer, &once);
		left = end - clock_ms();
		attempt++;
	} while (outcome == TRANSFER_AGAIN && attempt < TRANSFER_ATTEMPTS &&
		 left > WORTH_WHILE && !transfer_is_stopped(request->stop));
	return outcome == TRANSFER_ANSWERED ? 0 : transfer_fail(transfer, request, err);
}

#include "aws/ask.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
	ONCE = 3000,      /* ms for one attempt: answers take some 100 */
	WORTH_WHILE = 500 /* ms that must be left for another */
};

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_cancelled(const atomic_bool *cancel)
{
	return cancel != NULL && atomic_load(cancel);
}

/* Curl asks once a second at least. */
static int look(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const atomic_bool *const *cancel = arg;

	(void)a, (void)b, (void)c, (void)d;
	return is_cancelled(*cancel);
}

static enum transfer_outcome ask_once(struct transfer *transfer,
	const struct transfer_request *request, const atomic_bool **cancel)
{
	transfer_prepare(transfer, request);
	curl_easy_setopt(transfer->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(transfer->curl, CURLOPT_XFERINFOFUNCTION, look);
	curl_easy_setopt(transfer->curl, CURLOPT_XFERINFODATA, (void *)cancel);
	return transfer_judge(transfer, curl_easy_perform(transfer->curl));
}

int ask_run(struct transfer *transfer, const struct transfer_request *request,
	const atomic_bool *cancel, struct error *err)
{
	struct transfer_request once = *request;
	int64_t end = now() + ASK_TIME, left = ASK_TIME;
	enum transfer_outcome outcome;
	unsigned attempt = 0;

	do {
		if (attempt > 0) {
			transfer_pause(attempt);
		}
		once.timeout = left < ONCE ? (long)left : (long)ONCE;
		outcome = ask_once(transfer, &once, &cancel);
		left = end - now();
		attempt++;
	} while (outcome == TRANSFER_AGAIN && attempt < TRANSFER_ATTEMPTS &&
		 left > WORTH_WHILE && !is_cancelled(cancel));
	if (is_cancelled(cancel)) {
		return error_set(err, "nobody needs the answer any more: the program ends");
	}
	return outcome == TRANSFER_ANSWERED ? 0 : transfer_fail(transfer, request, err);
}

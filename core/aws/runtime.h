/* AWS Lambda Runtime API (2018-06-01). Blocks; one thread. */
#ifndef ALMANAC_AWS_RUNTIME_H
#define ALMANAC_AWS_RUNTIME_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct runtime;

/* For the address in AWS_LAMBDA_RUNTIME_API. Sends nothing yet. */
struct runtime *runtime_create(struct error *err);
void runtime_destroy(struct runtime *runtime); /* NULL is fine */

enum { RUNTIME_ID_MAX = 128, RUNTIME_TRACE_MAX = 512 };

/* An invocation. Zero at first, filled by each runtime_next(). */
struct invocation {
	char id[RUNTIME_ID_MAX];
	char trace[RUNTIME_TRACE_MAX]; /* "": none */
	int64_t deadline;              /* ms of CLOCK_REALTIME; 0: none */
	struct buffer event;
};

/* Waits for the next invocation, possibly for hours, during which the process may be frozen.
 * -1: the environment is broken, the program should exit. */
int runtime_next(struct runtime *runtime, struct invocation *invocation, struct error *err);
void invocation_finish(struct invocation *invocation);

/* Report the result of an invocation, or with NULL that the initialisation failed, after which
 * the program should exit. 0 also if the platform refused the report: error_is_set(err) tells.
 * -1: the program should exit. */
int runtime_respond(struct runtime *runtime, const struct invocation *invocation,
	const struct buffer *response, struct error *err);
int runtime_fail(struct runtime *runtime, const struct invocation *invocation, const char *type,
	const struct error *why, struct error *err);

#endif

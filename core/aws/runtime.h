/* The Runtime API of AWS Lambda (2018-06-01), by which a function gets its invocations. Blocks;
 * one thread. */
#ifndef ALMANAC_AWS_RUNTIME_H
#define ALMANAC_AWS_RUNTIME_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct runtime;

/* Of AWS_LAMBDA_RUNTIME_API. Asks for nothing yet. */
struct runtime *runtime_create(struct error *err);
void runtime_destroy(struct runtime *runtime); /* NULL is fine */

enum { RUNTIME_ID_MAX = 128, RUNTIME_TRACE_MAX = 512 };

/* Starts as zero, and is filled again by each runtime_next(). */
struct invocation {
	char id[RUNTIME_ID_MAX];
	char trace[RUNTIME_TRACE_MAX]; /* "": none */
	int64_t deadline;              /* ms of CLOCK_REALTIME; 0: not told */
	struct buffer event;
};

/* Waits for the next, for hours if need be: meanwhile everything may be frozen. -1: the
 * environment is broken, and the program should end. */
int runtime_next(struct runtime *runtime, struct invocation *invocation, struct error *err);
void invocation_finish(struct invocation *invocation);

/* Both report how an invocation ended. 0 also if the platform refused what it was told, which
 * goes to *err (error_is_set()): the next one may come. -1: the program should end. */
int runtime_respond(struct runtime *runtime, const struct invocation *invocation,
	const struct buffer *response, struct error *err);
int runtime_fail(struct runtime *runtime, const struct invocation *invocation, const char *type,
	const struct error *why, struct error *err);

/* That no invocation can be taken at all, because of `why`. The program should end. */
int runtime_fail_init(
	struct runtime *runtime, const char *type, const struct error *why, struct error *err);

#endif

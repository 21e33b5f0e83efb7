/* Problems (RFC 9457) and violations of parameters. All [loop]. */
#ifndef ALMANAC_REPLY_PROBLEM_H
#define ALMANAC_REPLY_PROBLEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

struct exchange;

/* Problem of a request. `param`, `value`: name and value of the invalid parameter; NULL: none.
 */
struct problem {
	int status;
	const char *param, *value;
	int retry_after;            /* seconds; 0: no such header */
	uint32_t methods;           /* of 405: methods that are possible; 0: GET and HEAD */
	const char *const *allowed; /* valid values, NULL-terminated; or NULL */
};
/* Replies with the problem; the text is its "detail". */
void reply_problem(struct exchange *exchange, const struct problem *problem, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void reply_problemv(struct exchange *exchange, const struct problem *problem,
	const char *format, va_list args) __attribute__((format(printf, 3, 0)));

/* Violations: all invalid parameters of a request, told at once. */
enum { VIOLATIONS_MAX = 16 };
struct violation {
	struct problem problem;
	const char *detail;
};
struct violations {
	struct violation list[VIOLATIONS_MAX];
	size_t count;    /* further ones are not kept */
	bool by_catalog; /* one of them may be valid by a newer catalog */
};

/* Adds a violation. Texts are copied to the arena, except `allowed` and param, which must live
 * as long as the request. */
void violations_add(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void violations_addv(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

/* Whether the parameter has a violation. */
bool violations_name(const struct violations *violations, const char *param);

/* Replies with the first violation of the gravest status: malformed (400), invalid (422), not
 * found (404). There must be one. */
void reply_violations(struct exchange *exchange, const struct violations *violations);

#endif

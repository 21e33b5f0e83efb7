/* RFC 9457 problems: what is wrong with a request, for programs and people. All [loop]. */
#ifndef ALMANAC_REPLY_PROBLEM_H
#define ALMANAC_REPLY_PROBLEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"

struct exchange;

/* An RFC 9457 problem. `param`: name of the parameter that is wrong, with what it
 * got in `value`; NULL if it is none. The text is the problem's "detail". */
struct problem {
	int status;
	const char *param, *value;
	int retry_after;            /* seconds; 0: no such header */
	const char *const *allowed; /* what would have been right, NULL-terminated; or NULL */
};
void reply_problem(struct exchange *exchange, const struct problem *problem, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void reply_problemv(struct exchange *exchange, const struct problem *problem,
	const char *format, va_list args) __attribute__((format(printf, 3, 0)));

/* Several parameters can be wrong at once: all of them are told. */
enum { VIOLATIONS_MAX = 16 };
struct violation {
	struct problem problem;
	const char *detail;
};
struct violations {
	struct violation list[VIOLATIONS_MAX];
	size_t count;    /* further ones are not kept */
	bool by_catalog; /* one of them may be right by another catalog */
};

/* Texts are copied to the arena, but for `allowed` and param, which must live as
 * long as the request. */
void violations_add(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void violations_addv(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

/* Whether one of them is the parameter's. */
bool violations_name(const struct violations *violations, const char *param);

/* Answers with the first flaw of the gravest kind: what cannot be read (400), what
 * is wrong (422), what is not there (404). There must be one. */
void reply_violations(struct exchange *exchange, const struct violations *violations);

#endif

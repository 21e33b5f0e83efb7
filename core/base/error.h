/* An error for a person: what happened, where, and what to do about it. */
#ifndef ALMANAC_BASE_ERROR_H
#define ALMANAC_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_MAX = 1024, ERROR_HINT_MAX = 512 };

/* Owned by the caller, who starts with `struct error err = { 0 };`. Too long a
 * text is cut. */
struct error {
	char text[ERROR_TEXT_MAX]; /* "what: detail"; "" while nothing is wrong */
	char hint[ERROR_HINT_MAX]; /* what to do; "" if there is nothing to say */
};

/* What a function returns that reported an error. */
static inline int error_result(void)
{
	return -1;
}

/* Say what is wrong; gives -1, so that `return error_set(err, ...)` works. These are
 * macros because compilers and analysers have to see the -1. */
#define error_set(err, ...) (error_write_text((err), __VA_ARGS__), error_result())

/* Say what to do; gives -1. */
#define error_hint(err, ...) (error_write_hint((err), __VA_ARGS__), error_result())

/* Put context before the text, "file.txt: " + text; gives -1. */
#define error_prefix(err, ...) (error_write_prefix((err), __VA_ARGS__), error_result())

bool error_is_set(const struct error *err);

void error_write_text(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_write_hint(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_write_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

/* Errors for users: what failed, where, and what to do. */
#ifndef ALMANAC_BASE_ERROR_H
#define ALMANAC_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_MAX = 1024, ERROR_HINT_MAX = 512 };

/* Owned by the caller; starts as `struct error err = { 0 };`. Long texts are truncated. */
struct error {
	char text[ERROR_TEXT_MAX]; /* "what: detail"; "": no error */
	char hint[ERROR_HINT_MAX]; /* what to do; "": none */
};

/* Return value of functions that set an error. */
static inline int error_result(void)
{
	return -1;
}

/* Set the text; evaluate to -1, so that `return error_set(err, ...)` works. They are macros
 * because compilers and analysers have to see the -1. */
#define error_set(err, ...) (error_write_text((err), __VA_ARGS__), error_result())

/* Set the hint; evaluates to -1. */
#define error_hint(err, ...) (error_write_hint((err), __VA_ARGS__), error_result())

/* Put context before the text, "file.txt: " + text; evaluates to -1. */
#define error_prefix(err, ...) (error_write_prefix((err), __VA_ARGS__), error_result())

bool error_is_set(const struct error *err);

void error_write_text(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_write_hint(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_write_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif

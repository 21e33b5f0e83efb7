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

/* Say what is wrong. Returns -1, so that `return error_set(err, ...)` works. */
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say what to do. Returns -1. */
int error_hint(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Put context before the text: "file.txt: " + text. Returns -1. */
int error_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool error_is_set(const struct error *err);

#endif

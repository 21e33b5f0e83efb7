/* Line splitting. A line ends with LF or CRLF, the last one also with the input; without an LF
 * near the beginning, with CR. A byte order mark in front (UTF-8) and a ^Z at the end are
 * dropped. Empty lines at the end do not count; others do. */
#ifndef ALMANAC_INGEST_INPUT_LINES_H
#define ALMANAC_INGEST_INPUT_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Reads up to `room` bytes. Returns how many, 0 at the end, -1 on error. */
typedef ssize_t lines_read_fn(void *arg, char *to, size_t room, struct error *err);

enum {
	LINES_HEAD = 4096,   /* bytes of lines_head() at most */
	LINES_EXCERPT = 256, /* bytes kept of a line that is too long */
};

enum line_problem {
	LINE_FINE,
	LINE_TOO_LONG, /* only `held` bytes of `length` are kept */
	LINE_HAS_NUL,
	LINE_HAS_CR /* in its middle: lines of the file have different ends */
};

/* Valid until the next call. text[held] is NUL. */
struct line {
	const char *text;
	size_t length, held; /* bytes without the line end */
	int64_t number;      /* from 1 */
	enum line_problem problem;
};

struct lines;

/* Holds at most `longest` bytes of a line and a chunk of what follows. */
struct lines *lines_create(size_t longest);
void lines_destroy(struct lines *lines); /* NULL is fine */

/* Starts on another input. */
void lines_open(struct lines *lines, lines_read_fn *read, void *arg);

/* The first LINES_HEAD bytes, or all if there are fewer, with a NUL, without byte order mark,
 * with LF for CR. Call it before lines_next(). */
int lines_head(struct lines *lines, const char **head, size_t *length, struct error *err);

/* Returns 1 with a line, 0 after the last one, -1 on error. */
int lines_next(struct lines *lines, struct line *line, struct error *err);

#endif

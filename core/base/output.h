/* Lines to standard output and standard error, each whole beside those of other threads and
 * programs.
 *
 * A command waits for whoever reads them, so that it loses none. A server must wait for nobody:
 * once told so, lines are held, and threads of this file's own, one a stream, write them. Such
 * a thread may be stopped by a reader that has stopped, and nobody else is: to ask poll() first
 * would not do, since another program may fill the same pipe between the answer and the write.
 * What is beyond a bound is dropped, and told once lines get through again.
 *
 * A program that is killed loses the lines it holds: what came in the last moments. */
#ifndef ALMANAC_BASE_OUTPUT_H
#define ALMANAC_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum output_kind {
	OUTPUT_LINE, /* written at once, if it can be; has room that the others have not */
	OUTPUT_BULK /* many, and each worth little: held for a moment, to be written together */
};

/* Bytes that each stream holds. */
enum { OUTPUT_BULK_MAX = 4 << 20, OUTPUT_HELD_MAX = OUTPUT_BULK_MAX + (256 << 10) };

/* [any] `lines` are one or more, each with its '\n'; fd is STDOUT_FILENO or STDERR_FILENO. */
void output_write(int fd, const char *lines, size_t length, enum output_kind kind);

/* Before other threads write. on_dropped(fd, lines) may write, and is called by any thread. */
void output_never_wait(void (*on_dropped)(int fd, uint64_t lines));

/* [any] Waits until nothing is held, for at most so many ms. */
void output_flush(int64_t ms);

/* The same at the very end, when no other thread writes any more. */
void output_finish(int64_t ms);

/* [one thread] What is no line of a log but a command's result, through stdio, at once. What
 * keeps it from being written is remembered: */
void output_print(const char *text, size_t length);

/* errno of what was not written of standard output, stdio's included; 0: all of it was. */
int output_failure(void);

#endif

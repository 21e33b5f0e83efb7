/* Output: whole lines to standard output and standard error, from many threads.
 *
 * In a command, writing blocks until the lines are read: none is lost. In a server nothing may
 * wait for the reader of a log: after output_never_wait() lines are held in memory, and a
 * thread a stream writes them. (poll() before write() would not do: another process may fill
 * the pipe in between.) Lines beyond a limit are dropped, and reported once others get through.
 *
 * A process that is killed loses the lines it holds. */
#ifndef ALMANAC_BASE_OUTPUT_H
#define ALMANAC_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum output_kind {
	OUTPUT_LINE, /* written at once; has reserved room */
	OUTPUT_BULK  /* many lines of little value each: collected and written together */
};

/* Bytes held for a stream. */
enum { OUTPUT_BULK_MAX = 4 << 20, OUTPUT_HELD_MAX = OUTPUT_BULK_MAX + (256 << 10) };

/* [any] Writes one or more lines, each with its '\n', to STDOUT_FILENO or STDERR_FILENO. */
void output_write(int fd, const char *lines, size_t length, enum output_kind kind);

/* Switches to holding lines, before other threads write. on_dropped(fd, lines) may write
 * lines; [any] thread calls it. */
void output_never_wait(void (*on_dropped)(int fd, uint64_t lines));

/* [any] Waits until all lines are written, for `ms` at most. */
void output_flush(int64_t ms);

/* Writes the last lines and ends the threads, in `ms` at most. No other thread may write any
 * more. */
void output_finish(int64_t ms);

/* [one thread] Prints a command's result through stdio and flushes. A failure is kept for
 * output_failure(). */
void output_print(const char *text, size_t length);

/* errno of the first failed write to standard output, stdio's included; 0: none failed. */
int output_failure(void);

#endif

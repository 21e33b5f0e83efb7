/* The log: one line a message on standard error.
 * For commands and the server; what is below returns errors instead. [any thread] */
#ifndef ALMANAC_BASE_LOG_H
#define ALMANAC_BASE_LOG_H

#include <stdarg.h>

enum log_level { LOG_DEBUG = 1, LOG_INFO, LOG_WARN, LOG_ERROR }; /* as enum alm_level */

struct error;

/* In text what is no plain character becomes \n, \x1b and so on, so that nobody's input begins
 * a line or moves a cursor. */
enum log_style {
	LOG_PLAIN, /* "almanac: message": to whoever typed the command */
	LOG_TEXT,  /* time, level, plugin, message */
	LOG_JSON,  /* the same as an object */
	LOG_AWS    /* an object as AWS Lambda's own runtimes write it */
};

/* Before the first thread starts. Starts out as LOG_INFO and LOG_PLAIN. */
void log_configure(enum log_level least, enum log_style style);

/* For a server, before other threads log: neither its log nor its figures (base/emf.h) wait for
 * whoever reads them. See base/output.h. */
void log_never_wait(void);

/* -1 for a name that is none of debug, info, warn, error. */
int log_level_parse(const char *name);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* `plugin` may be NULL. */
void log_writev(enum log_level level, const char *plugin, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* [any] Now, as log lines begin. */
struct buffer;
void log_put_time(struct buffer *line);

/* Before other threads log: lines of all styles but LOG_PLAIN tell which request they belong
 * to, and the root of its trace (an X-Amzn-Trace-Id). NULL: none. Both must live until the next
 * call. */
void log_set_request(const char *id, const char *trace);

/* [any] Begins an object as those of LOG_AWS: the caller adds members, each after a comma, and
 * the end. */
void log_begin_aws(struct buffer *line, enum log_level level);

/* Longest message of log_last_words(), in bytes. */
enum { LOG_LAST_WORDS = 1536 };

/* [signal handler, one at a time] A line of level error, at once, beside those that are held;
 * lost if nobody reads within a second. `plugin` may be NULL. */
void log_last_words(const char *plugin, const char *message);

/* Text and hint. */
void log_error(const struct error *err);

#endif

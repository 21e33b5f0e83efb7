/* Log: one line a message on standard error. For commands and server; rooms below return
 * errors instead. [any] */
#ifndef ALMANAC_BASE_LOG_H
#define ALMANAC_BASE_LOG_H

#include <stdarg.h>

enum log_level { LOG_DEBUG = 1, LOG_INFO, LOG_WARN, LOG_ERROR }; /* as enum alm_level */

struct error;

/* Styles. In text, control characters become \n, \x1b and so on, so that data cannot begin a
 * line or move a cursor. */
enum log_style {
	LOG_PLAIN, /* "almanac: message", for the user of a command */
	LOG_TEXT,  /* time, level, plugin, message */
	LOG_JSON,  /* the same as a JSON object */
	LOG_AWS    /* a JSON object as AWS Lambda's runtimes write it */
};

/* Sets level and style, LOG_INFO and LOG_PLAIN at first. Before other threads start. */
void log_configure(enum log_level least, enum log_style style);

/* Makes log and metrics (base/emf.h) drop lines rather than wait for their reader: see
 * base/output.h. For servers, before other threads log. */
void log_never_wait(void);

/* The level of "debug", "info", "warn" or "error"; -1: another name. */
int log_level_parse(const char *name);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* `plugin` may be NULL. */
void log_writev(enum log_level level, const char *plugin, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* [any] Writes the present time as log lines have it. */
struct buffer;
void log_put_time(struct buffer *line);

/* Sets the request id, and the root of its trace (an X-Amzn-Trace-Id), that lines of all
 * styles but LOG_PLAIN have. NULL: none. Both must live until the next call. Before other
 * threads log. */
void log_set_request(const char *id, const char *trace);

/* [any] Begins an object in the style LOG_AWS: the caller adds members, each after a comma,
 * and the closing brace. */
void log_begin_aws(struct buffer *line, enum log_level level);

/* Longest message of log_last_words(), in bytes. */
enum { LOG_LAST_WORDS = 1536 };

/* [signal handler, one at a time] A line of level error, at once, beside those that are held;
 * lost if nobody reads within a second. `plugin` may be NULL. */
void log_last_words(const char *plugin, const char *message);

/* Logs text and hint. */
void log_error(const struct error *err);

#endif

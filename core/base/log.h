/* The log: one line a message on standard error, as text or as a JSON object.
 * For commands and the server; what is below returns errors instead. [any thread] */
#ifndef ALMANAC_BASE_LOG_H
#define ALMANAC_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_DEBUG = 1, LOG_INFO, LOG_WARN, LOG_ERROR }; /* as enum alm_level */

struct error;

/* Before the first thread starts. Starts out as LOG_INFO and text. */
void log_configure(enum log_level least, bool json);

/* -1 for a name that is none of debug, info, warn, error. */
int log_level_parse(const char *name);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* `plugin` may be NULL. */
void log_writev(enum log_level level, const char *plugin, const char *format, va_list args);

/* Text and hint. */
void log_error(const struct error *err);

#endif

#include "base/log.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/output.h"
#include "base/trace.h"
#include "base/utf8.h"

static struct {
	enum log_level least;
	enum log_style style;
	const char *request; /* NULL: none */
	const char *trace;   /* NULL: none */
	size_t trace_length;
} config = { LOG_INFO, LOG_PLAIN, NULL, NULL, 0 };

static const char *const names[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"
};

void log_configure(enum log_level least, enum log_style style)
{
	config.least = least;
	config.style = style;
}

void log_set_request(const char *id, const char *trace)
{
	config.request = id;
	config.trace = trace != NULL ? trace_id(NULL, trace, &config.trace_length) : NULL;
}

int log_level_parse(const char *name)
{
	for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		if (strcmp(names[level], name) == 0) {
			return level;
		}
	}
	return -1;
}

void log_put_time(struct buffer *line)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	buffer_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900,
		utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
		now.tv_nsec / 1000000);
}

static void put_member(struct buffer *line, const char *name, const char *text, size_t length)
{
	if (text != NULL) {
		buffer_printf(line, ",\"%s\":", name);
		json_string(line, text, length);
	}
}

static void put_ids(struct buffer *line, const char *request, const char *trace)
{
	if (config.request != NULL) {
		put_member(line, request, config.request, strlen(config.request));
	}
	put_member(line, trace, config.trace, config.trace_length);
}

static void put_message(
	struct buffer *line, const char *name, const char *plugin, const char *message)
{
	put_member(line, name, message, strlen(message));
	if (plugin != NULL) {
		put_member(line, "plugin", plugin, strlen(plugin));
	}
}

static void put_json(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	buffer_puts(line, "{\"ts\":\"");
	log_put_time(line);
	buffer_printf(line, "\",\"level\":\"%s\"", names[level]);
	put_message(line, "msg", plugin, message);
	put_ids(line, "request_id", "trace_id");
	buffer_putc(line, '}');
}

void log_begin_aws(struct buffer *line, enum log_level level)
{
	buffer_puts(line, "{\"timestamp\":\"");
	log_put_time(line);
	buffer_puts(line, "\",\"level\":\"");
	for (const char *c = names[level]; *c != '\0'; c++) {
		buffer_putc(line, (char)toupper((unsigned char)*c));
	}
	buffer_putc(line, '"');
	put_ids(line, "requestId", "traceId");
}

static void put_aws(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	log_begin_aws(line, level);
	put_message(line, "message", plugin, message);
	buffer_putc(line, '}');
}

static void put_text(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	log_put_time(line);
	buffer_printf(line, " %-5s ", names[level]);
	if (config.request != NULL) {
		buffer_puts(line, "RequestId: ");
		utf8_put(line, config.request);
		buffer_putc(line, ' ');
	}
	if (config.trace != NULL) {
		buffer_printf(line, "TraceId: %.*s ", (int)config.trace_length, config.trace);
	}
	if (plugin != NULL) {
		buffer_printf(line, "[%s] ", plugin);
	}
	utf8_put(line, message);
}

static void put_plain(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	(void)level;
	buffer_printf(line, "almanac: %s%s", plugin != NULL ? plugin : "",
		plugin != NULL ? ": " : "");
	utf8_put(line, message);
}

static void (*const styles[])(struct buffer *line, enum log_level level, const char *plugin,
	const char *message) = { [LOG_PLAIN] = put_plain,
	[LOG_TEXT] = put_text,
	[LOG_JSON] = put_json,
	[LOG_AWS] = put_aws };

void log_writev(enum log_level level, const char *plugin, const char *format, va_list args)
{
	struct buffer line = { 0 };
	char message[2048]; /* longer ones are cut */

	if (level < config.least) {
		return;
	}
	utf8_format(message, sizeof(message), format, args);
	styles[config.style](&line, level, plugin, message);
	buffer_putc(&line, '\n');
	output_write(STDERR_FILENO, line.data, line.length, OUTPUT_LINE);
	buffer_finish(&line);
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_writev(level, NULL, format, args);
	va_end(args);
}

void log_error(const struct error *err)
{
	const char *between = err->hint[0] != '\0' ? "; " : "";

	log_write(LOG_ERROR, "%s%s%s", err->text, between, err->hint);
}

static void tell_dropped(int fd, uint64_t lines)
{
	log_write(LOG_WARN,
		"%llu lines of standard %s were dropped, since nobody read them in time",
		(unsigned long long)lines, fd == STDERR_FILENO ? "error" : "output");
}

void log_never_wait(void)
{
	output_never_wait(tell_dropped);
}

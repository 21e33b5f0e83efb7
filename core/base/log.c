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
#include "base/utf8.h"

static struct {
	enum log_level least;
	enum log_style style;
	const char *request; /* NULL: none */
} config = { LOG_INFO, LOG_PLAIN, NULL };

static const char *const names[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"
};

void log_configure(enum log_level least, enum log_style style)
{
	config.least = least;
	config.style = style;
}

void log_set_request(const char *id)
{
	config.request = id;
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

static void put_json(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	buffer_puts(line, "{\"ts\":\"");
	log_put_time(line);
	buffer_printf(line, "\",\"level\":\"%s\",\"msg\":", names[level]);
	json_text(line, message);
	if (plugin != NULL) {
		buffer_puts(line, ",\"plugin\":");
		json_text(line, plugin);
	}
	buffer_putc(line, '}');
}

static void put_aws(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	buffer_puts(line, "{\"timestamp\":\"");
	log_put_time(line);
	buffer_puts(line, "\",\"level\":\"");
	for (const char *c = names[level]; *c != '\0'; c++) {
		buffer_putc(line, (char)toupper((unsigned char)*c));
	}
	buffer_puts(line, "\",\"message\":");
	json_text(line, message);
	if (plugin != NULL) {
		buffer_puts(line, ",\"plugin\":");
		json_text(line, plugin);
	}
	if (config.request != NULL) {
		buffer_puts(line, ",\"requestId\":");
		json_text(line, config.request);
	}
	buffer_putc(line, '}');
}

static void put_text(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	log_put_time(line);
	buffer_printf(line, " %-5s ", names[level]);
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
	vsnprintf(message, sizeof(message), format, args);
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

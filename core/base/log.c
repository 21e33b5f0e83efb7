#include "base/log.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/error.h"
#include "base/json.h"
#include "base/output.h"
#include "base/trace.h"
#include "base/utf8.h"

enum { DAY = 24 * 3600 /* s */ };

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

/* -- A line. What makes it may be called by a signal handler as long as the buffer has room:
 * no printf() and no gmtime_r(). */

static void put_digits(struct buffer *line, int number, int count)
{
	char *to = buffer_reserve(line, (size_t)count);

	for (int i = count - 1; i >= 0; i--) {
		to[i] = (char)('0' + number % 10);
		number /= 10;
	}
	line->length += (size_t)count;
}

static void put_clock(struct buffer *line, int seconds, int ms)
{
	put_digits(line, seconds / 3600, 2);
	buffer_putc(line, ':');
	put_digits(line, seconds / 60 % 60, 2);
	buffer_putc(line, ':');
	put_digits(line, seconds % 60, 2);
	buffer_putc(line, '.');
	put_digits(line, ms, 3);
}

void log_put_time(struct buffer *line)
{
	struct timespec now;
	struct date date;

	clock_gettime(CLOCK_REALTIME, &now);
	date = date_from_day((int32_t)(now.tv_sec / DAY));
	put_digits(line, date.year, 4);
	buffer_putc(line, '-');
	put_digits(line, date.month, 2);
	buffer_putc(line, '-');
	put_digits(line, date.day, 2);
	buffer_putc(line, 'T');
	put_clock(line, (int)(now.tv_sec % DAY), (int)(now.tv_nsec / 1000000));
	buffer_putc(line, 'Z');
}

static void put_member(struct buffer *line, const char *name, const char *text, size_t length)
{
	if (text != NULL) {
		buffer_puts(line, ",\"");
		buffer_puts(line, name);
		buffer_puts(line, "\":");
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
	buffer_puts(line, "\",\"level\":\"");
	buffer_puts(line, names[level]);
	buffer_putc(line, '"');
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
	buffer_putc(line, ' ');
	buffer_puts(line, names[level]);
	buffer_puts(line, strlen(names[level]) < 5 ? "  " : " "); /* a column of 5 */
	if (config.request != NULL) {
		buffer_puts(line, "RequestId: ");
		utf8_put(line, config.request);
		buffer_putc(line, ' ');
	}
	if (config.trace != NULL) {
		buffer_puts(line, "TraceId: ");
		buffer_append(line, config.trace, config.trace_length);
		buffer_putc(line, ' ');
	}
	if (plugin != NULL) {
		buffer_putc(line, '[');
		buffer_puts(line, plugin);
		buffer_puts(line, "] ");
	}
	utf8_put(line, message);
}

static void put_plain(
	struct buffer *line, enum log_level level, const char *plugin, const char *message)
{
	(void)level;
	buffer_puts(line, "almanac: ");
	if (plugin != NULL) {
		buffer_puts(line, plugin);
		buffer_puts(line, ": ");
	}
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
	char message[2048]; /* longer ones are truncated */

	if (level < config.least) {
		return;
	}
	utf8_format(message, sizeof(message), format, args);
	styles[config.style](&line, level, plugin, message);
	buffer_putc(&line, '\n');
	output_write(STDERR_FILENO, line.data, line.length, OUTPUT_LINE);
	buffer_finish(&line);
}

/* The reader of the log may have stopped, which must not keep the program from ending. */
static void write_within_a_second(const struct buffer *line)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&ready, 1, 1000) > 0 && (ready.revents & POLLOUT) != 0) {
		ssize_t written = write(STDERR_FILENO, line->data, line->length);

		(void)written; /* nobody could be told */
	}
}

void log_last_words(const char *plugin, const char *message)
{
	/* A byte becomes six in JSON; the ids of a request are short. */
	static char room[6 * LOG_LAST_WORDS + 4096];
	struct buffer line = { .data = room, .capacity = sizeof(room) };

	if (strlen(message) > LOG_LAST_WORDS) {
		message = "a message that is too long";
	}
	styles[config.style](&line, LOG_ERROR, plugin, message);
	buffer_putc(&line, '\n');
	write_within_a_second(&line);
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

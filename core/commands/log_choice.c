#include "commands/log_choice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"

/* The style set for the Lambda function: "Text" or "JSON". */
static enum log_style lambda_style(void)
{
	const char *format = getenv("AWS_LAMBDA_LOG_FORMAT");

	return format != NULL && strcasecmp(format, "text") == 0 ? LOG_TEXT : LOG_AWS;
}

static enum log_style find_style(enum log_reader reader, const char *format)
{
	if (format != NULL && strcmp(format, "json") == 0) {
		return LOG_JSON;
	}
	if (format != NULL && strcmp(format, "text") == 0) {
		return LOG_TEXT;
	}
	if (reader == READER_LAMBDA) {
		return lambda_style();
	}
	if (reader == READER_PERSON) {
		return LOG_PLAIN;
	}
	return isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
}

/* The level set for the Lambda function. Two of Lambda's do not exist here. */
static enum log_level lambda_level(void)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = { { "TRACE", LOG_DEBUG }, { "DEBUG", LOG_DEBUG }, { "INFO", LOG_INFO },
		{ "WARN", LOG_WARN }, { "ERROR", LOG_ERROR }, { "FATAL", LOG_ERROR } };
	const char *name = getenv("AWS_LAMBDA_LOG_LEVEL");

	for (size_t i = 0; name != NULL && i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcasecmp(levels[i].name, name) == 0) {
			return levels[i].level;
		}
	}
	return LOG_INFO;
}

/* The level: `level` if it is set (not NULL), else Lambda's. */
static enum log_level find_level(enum log_reader reader, const char *level)
{
	int found = level != NULL ? log_level_parse(level) : -1;

	if (found >= 0) {
		return (enum log_level)found;
	}
	return reader == READER_LAMBDA ? lambda_level() : LOG_INFO;
}

void log_choice_begin(enum log_reader reader)
{
	log_configure(find_level(reader, getenv("ALMANAC_LOG_LEVEL")),
		find_style(reader, getenv("ALMANAC_LOG_FORMAT")));
}

void log_choice_settle(enum log_reader reader, const struct settings *settings)
{
	bool asked = settings_is_given(settings, SETTING_LOG_LEVEL);
	const char *level = asked ? settings_text(settings, SETTING_LOG_LEVEL) : NULL;

	log_configure(find_level(reader, level),
		find_style(reader, settings_text(settings, SETTING_LOG_FORMAT)));
}

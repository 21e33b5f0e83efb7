#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_write_text(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err->hint[0] = '\0';
}

void error_write_hint(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

void error_write_prefix(struct error *err, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;
	int used;

	memcpy(text, err->text, sizeof(text));
	va_start(args, format);
	used = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (used >= 0 && (size_t)used < sizeof(err->text)) {
		snprintf(err->text + used, sizeof(err->text) - (size_t)used, "%s", text);
	}
}

bool error_is_set(const struct error *err)
{
	return err->text[0] != '\0';
}

#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"

void error_write_text(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	utf8_format(err->text, sizeof(err->text), format, args);
	va_end(args);
	err->hint[0] = '\0';
}

void error_write_hint(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	utf8_format(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

static void append(char *to, size_t room, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *to, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	utf8_format(to, room, format, args);
	va_end(args);
}

void error_write_prefix(struct error *err, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	size_t used;
	va_list args;

	memcpy(text, err->text, sizeof(text));
	va_start(args, format);
	utf8_format(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	append(err->text + used, sizeof(err->text) - used, "%s", text);
}

bool error_is_set(const struct error *err)
{
	return err->text[0] != '\0';
}

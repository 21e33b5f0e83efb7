#include "ingest/store/array.h"

#include <inttypes.h>
#include <math.h>

#include "base/utf8.h"

void array_finish(struct array *array)
{
	buffer_finish(&array->text);
}

void array_clear(struct array *array)
{
	array->text.length = 0;
}

static void separate(struct array *array)
{
	buffer_putc(&array->text, array->text.length == 0 ? '{' : ',');
}

static void put_quoted(struct array *array, const char *text)
{
	buffer_putc(&array->text, '"');
	while (*text != '\0') {
		size_t plain = strcspn(text, "\"\\");

		buffer_append(&array->text, text, plain);
		text += plain;
		if (*text != '\0') {
			buffer_putc(&array->text, '\\');
			buffer_putc(&array->text, *text++);
		}
	}
	buffer_putc(&array->text, '"');
}

void array_text(struct array *array, const char *text)
{
	struct buffer shown = { 0 };

	separate(array);
	if (text == NULL) {
		buffer_puts(&array->text, "NULL");
	} else if (utf8_is_plain(text, strlen(text))) {
		put_quoted(array, text);
	} else {
		utf8_put(&shown, text);
		put_quoted(array, buffer_text(&shown));
		buffer_finish(&shown);
	}
}

void array_integer(struct array *array, int64_t value)
{
	separate(array);
	buffer_printf(&array->text, "%" PRId64, value);
}

void array_double(struct array *array, double value)
{
	separate(array);
	if (isnan(value)) {
		buffer_puts(&array->text, "NULL");
	} else {
		buffer_printf(&array->text, "%.17g", value); /* exact */
	}
}

const char *array_argument(struct array *array)
{
	const char *text;

	if (array->text.length == 0) {
		return "{}";
	}
	buffer_putc(&array->text, '}');
	text = buffer_text(&array->text);
	array->text.length--; /* the next value goes where the brace is */
	return text;
}

void array_arguments(struct array *arrays, int count, const char **arguments)
{
	for (int i = 0; i < count; i++) {
		arguments[i] = array_argument(&arrays[i]);
	}
}

void arrays_finish(struct array *arrays, int count)
{
	for (int i = 0; i < count; i++) {
		array_finish(&arrays[i]);
	}
}

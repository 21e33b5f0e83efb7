#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { SMALLEST = 256 };

void buffer_finish(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

void buffer_grow(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity > 0 ? buffer->capacity : SMALLEST;
	size_t wanted = buffer->length + more;

	assert(wanted >= more);
	while (capacity < wanted) {
		capacity *= 2;
	}
	buffer->data = memory_resize(buffer->data, capacity, 1);
	buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length > 0) {
		memcpy(buffer_reserve(buffer, length), bytes, length);
		buffer->length += length;
	}
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(length >= 0);
	vsnprintf(
		buffer_reserve(buffer, (size_t)length + 1), (size_t)length + 1, format, again);
	va_end(again);
	buffer->length += (size_t)length;
}

void buffer_consume(struct buffer *buffer, size_t length)
{
	assert(length <= buffer->length);
	buffer->length -= length;
	if (buffer->length > 0) {
		memmove(buffer->data, buffer->data + length, buffer->length);
	}
}

const char *buffer_text(struct buffer *buffer)
{
	*buffer_reserve(buffer, 1) = '\0';
	return buffer->data;
}

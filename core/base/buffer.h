/* Growing byte buffer. */
#ifndef ALMANAC_BASE_BUFFER_H
#define ALMANAC_BASE_BUFFER_H

#include <stddef.h>
#include <string.h>

/* Embedded by its owner; all zero is an empty buffer. */
struct buffer {
	char *data; /* not NUL-terminated; NULL while capacity is 0 */
	size_t length, capacity;
};

void buffer_finish(struct buffer *buffer);

void buffer_grow(struct buffer *buffer, size_t more);

/* Reserves `more` bytes at the end and returns their place, never NULL, also of none. The
 * caller adds the bytes written to buffer->length. */
static inline char *buffer_reserve(struct buffer *buffer, size_t more)
{
	if (buffer->data == NULL || buffer->capacity - buffer->length < more) {
		buffer_grow(buffer, more);
	}
	return buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);

void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Drops the first `length` bytes. */
void buffer_consume(struct buffer *buffer, size_t length);

/* Puts a NUL behind the bytes, not counted, and returns the text. The buffer owns it; valid
 * until the next change. */
const char *buffer_text(struct buffer *buffer);

static inline void buffer_puts(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

static inline void buffer_putc(struct buffer *buffer, char c)
{
	*buffer_reserve(buffer, 1) = c;
	buffer->length++;
}

#endif

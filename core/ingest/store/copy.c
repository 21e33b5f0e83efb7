#include "ingest/store/copy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <math.h>

static void put16(struct buffer *buffer, int value)
{
	uint16_t network = htons((uint16_t)value);

	buffer_append(buffer, &network, sizeof(network));
}

static void put32(struct buffer *buffer, int32_t value)
{
	uint32_t network = htonl((uint32_t)value);

	buffer_append(buffer, &network, sizeof(network));
}

void copy_header(struct buffer *buffer)
{
	static const char signature[] = "PGCOPY\n\377\r\n"; /* its NUL belongs to it */

	buffer_append(buffer, signature, sizeof(signature));
	put32(buffer, 0); /* flags */
	put32(buffer, 0); /* length of the header's extension */
}

void copy_trailer(struct buffer *buffer)
{
	put16(buffer, -1);
}

void copy_row(struct buffer *buffer, int fields)
{
	put16(buffer, fields);
}

void copy_null(struct buffer *buffer)
{
	put32(buffer, -1);
}

void copy_bool(struct buffer *buffer, bool value)
{
	put32(buffer, 1);
	buffer_putc(buffer, value ? 1 : 0);
}

void copy_int16(struct buffer *buffer, int value)
{
	assert(value >= INT16_MIN && value <= INT16_MAX);
	put32(buffer, sizeof(int16_t));
	put16(buffer, value);
}

void copy_int32(struct buffer *buffer, int32_t value)
{
	put32(buffer, sizeof(value));
	put32(buffer, value);
}

void copy_int64(struct buffer *buffer, int64_t value)
{
	put32(buffer, sizeof(value));
	put32(buffer, (int32_t)(value >> 32));
	put32(buffer, (int32_t)((uint64_t)value & UINT32_MAX));
}

void copy_double(struct buffer *buffer, double value)
{
	uint64_t bits;

	if (isnan(value)) {
		copy_null(buffer);
		return;
	}
	memcpy(&bits, &value, sizeof(bits));
	put32(buffer, sizeof(bits));
	put32(buffer, (int32_t)(bits >> 32));
	put32(buffer, (int32_t)(bits & UINT32_MAX));
}

void copy_bytes(struct buffer *buffer, const void *bytes, size_t length)
{
	assert(length <= INT32_MAX);
	put32(buffer, (int32_t)length);
	buffer_append(buffer, bytes, length);
}

void copy_bits(struct buffer *buffer, const void *bytes, int32_t bits)
{
	size_t length = ((size_t)bits + 7) / 8;

	put32(buffer, (int32_t)(sizeof(bits) + length));
	put32(buffer, bits);
	buffer_append(buffer, bytes, length);
}

void copy_text(struct buffer *buffer, const char *text)
{
	if (text == NULL) {
		copy_null(buffer);
	} else {
		copy_bytes(buffer, text, strlen(text));
	}
}

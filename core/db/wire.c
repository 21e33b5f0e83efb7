#include "db/wire.h"

#include <assert.h>

/* Header of an array (array_send() of PostgreSQL): dimensions, null flag, element type, then
 * length and lower bound of the dimension. */
enum { HEADER = 20, LENGTH_AT = 12 };

static void put_int4(char *to, int32_t value)
{
	uint32_t swapped = htobe32((uint32_t)value);

	memcpy(to, &swapped, sizeof(swapped));
}

void wire_array_begin(struct buffer *array, Oid element_type)
{
	const int32_t head[] = { 1, 0, (int32_t)element_type, 0, 1 };
	char *to = buffer_reserve(array, HEADER);

	assert(array->length == 0);
	for (size_t i = 0; i < HEADER / 4; i++) {
		put_int4(to + i * 4, head[i]);
	}
	array->length = HEADER;
}

void wire_array_text(struct buffer *array, const char *text, size_t length)
{
	char *to = buffer_reserve(array, 4 + length);

	assert(length <= INT32_MAX);
	put_int4(to, (int32_t)length);
	memcpy(to + 4, text, length);
	array->length += 4 + length;
}

void wire_array_int2(struct buffer *array, int16_t value)
{
	char *to = buffer_reserve(array, 6);
	uint16_t swapped = htobe16((uint16_t)value);

	put_int4(to, sizeof(value));
	memcpy(to + 4, &swapped, sizeof(swapped));
	array->length += 6;
}

void wire_array_int4(struct buffer *array, int32_t value)
{
	char *to = buffer_reserve(array, 8);

	put_int4(to, sizeof(value));
	put_int4(to + 4, value);
	array->length += 8;
}

void wire_array_end(struct buffer *array, size_t count)
{
	assert(array->length >= HEADER && count <= INT32_MAX);
	put_int4(array->data + LENGTH_AT, (int32_t)count);
}

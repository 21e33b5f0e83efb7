#include "format/flat.h"

#include <assert.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "integers are copied as they are");

enum { ALIGNMENT = 8, HEAD = 4 /* bytes of a table before its fields */ };

static size_t place(const struct flat *flat)
{
	return flat->out->length - flat->begin;
}

static void put(struct flat *flat, const void *bytes, size_t size)
{
	buffer_append(flat->out, bytes, size);
}

static void put_32(struct flat *flat, uint32_t value)
{
	put(flat, &value, sizeof(value));
}

/* Pads until the byte `ahead` of the end is aligned. */
static void align(struct flat *flat, size_t ahead, size_t alignment)
{
	while ((place(flat) + ahead) % alignment != 0) {
		buffer_putc(flat->out, '\0');
	}
}

size_t flat_begin(struct flat *flat, struct buffer *out)
{
	*flat = (struct flat){ out, out->length };
	put_32(flat, 0);
	return 0;
}

/* Lays out the fields of a table, the largest first, and so without padding between them.
 * Returns the table's size. */
static size_t lay_out(const struct flat_field *fields, size_t count, uint16_t *offsets)
{
	size_t size = HEAD;

	for (size_t width = ALIGNMENT; width > 0; width /= 2) {
		for (size_t i = 0; i < count; i++) {
			if (fields[i].size == width) {
				offsets[i] = (uint16_t)size;
				size += width;
			}
		}
	}
	return size;
}

/* The table of offsets, then the table, whose first field is aligned to 8 bytes. */
size_t flat_table(
	struct flat *flat, const struct flat_field *fields, size_t count, size_t *places)
{
	uint16_t offsets[FLAT_FIELDS_MAX] = { 0 }, sizes[2];
	char bytes[HEAD + FLAT_FIELDS_MAX * ALIGNMENT] = { 0 };
	size_t size = lay_out(fields, count, offsets), table;
	int32_t back = (int32_t)(sizeof(sizes) + count * sizeof(*offsets));

	assert(count <= FLAT_FIELDS_MAX);
	sizes[0] = (uint16_t)back;
	sizes[1] = (uint16_t)size;
	align(flat, (size_t)back + HEAD, ALIGNMENT);
	put(flat, sizes, sizeof(sizes));
	put(flat, offsets, count * sizeof(*offsets));
	table = place(flat);
	memcpy(bytes, &back, sizeof(back));
	for (size_t i = 0; i < count; i++) {
		memcpy(bytes + offsets[i], &fields[i].value, fields[i].size);
		if (places != NULL) {
			places[i] = table + offsets[i];
		}
	}
	put(flat, bytes, size);
	return table;
}

size_t flat_string(struct flat *flat, const char *text)
{
	size_t length = strlen(text), at;

	align(flat, 0, sizeof(uint32_t));
	at = place(flat);
	put_32(flat, (uint32_t)length);
	put(flat, text, length + 1);
	return at;
}

size_t flat_offsets(struct flat *flat, size_t count)
{
	size_t at;

	align(flat, 0, sizeof(uint32_t));
	at = place(flat);
	put_32(flat, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		put_32(flat, 0);
	}
	return at;
}

size_t flat_structs(struct flat *flat, size_t count)
{
	size_t at;

	align(flat, sizeof(uint32_t), ALIGNMENT);
	at = place(flat);
	put_32(flat, (uint32_t)count);
	return at;
}

void flat_refer(struct flat *flat, size_t from, size_t to)
{
	uint32_t distance = (uint32_t)(to - from);

	assert(to > from);
	memcpy(flat->out->data + flat->begin + from, &distance, sizeof(distance));
}

size_t flat_end(struct flat *flat)
{
	align(flat, 0, ALIGNMENT);
	return place(flat);
}

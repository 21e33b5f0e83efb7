#include "format/arrow_message.h"

#include <string.h>

#include "format/flat.h"

/* Numbers of Schema.fbs and Message.fbs. */
enum { VERSION_5 = 4 };
enum { HEADER_SCHEMA = 1, HEADER_DICTIONARY = 2, HEADER_BATCH = 3 };
enum { TYPE_INT = 2, TYPE_FLOAT = 3, TYPE_UTF8 = 5, TYPE_BOOL = 6, TYPE_DATE = 8 };
enum { PRECISION_DOUBLE = 2, UNIT_DAY = 0 };

enum { CONTINUATION = -1, ALIGNMENT = 8 };

static const struct {
	uint8_t id;
	uint8_t count;
	struct flat_field fields[2];
} types[ARROW_TYPES] = {
	[ARROW_INT64] = { TYPE_INT, 2, { { 4, 64 }, { 1, true } } },
	[ARROW_DOUBLE] = { TYPE_FLOAT, 1, { { 2, PRECISION_DOUBLE } } },
	[ARROW_BOOLEAN] = { TYPE_BOOL, 0, { FLAT_ABSENT } },
	[ARROW_DATE32] = { TYPE_DATE, 1, { { 2, UNIT_DAY } } },
	[ARROW_UTF8] = { TYPE_UTF8, 0, { FLAT_ABSENT } },
	[ARROW_DICTIONARY] = { TYPE_UTF8, 0, { FLAT_ABSENT } },
};

static size_t padded(size_t length)
{
	return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* -- Messages ----------------------------------------------------------- */

/* Begins a message. Returns the place of the offset to its header. */
static size_t begin_message(
	struct flat *flat, struct buffer *out, uint8_t header, int64_t body_length)
{
	const struct flat_field fields[] = { { 2, VERSION_5 }, { 1, header }, FLAT_OFFSET,
		{ 8, body_length } };
	const int32_t prefix[] = { CONTINUATION, 0 };
	size_t places[4], root;

	buffer_append(out, prefix, sizeof(prefix));
	root = flat_begin(flat, out);
	flat_refer(flat, root, flat_table(flat, fields, 4, places));
	return places[2];
}

static void end_message(struct flat *flat)
{
	int32_t length = (int32_t)flat_end(flat);

	memcpy(flat->out->data + flat->begin - sizeof(length), &length, sizeof(length));
}

void arrow_put_end(struct buffer *out)
{
	const int32_t end[] = { CONTINUATION, 0 };

	buffer_append(out, end, sizeof(end));
}

/* -- Schema ------------------------------------------------------------- */

static void put_type(struct flat *flat, size_t from, enum arrow_type type)
{
	flat_refer(flat, from, flat_table(flat, types[type].fields, types[type].count, NULL));
}

/* Indexes are signed integers of 32 bits. */
static void put_encoding(struct flat *flat, size_t from, int64_t id)
{
	const struct flat_field fields[] = { { 8, id }, FLAT_OFFSET },
				index[] = { { 4, 32 }, { 1, true } };
	size_t places[2];

	flat_refer(flat, from, flat_table(flat, fields, 2, places));
	flat_refer(flat, places[1], flat_table(flat, index, 2, NULL));
}

static void put_metadata(struct flat *flat, size_t from, const char *key, const char *value)
{
	const struct flat_field fields[] = { FLAT_OFFSET, FLAT_OFFSET };
	size_t list = flat_offsets(flat, 1), places[2];

	flat_refer(flat, from, list);
	flat_refer(flat, list + 4, flat_table(flat, fields, 2, places));
	flat_refer(flat, places[0], flat_string(flat, key));
	flat_refer(flat, places[1], flat_string(flat, value));
}

static void put_field(
	struct flat *flat, size_t from, const struct arrow_field *field, int64_t index)
{
	bool encoded = field->type == ARROW_DICTIONARY;
	const struct flat_field absent = FLAT_ABSENT, offset = FLAT_OFFSET;
	const struct flat_field fields[] = { offset, { 1, true }, { 1, types[field->type].id },
		offset, encoded ? offset : absent, offset,
		field->unit != NULL ? offset : absent };
	size_t places[7];

	flat_refer(flat, from, flat_table(flat, fields, 7, places));
	flat_refer(flat, places[0], flat_string(flat, field->name));
	put_type(flat, places[3], field->type);
	if (encoded) {
		put_encoding(flat, places[4], index);
	}
	flat_refer(flat, places[5], flat_offsets(flat, 0)); /* children: none, but required */
	if (field->unit != NULL) {
		put_metadata(flat, places[6], "unit", field->unit);
	}
}

void arrow_put_schema(struct buffer *out, const struct arrow_field *fields, size_t count)
{
	const struct flat_field schema[] = { { 2, 0 /* little-endian */ }, FLAT_OFFSET };
	size_t places[2], header, list;
	struct flat flat;

	header = begin_message(&flat, out, HEADER_SCHEMA, 0);
	flat_refer(&flat, header, flat_table(&flat, schema, 2, places));
	list = flat_offsets(&flat, count);
	flat_refer(&flat, places[1], list);
	for (size_t i = 0; i < count; i++) {
		put_field(&flat, list + 4 * (i + 1), &fields[i], (int64_t)i);
	}
	end_message(&flat);
}

/* -- Batches ------------------------------------------------------------ */

static int64_t body_length(const struct arrow_node *nodes, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t p = 0; p < nodes[i].part_count; p++) {
			length += padded(nodes[i].parts[p].length);
		}
	}
	return (int64_t)length;
}

static void put_nodes(struct flat *flat, size_t from, int64_t rows,
	const struct arrow_node *nodes, size_t count)
{
	flat_refer(flat, from, flat_structs(flat, count));
	for (size_t i = 0; i < count; i++) {
		const int64_t node[] = { rows, nodes[i].nulls };

		buffer_append(flat->out, node, sizeof(node));
	}
}

static size_t count_parts(const struct arrow_node *nodes, size_t count)
{
	size_t parts = 0;

	for (size_t i = 0; i < count; i++) {
		parts += nodes[i].part_count;
	}
	return parts;
}

/* Where each buffer is in the body, and its length without padding. */
static void put_buffers(
	struct flat *flat, size_t from, const struct arrow_node *nodes, size_t count)
{
	int64_t offset = 0;

	flat_refer(flat, from, flat_structs(flat, count_parts(nodes, count)));
	for (size_t i = 0; i < count; i++) {
		for (size_t p = 0; p < nodes[i].part_count; p++) {
			size_t length = nodes[i].parts[p].length;
			const int64_t place[] = { offset, (int64_t)length };

			buffer_append(flat->out, place, sizeof(place));
			offset += (int64_t)padded(length);
		}
	}
}

static void put_record(struct flat *flat, size_t from, int64_t rows,
	const struct arrow_node *nodes, size_t count)
{
	const struct flat_field fields[] = { { 8, rows }, FLAT_OFFSET, FLAT_OFFSET };
	size_t places[3];

	flat_refer(flat, from, flat_table(flat, fields, 3, places));
	put_nodes(flat, places[1], rows, nodes, count);
	put_buffers(flat, places[2], nodes, count);
}

static void put_body(struct buffer *out, const struct arrow_node *nodes, size_t count)
{
	static const char zeros[ALIGNMENT];

	for (size_t i = 0; i < count; i++) {
		for (size_t p = 0; p < nodes[i].part_count; p++) {
			size_t length = nodes[i].parts[p].length;

			if (length > 0) {
				buffer_append(out, nodes[i].parts[p].bytes, length);
				buffer_append(out, zeros, padded(length) - length);
			}
		}
	}
}

void arrow_put_batch(
	struct buffer *out, int64_t rows, const struct arrow_node *nodes, size_t count)
{
	struct flat flat;
	size_t header = begin_message(&flat, out, HEADER_BATCH, body_length(nodes, count));

	put_record(&flat, header, rows, nodes, count);
	end_message(&flat);
	put_body(out, nodes, count);
}

void arrow_put_dictionary(
	struct buffer *out, int64_t id, int64_t texts, const struct arrow_node *node)
{
	const struct flat_field fields[] = { { 8, id }, FLAT_OFFSET };
	size_t places[2], header;
	struct flat flat;

	header = begin_message(&flat, out, HEADER_DICTIONARY, body_length(node, 1));
	flat_refer(&flat, header, flat_table(&flat, fields, 2, places));
	put_record(&flat, places[1], texts, node, 1);
	end_message(&flat);
	put_body(out, node, 1);
}

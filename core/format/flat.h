/* FlatBuffers (https://flatbuffers.dev/internals), as far as Arrow's messages need them.
 * Written front to back: a table comes before what it refers to, to which its offsets are set
 * later. */
#ifndef ALMANAC_FORMAT_FLAT_H
#define ALMANAC_FORMAT_FLAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Flatbuffer at the end of a buffer. Places are bytes from its beginning. */
struct flat {
	struct buffer *out;
	size_t begin; /* in `out` */
};

/* Field of a table, by its index in the schema. */
struct flat_field {
	uint8_t size; /* bytes: 1, 2, 4 or 8; 0: the field is absent */
	int64_t value;
};
enum { FLAT_FIELDS_MAX = 8 /* of a table */ };
#define FLAT_ABSENT \
	{ \
		0, 0 \
	}
#define FLAT_OFFSET \
	{ \
		4, 0 \
	} /* to be set by flat_refer() */

/* Begins a flatbuffer. Returns the place of the offset to its root table. */
size_t flat_begin(struct flat *flat, struct buffer *out);

/* Writes a table. Returns its place, and in `places` those of its fields. */
size_t flat_table(
	struct flat *flat, const struct flat_field *fields, size_t count, size_t *places);

/* Write a string; a vector of `count` offsets, the first of them at its place + 4. Return the
 * place. */
size_t flat_string(struct flat *flat, const char *text);
size_t flat_offsets(struct flat *flat, size_t count);

/* Begins a vector of `count` structs of 64-bit integers, which the caller appends to the
 * buffer. Returns the place. */
size_t flat_structs(struct flat *flat, size_t count);

/* Sets the offset at `from` to what is at `to`, behind it. */
void flat_refer(struct flat *flat, size_t from, size_t to);

/* Pads to a multiple of 8 bytes. Returns the length. */
size_t flat_end(struct flat *flat);

#endif

/* Messages of Arrow's IPC streams (https://arrow.apache.org/docs/format/Columnar.html, version
 * 5 of the metadata). [any thread] */
#ifndef ALMANAC_FORMAT_ARROW_MESSAGE_H
#define ALMANAC_FORMAT_ARROW_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Types of Arrow that columns have. */
enum arrow_type {
	ARROW_INT64,
	ARROW_DOUBLE,
	ARROW_BOOLEAN,
	ARROW_DATE32,
	ARROW_UTF8,
	ARROW_DICTIONARY, /* int32 indexes into UTF-8 texts */
	ARROW_TYPES
};

struct arrow_field {
	const char *name;
	const char *unit; /* its metadata `unit`; NULL: none */
	enum arrow_type type;
};

/* A column of a batch: its buffers, in the order of the format. */
enum { ARROW_PARTS_MAX = 3 };
struct arrow_node {
	int64_t nulls;
	size_t part_count;
	struct {
		const void *bytes;
		size_t length;
	} parts[ARROW_PARTS_MAX]; /* validity first: no bytes if there are no nulls */
};

void arrow_put_schema(struct buffer *out, const struct arrow_field *fields, size_t count);

void arrow_put_batch(
	struct buffer *out, int64_t rows, const struct arrow_node *nodes, size_t count);

/* Writes the texts of a dictionary, by which those before under the same id are replaced. Ids
 * are indexes of fields. */
void arrow_put_dictionary(
	struct buffer *out, int64_t id, int64_t texts, const struct arrow_node *node);

void arrow_put_end(struct buffer *out);

#endif

/* Rows in PostgreSQL's binary COPY format: header, rows, trailer. Every field is a
 * length and that many bytes, all in network byte order (PostgreSQL documentation,
 * COPY, "Binary Format"). */
#ifndef ALMANAC_INGEST_STORE_COPY_H
#define ALMANAC_INGEST_STORE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

void copy_header(struct buffer *buffer);
void copy_trailer(struct buffer *buffer);

/* Begins a row of `fields` fields, which follow. */
void copy_row(struct buffer *buffer, int fields);

void copy_null(struct buffer *buffer);
void copy_bool(struct buffer *buffer, bool value);
void copy_int16(struct buffer *buffer, int value);
void copy_int32(struct buffer *buffer, int32_t value);
void copy_int64(struct buffer *buffer, int64_t value);
void copy_double(struct buffer *buffer, double value); /* NAN: null */
void copy_bytes(struct buffer *buffer, const void *bytes, size_t length);
void copy_bits(struct buffer *buffer, const void *bytes, int32_t bits); /* the first is 128 */
void copy_text(struct buffer *buffer, const char *text);                /* NULL: null */

#endif

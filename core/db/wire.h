/* PostgreSQL's binary format of values, in results and parameters. [any] */
#ifndef ALMANAC_DB_WIRE_H
#define ALMANAC_DB_WIRE_H

#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

/* Types by OID (pg_type.dat of PostgreSQL): fixed for ever. */
enum {
	WIRE_BOOL = 16,
	WIRE_NAME = 19,
	WIRE_INT8 = 20,
	WIRE_INT2 = 21,
	WIRE_INT4 = 23,
	WIRE_TEXT = 25,
	WIRE_FLOAT4 = 700,
	WIRE_FLOAT8 = 701,
	WIRE_INT2_ARRAY = 1005,
	WIRE_INT4_ARRAY = 1007,
	WIRE_TEXT_ARRAY = 1009,
	WIRE_BPCHAR = 1042,
	WIRE_VARCHAR = 1043,
	WIRE_DATE = 1082
};

enum { WIRE_DATE_EPOCH = 10957 }; /* day number of 2000-01-01, from which dates count */

static inline int16_t wire_int2(const char *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return (int16_t)be16toh(value);
}

static inline int32_t wire_int4(const char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return (int32_t)be32toh(value);
}

static inline int64_t wire_int8(const char *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return (int64_t)be64toh(value);
}

static inline float wire_float4(const char *bytes)
{
	int32_t bits = wire_int4(bytes);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double wire_float8(const char *bytes)
{
	int64_t bits = wire_int8(bytes);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Write a one-dimensional array parameter: begin, each element, end. */
void wire_array_begin(struct buffer *array, Oid element_type);
void wire_array_text(struct buffer *array, const char *text, size_t length);
void wire_array_int2(struct buffer *array, int16_t value);
void wire_array_int4(struct buffer *array, int32_t value);
void wire_array_end(struct buffer *array, size_t count);

#endif

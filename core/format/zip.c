#include "format/zip.h"

#include <assert.h>
#include <string.h>

enum {
	LEVEL = 1,         /* rows are so alike that more effort gains little */
	WINDOW_BITS = -15, /* raw */
	MEMORY_LEVEL = 8,
	ROOM = 16 * 1024,         /* of output taken at once */
	SPARE = 64 * 1024 * 1024, /* bytes for what follows when it is full */
	NEEDED = 20,              /* version 2.0: deflate */
	SIZES_FOLLOW = 1 << 3,    /* flag: in a data descriptor */
	DEFLATED = 8,
	FIRST_DAY = 1 << 5 | 1 /* 1980-01-01: documents depend on data, not on the clock */
};
enum { LOCAL = 0x04034b50, DESCRIPTOR = 0x08074b50, CENTRAL = 0x02014b50, END = 0x06054b50 };

/* -- Records ------------------------------------------------------------ */

/* Little-endian. */
static void put_16(struct buffer *out, unsigned value)
{
	buffer_putc(out, (char)(value & 0xFF));
	buffer_putc(out, (char)(value >> 8 & 0xFF));
}

static void put_32(struct buffer *out, uint32_t value)
{
	put_16(out, value & 0xFFFF);
	put_16(out, value >> 16);
}

/* What headers and directory have of a file. */
static void put_properties(struct buffer *out, const struct zip_file *file)
{
	put_16(out, NEEDED);
	put_16(out, SIZES_FOLLOW);
	put_16(out, DEFLATED);
	put_16(out, 0); /* time */
	put_16(out, FIRST_DAY);
	put_32(out, file->checksum);
	put_32(out, file->packed);
	put_32(out, file->length);
	put_16(out, (unsigned)strlen(file->name));
	put_16(out, 0); /* extra field */
}

static void put_central(struct buffer *out, const struct zip_file *file)
{
	put_32(out, CENTRAL);
	put_16(out, NEEDED); /* made by */
	put_properties(out, file);
	put_16(out, 0); /* comment */
	put_16(out, 0); /* disk */
	put_16(out, 0); /* attributes */
	put_32(out, 0);
	put_32(out, file->offset);
	buffer_puts(out, file->name);
}

/* -- Files -------------------------------------------------------------- */

static voidpf allocate(voidpf arena, uInt count, uInt size)
{
	return arena_alloc(arena, (size_t)count * size);
}

/* The arena frees all at once. */
static void release(voidpf arena, voidpf memory)
{
	(void)arena;
	(void)memory;
}

void zip_begin(struct zip *zip, struct arena *arena)
{
	int result;

	*zip = (struct zip){ .deflate = {
				     .zalloc = allocate, .zfree = release, .opaque = arena } };
	result = deflateInit2(&zip->deflate, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY);
	assert(result == Z_OK);
	(void)result;
}

void zip_begin_file(struct zip *zip, const char *name, struct buffer *out)
{
	struct zip_file *file = &zip->files[zip->count++];
	size_t before = out->length;

	assert(zip->count <= ZIP_FILES_MAX);
	*file = (struct zip_file){ .name = name, .offset = zip->written };
	put_32(out, LOCAL);
	put_properties(out, file);
	buffer_puts(out, name);
	zip->written += (uint32_t)(out->length - before);
	deflateReset(&zip->deflate);
}

static struct zip_file *last_file(struct zip *zip)
{
	return &zip->files[zip->count - 1];
}

static void pack(struct zip *zip, int flush, struct buffer *out)
{
	struct zip_file *file = last_file(zip);
	int result;

	do {
		zip->deflate.next_out = (Bytef *)buffer_reserve(out, ROOM);
		zip->deflate.avail_out = ROOM;
		result = deflate(&zip->deflate, flush);
		assert(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
		out->length += ROOM - zip->deflate.avail_out;
		file->packed += ROOM - zip->deflate.avail_out;
		zip->written += ROOM - zip->deflate.avail_out;
	} while (zip->deflate.avail_out == 0);
}

void zip_write(struct zip *zip, const char *bytes, size_t length, struct buffer *out)
{
	struct zip_file *file = last_file(zip);
	union {
		const char *constant;
		Bytef *bytes;
	} cast = { .constant = bytes }; /* zlib changes none of them */

	file->checksum = (uint32_t)crc32(file->checksum, cast.bytes, (uInt)length);
	file->length += (uint32_t)length;
	zip->length += length;
	zip->deflate.next_in = cast.bytes;
	zip->deflate.avail_in = (uInt)length;
	pack(zip, Z_NO_FLUSH, out);
}

void zip_end_file(struct zip *zip, struct buffer *out)
{
	struct zip_file *file = last_file(zip);

	zip->deflate.avail_in = 0;
	pack(zip, Z_FINISH, out);
	put_32(out, DESCRIPTOR);
	put_32(out, file->checksum);
	put_32(out, file->packed);
	put_32(out, file->length);
	zip->written += 4 * sizeof(uint32_t);
}

bool zip_is_full(const struct zip *zip)
{
	return zip->length > UINT32_MAX - SPARE || zip->written > UINT32_MAX - SPARE;
}

void zip_end(struct zip *zip, struct buffer *out)
{
	size_t before = out->length, length;

	for (size_t i = 0; i < zip->count; i++) {
		put_central(out, &zip->files[i]);
	}
	length = out->length - before;
	put_32(out, END);
	put_16(out, 0); /* disk, and the directory's */
	put_16(out, 0);
	put_16(out, (unsigned)zip->count);
	put_16(out, (unsigned)zip->count);
	put_32(out, (uint32_t)length);
	put_32(out, zip->written);
	put_16(out, 0); /* comment */
}

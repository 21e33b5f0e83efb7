/* ZIP archives (APPNOTE.TXT of PKWARE, 6.3) written as a stream: sizes follow their file. The
 * bytes are the same for the same files. One thread at a time. */
#ifndef ALMANAC_FORMAT_ZIP_H
#define ALMANAC_FORMAT_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/buffer.h"

enum {
	ZIP_FILES_MAX = 8,
	ZIP_MEMORY = 288 * 1024 /* bytes, in the arena */
};

struct zip_file {
	const char *name; /* ASCII; the caller's */
	uint32_t offset, checksum, packed, length;
};

struct zip {
	z_stream deflate; /* its memory is the arena's: dropping it leaks nothing */
	struct zip_file files[ZIP_FILES_MAX];
	size_t count;
	uint32_t written; /* bytes of the archive */
	uint64_t length;  /* bytes of all files */
};

void zip_begin(struct zip *zip, struct arena *arena);

/* Begins a file; the one before it is ended. */
void zip_begin_file(struct zip *zip, const char *name, struct buffer *out);

/* Adds bytes to the file. Output may be delayed until later bytes. */
void zip_write(struct zip *zip, const char *bytes, size_t length, struct buffer *out);

void zip_end_file(struct zip *zip, struct buffer *out);

/* Whether more would not fit an archive of 32-bit sizes, which old readers need. */
bool zip_is_full(const struct zip *zip);

/* Writes the directory. */
void zip_end(struct zip *zip, struct buffer *out);

#endif

#include "ingest/input/magic.h"

#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

/* Sources: RFC 1952 (gzip), RFC 8878 (zstd), the format descriptions of xz, LZ4
 * (frame), bzip2, PKWARE's APPNOTE (zip; the second is an empty archive), POSIX.1
 * (ustar, pax). */
static const struct {
	const char *name;
	size_t offset;
	const char *bytes;
	size_t length;
} table[] = {
	{ "gzip", 0, BYTES("\x1F\x8B\x08") },
	{ "xz", 0, BYTES("\xFD\x37zXZ\0") },
	{ "bzip2", 0, BYTES("BZh") },
	{ "zstd", 0, BYTES("\x28\xB5\x2F\xFD") },
	{ "lz4", 0, BYTES("\x04\x22\x4D\x18") },
	{ "compress", 0, BYTES("\x1F\x9D") },
	{ "zip", 0, BYTES("PK\x03\x04") },
	{ "zip", 0, BYTES("PK\x05\x06") },
	{ "tar", 257, BYTES("ustar") },
};

const char *magic_name(const char *head, size_t length)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (length >= table[i].offset + table[i].length &&
			memcmp(head + table[i].offset, table[i].bytes, table[i].length) == 0) {
			return table[i].name;
		}
	}
	return NULL;
}

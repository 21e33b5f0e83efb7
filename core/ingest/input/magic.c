#include "ingest/input/magic.h"

#include <stdbool.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

/* Magic numbers: RFC 1952 (gzip), RFC 8878 (zstd), the format descriptions of xz, LZ4 (frame),
 * bzip2, PKWARE's APPNOTE (zip; the second is an empty archive), POSIX.1 (ustar, pax). */
static const struct {
	const char *name;
	size_t offset;
	const char *bytes;
	size_t length;
} signatures[] = {
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

/* -- Frames without content (RFC 8878, 3.1.2; LZ4's are alike) ---------- */

enum { FRAME_HEAD = 8 };

static bool is_skippable_frame(const char *p)
{
	return ((unsigned char)p[0] & 0xF0) == 0x50 && memcmp(p + 1, "\x2A\x4D\x18", 3) == 0;
}

static size_t get32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
}

/* The format behind skippable frames, as pzstd writes them first; zstd if that is beyond the
 * head. */
static const char *format_behind_frames(const char *head, size_t length)
{
	while (length >= FRAME_HEAD && is_skippable_frame(head)) {
		size_t frame = FRAME_HEAD + get32(head + 4);

		if (frame > length - (FRAME_HEAD - 4)) {
			return "zstd";
		}
		head += frame;
		length -= frame;
	}
	return memcmp(head, "\x04\x22\x4D\x18", 4) == 0 ? "lz4" : "zstd";
}

/* -- tar before POSIX ---------------------------------------------------- */

enum { TAR_BLOCK = 512, TAR_CHECKSUM = 148, TAR_CHECKSUM_LENGTH = 8 };

/* Parses the checksum, octal digits after blanks. -1: none. */
static long read_checksum(const char *p)
{
	long sum = -1;
	int i = 0;

	while (i < TAR_CHECKSUM_LENGTH && p[i] == ' ') {
		i++;
	}
	for (; i < TAR_CHECKSUM_LENGTH && p[i] >= '0' && p[i] <= '7'; i++) {
		sum = (sum < 0 ? 0 : sum) * 8 + (p[i] - '0');
	}
	return sum;
}

/* Only the checksum identifies such a header; its last byte is NUL, unlike a text's. */
static bool is_old_tar(const char *head, size_t length)
{
	long sum = 0;

	if (length < TAR_BLOCK || head[0] == '\0' || head[TAR_BLOCK - 1] != '\0') {
		return false;
	}
	for (int i = 0; i < TAR_BLOCK; i++) {
		bool blank = i >= TAR_CHECKSUM && i < TAR_CHECKSUM + TAR_CHECKSUM_LENGTH;

		sum += blank ? ' ' : (unsigned char)head[i];
	}
	return sum == read_checksum(head + TAR_CHECKSUM);
}

/* ----------------------------------------------------------------------- */

const char *magic_name(const char *head, size_t length)
{
	if (length >= FRAME_HEAD && is_skippable_frame(head)) {
		return format_behind_frames(head, length);
	}
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		if (length >= signatures[i].offset + signatures[i].length &&
			memcmp(head + signatures[i].offset, signatures[i].bytes,
				signatures[i].length) == 0) {
			return signatures[i].name;
		}
	}
	return is_old_tar(head, length) ? "tar" : NULL;
}

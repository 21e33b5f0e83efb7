#include "ingest/input/archive_end.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	TAR_BLOCK = 512,
	/* Of the record that a zip ends with (APPNOTE, 4.3.16): */
	RECORD = 22,
	RECORD_FILES = 10,
	RECORD_SIZE = 12,
	RECORD_START = 16,
	RECORD_COMMENT = 20,
	MANY_FILES = 0xFFFF /* as many or more: another record has their number */
};

static const uint32_t ELSEWHERE = 0xFFFFFFFF; /* likewise */

/* -- What comes --------------------------------------------------------- */

static void keep_tail(struct archive_end *end, const char *bytes, size_t length)
{
	size_t kept;

	if (end->tail == NULL) {
		end->tail = memory_resize(NULL, 2 * ARCHIVE_TAIL, 1);
	}
	if (length >= ARCHIVE_TAIL) {
		bytes += length - ARCHIVE_TAIL;
		length = ARCHIVE_TAIL;
	}
	if (end->tail_used + length > 2 * ARCHIVE_TAIL) {
		kept = ARCHIVE_TAIL;
		memmove(end->tail, end->tail + end->tail_used - kept, kept);
		end->tail_used = kept;
	}
	memcpy(end->tail + end->tail_used, bytes, length);
	end->tail_used += length;
}

void archive_end_add(struct archive_end *end, const char *bytes, size_t length)
{
	size_t used = length;

	while (used > 0 && bytes[used - 1] == '\0') {
		used--;
	}
	if (used > 0) {
		end->blank = end->length + (int64_t)used;
	}
	end->length += (int64_t)length;
	if (end->keeps_tail) {
		keep_tail(end, bytes, length);
	}
}

void archive_end_finish(struct archive_end *end)
{
	free(end->tail);
	*end = (struct archive_end){ 0 };
}

/* -- tar ---------------------------------------------------------------- */

int archive_end_tar(const struct archive_end *end, int64_t mark, struct error *err)
{
	if (end->length - mark < TAR_BLOCK) {
		error_set(err,
			"the archive ends after a file, without the blocks of zeros that a tar ends "
			"with: it is truncated, and files may be missing");
		return error_hint(err, "get it again, or make it anew with tar");
	}
	if (end->blank > mark) {
		error_set(err,
			"the archive ends at byte %lld, and something follows that is not read",
			(long long)mark);
		return error_hint(err,
			"of several archives, one behind the other, only the first "
			"would be read: make them separate files");
	}
	return 0;
}

/* -- zip ---------------------------------------------------------------- */

static uint32_t get16(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t get32(const char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* The record whose comment ends where the file ends; NULL: there is none. */
static const char *find_record(const struct archive_end *end)
{
	for (size_t i = end->tail_used >= RECORD ? end->tail_used - RECORD + 1 : 0; i-- > 0;) {
		const char *p = end->tail + i;

		if (memcmp(p, "PK\5\6", 4) == 0 &&
			i + RECORD + get16(p + RECORD_COMMENT) == end->tail_used) {
			return p;
		}
	}
	return NULL;
}

int archive_end_zip(const struct archive_end *end, int64_t files, struct error *err)
{
	const char *record = find_record(end);
	int64_t at, size, start;

	if (record == NULL) {
		error_set(err,
			"the archive does not end with the directory that a zip ends with: "
			"it is truncated, or something was added to it");
		return error_hint(err, "get it again, or make it anew");
	}
	at = end->length - (int64_t)end->tail_used + (record - end->tail);
	size = get32(record + RECORD_SIZE);
	start = get32(record + RECORD_START);
	if (start != ELSEWHERE && size != ELSEWHERE && start + size != at) {
		error_set(err,
			"the archive's directory does not fit the file: it is of %lld bytes, "
			"and the file has %lld before its end",
			(long long)(start + size), (long long)at);
		return error_hint(err,
			"of several archives, one behind the other, only one would "
			"be read: make them separate files");
	}
	if (get16(record + RECORD_FILES) != MANY_FILES &&
		files < (int64_t)get16(record + RECORD_FILES)) {
		return error_set(err,
			"the archive's directory names %u files, and %lld are there",
			get16(record + RECORD_FILES), (long long)files);
	}
	return 0;
}

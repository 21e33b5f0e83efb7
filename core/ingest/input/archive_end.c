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
	/* Of the locator before it, and the larger record that this leads to (4.3.15, 4.3.14):
	 */
	LOCATOR = 20,
	LOCATOR_RECORD = 8,
	LARGE = 56,
	LARGE_FILES = 32,
	LARGE_SIZE = 40,
	LARGE_START = 48
};

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

static uint64_t get64(const char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
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

/* What the end says of the directory, and where it ends in fact. */
struct directory {
	uint64_t files, size, start;
	int64_t end;
};

/* The larger record, if there is one: its numbers count then, and it is what the directory ends
 * before. Some writers have it for the number of files alone, with all else in the smaller one.
 */
static void read_large(const struct archive_end *end, const char *record, struct directory *to)
{
	const char *locator = record - LOCATOR;
	int64_t begin = end->length - (int64_t)end->tail_used; /* of the tail */
	uint64_t at;

	if (record - end->tail < LOCATOR + LARGE || memcmp(locator, "PK\6\7", 4) != 0) {
		return;
	}
	at = get64(locator + LOCATOR_RECORD);
	if (at < (uint64_t)begin ||
		at - (uint64_t)begin > (uint64_t)(locator - LARGE - end->tail)) {
		return;
	}
	record = end->tail + (at - (uint64_t)begin);
	if (memcmp(record, "PK\6\6", 4) == 0) {
		*to = (struct directory){ get64(record + LARGE_FILES),
			get64(record + LARGE_SIZE), get64(record + LARGE_START), (int64_t)at };
	}
}

static struct directory read_directory(const struct archive_end *end, const char *record)
{
	struct directory directory = { get16(record + RECORD_FILES),
		get32(record + RECORD_SIZE), get32(record + RECORD_START),
		end->length - (int64_t)end->tail_used + (record - end->tail) };

	read_large(end, record, &directory);
	return directory;
}

int archive_end_zip(const struct archive_end *end, int64_t files, struct error *err)
{
	const char *record = find_record(end);
	struct directory directory;

	if (record == NULL) {
		error_set(err,
			"the archive does not end with the directory that a zip ends with: "
			"it is truncated, or something was added to it");
		return error_hint(err, "get it again, or make it anew");
	}
	directory = read_directory(end, record);
	if (directory.start + directory.size != (uint64_t)directory.end) {
		error_set(err,
			"the archive's directory does not fit the file: it is said to end at byte "
			"%llu, and ends at byte %lld",
			(unsigned long long)(directory.start + directory.size),
			(long long)directory.end);
		return error_hint(err,
			"of several archives, one behind the other, only one would "
			"be read: make them separate files");
	}
	if ((uint64_t)files < directory.files) {
		return error_set(err,
			"the archive's directory names %llu files, and %lld are there",
			(unsigned long long)directory.files, (long long)files);
	}
	return 0;
}

#include "ingest/input/uncompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

enum { CHUNK = 64 * 1024 };

struct uncompress {
	lines_read_fn *read;
	void *arg;
	struct archive *archive; /* NULL: not begun */
	bool empty;
	struct error error; /* of `read` */
	char chunk[CHUNK];
};

struct uncompress *uncompress_create(lines_read_fn *read, void *arg)
{
	struct uncompress *uncompress = memory_new(struct uncompress);

	uncompress->read = read;
	uncompress->arg = arg;
	return uncompress;
}

void uncompress_destroy(struct uncompress *uncompress)
{
	if (uncompress != NULL) {
		archive_read_free(uncompress->archive);
		free(uncompress);
	}
}

static ssize_t read_bytes(struct archive *archive, void *arg, const void **bytes)
{
	struct uncompress *uncompress = arg;
	ssize_t n =
		uncompress->read(uncompress->arg, uncompress->chunk, CHUNK, &uncompress->error);

	*bytes = uncompress->chunk;
	if (n < 0) {
		archive_set_error(archive, EIO, "%s", uncompress->error.text);
	}
	return n;
}

static int fail(const struct uncompress *uncompress, struct error *err)
{
	const char *why = archive_error_string(uncompress->archive);

	if (error_is_set(&uncompress->error)) {
		*err = uncompress->error;
		return -1;
	}
	return error_set(err, "the compress data are corrupt: %s",
		why != NULL ? why : "they end too early");
}

static int begin(struct uncompress *uncompress, struct error *err)
{
	struct archive_entry *entry;
	int result;

	uncompress->archive = archive_read_new();
	if (uncompress->archive == NULL) {
		abort(); /* out of memory, as memory_array() does */
	}
	archive_read_support_filter_compress(uncompress->archive);
	archive_read_support_format_raw(uncompress->archive);
	archive_read_support_format_empty(uncompress->archive);
	if (archive_read_open(uncompress->archive, uncompress, NULL, read_bytes, NULL) !=
		ARCHIVE_OK) {
		return fail(uncompress, err);
	}
	result = archive_read_next_header(uncompress->archive, &entry);
	uncompress->empty = result == ARCHIVE_EOF;
	return result == ARCHIVE_OK || uncompress->empty ? 0 : fail(uncompress, err);
}

ssize_t uncompress_read(struct uncompress *uncompress, char *to, size_t room, struct error *err)
{
	ssize_t n;

	if (uncompress->archive == NULL && begin(uncompress, err) < 0) {
		return -1;
	}
	if (uncompress->empty) {
		return 0;
	}
	n = archive_read_data(uncompress->archive, to, room);
	return n < 0 ? fail(uncompress, err) : n;
}
